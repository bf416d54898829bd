# shellcheck shell=bash
# The five services, extra workers of them, and the WeChat simulator: settings, start, stop.

SERVICES="dispatcher intake notifier followup reporting"
ROLES="planner mail wechat sms"
declare -A SCHEMA=([intake]=intake [dispatcher]=dispatch [notifier]=notify [followup]=followup [reporting]=report)

# scale_of KIND: how many workers of it are wanted, from <state>/scale (KIND=COUNT lines).
scale_of() {
    local kind count wanted=1
    if [ -e "$STATE/scale" ]; then
        while IFS='=' read -r kind count; do
            if [ "$kind" = "$1" ]; then wanted=$count; fi
        done <"$STATE/scale"
    fi
    printf '%s\n' "$wanted"
}

# instances_of KIND: the processes of a service or, for a role of the notifier, the extra ones: sms-2 sms-3 …
instances_of() {
    local count number
    count=$(scale_of "$1")
    [[ " $SERVICES " != *" $1 "* ]] || printf '%s\n' "$1"
    for ((number = 2; number <= count; number++)); do
        printf '%s-%s\n' "$1" "$number"
    done
}

service_instances() {
    local kind
    for kind in $SERVICES $ROLES; do instances_of "$kind"; done
}

kind_of() { printf '%s\n' "${1%-[0-9]*}"; }

is_role() { [[ " $ROLES " == *" $1 "* ]]; }

program_of() {
    local kind
    kind=$(kind_of "$1")
    if is_role "$kind"; then echo notifier; else echo "$kind"; fi
}

# Ports of the instances that there shall be, as keep_ports wants them.
service_ports() {
    local instance
    for instance in $(service_instances); do
        is_role "$(kind_of "$instance")" || printf '%s:%s\n' "$instance" "$instance"
        printf '%s-admin:%s\n' "$instance" "$instance"
    done
}

service_settings() {
    local instance=$1 program schema
    program=$(program_of "$instance")
    schema=${SCHEMA[$program]}
    cat <<SETTINGS
PAIDAN_LOG_FORMAT=text
PAIDAN_HTTP_HOST=127.0.0.1
PAIDAN_HTTP_PORT=${PORT[$instance]:-0}
PAIDAN_ADMIN_HOST=127.0.0.1
PAIDAN_ADMIN_PORT=${PORT[$instance-admin]}
PAIDAN_DATABASE_HOSTS=127.0.0.1:${PORT[postgres]}
PAIDAN_DATABASE_NAME=${SERVICE_DATABASE:-paidan}
PAIDAN_DATABASE_TLS=disable
PAIDAN_DATABASE_USER=${schema}_run
PAIDAN_DATABASE_PASSWORD=$(secret "database-${schema}-run")
PAIDAN_BROKER_HOSTS=127.0.0.1:${PORT[amqp]}
PAIDAN_BROKER_VHOST=paidan
PAIDAN_BROKER_USER=$program
PAIDAN_BROKER_PASSWORD=$(secret "broker-$program")
PAIDAN_BROKER_MANAGEMENT_URL=http://127.0.0.1:${PORT[management]}
PAIDAN_IDENTITY_JWKS_URL=http://127.0.0.1:${PORT[dispatcher]}/api/dispatch/v1/keys
PAIDAN_OTLP_ENDPOINT=${PAIDAN_OTLP_ENDPOINT:-}
SETTINGS
    case $program in
    dispatcher)
        echo "PAIDAN_IDENTITY_SIGNING_KEY_FILE=$STATE/secrets/signing-key"
        ticket_kinds
        ;;
    intake) ticket_kinds ;;
    notifier) provider_settings ;;
    esac
}

# The kinds of ticket that the stack was told to take.
ticket_kinds() {
    [ -z "${PAIDAN_TICKETS_KINDS:-}" ] || echo "PAIDAN_TICKETS_KINDS=$PAIDAN_TICKETS_KINDS"
}

provider_settings() {
    cat <<SETTINGS
PAIDAN_SMS_KANNEL_URL=http://127.0.0.1:${PORT[sendsms]}/cgi-bin/sendsms
PAIDAN_SMS_KANNEL_USER=paidan
PAIDAN_SMS_KANNEL_PASSWORD=$(secret kannel-sendsms)
PAIDAN_SMS_RECEIPT_URL=http://127.0.0.1:${PORT[notifier]}/api/notify/v1/receipts/kannel
PAIDAN_SMS_RECEIPT_SECRET=$(secret sms-receipt)
PAIDAN_MAIL_HOST=127.0.0.1
PAIDAN_MAIL_PORT=${PORT[smtp]}
PAIDAN_MAIL_FROM=service@paidan.example
PAIDAN_MAIL_DOMAIN=paidan.example
PAIDAN_WECHAT_URL=http://127.0.0.1:${PORT[wechat]}
PAIDAN_WECHAT_APPID=wx-demo
PAIDAN_WECHAT_SECRET=$(secret wechat)
PAIDAN_WECHAT_TEMPLATE=demo-ticket-status
SETTINGS
}

signing_key() {
    [ -s "$STATE/secrets/signing-key" ] || head -c 32 /dev/urandom | base64 -w 0 | write "$STATE/secrets/signing-key"
}

operator_settings() {
    {
        cat <<SETTINGS
PAIDAN_DATABASE_HOSTS=127.0.0.1:${PORT[postgres]}
PAIDAN_DATABASE_NAME=paidan
PAIDAN_DATABASE_TLS=disable
PAIDAN_BROKER_HOSTS=127.0.0.1:${PORT[amqp]}
PAIDAN_BROKER_VHOST=paidan
PAIDAN_BROKER_USER=operator
PAIDAN_BROKER_PASSWORD=$(secret broker-operator)
PAIDAN_BROKER_MANAGEMENT_URL=http://127.0.0.1:${PORT[management]}
SETTINGS
        database_passwords
    } | write "$STATE/operator.env"
}

# tool ARGUMENT…: the operators' tool in this stack's environment.
tool() {
    local name value
    [ -r "$STATE/operator.env" ] || die "this stack is another user's: run as the owner of $STATE, or as root"
    (
        while IFS='=' read -r name value; do export "$name=$value"; done <"$STATE/operator.env"
        exec 9>&-
        exec "$BIN/paidan" "$@"
    )
}

# service_start INSTANCE: starts it, or starts it anew when its settings or its program have changed since, or when it
# runs but does not answer.
service_start() {
    local instance=$1 program kind settings="$STATE/env/$1.env" stamp arguments=()
    program=$(program_of "$instance")
    kind=$(kind_of "$instance")
    ! is_role "$kind" || arguments=(--roles "$kind")
    service_settings "$instance" | write "$settings"
    stamp="$(sha256sum <"$settings") $(stat -L -c '%i %Y %s' "$BIN/$program") ${arguments[*]:-}"
    if runs "$instance"; then
        if [ "$(cat "$STATE/run/$instance.stamp" 2>/dev/null)" != "$stamp" ]; then
            note "$instance has new settings or a new program"
            stop_part "$instance" TERM 30
        elif service_lives "$instance"; then
            return 0
        else
            note "$instance runs (process $(pid_of "$instance" || echo gone)) but has not answered /livez for 8 s: it is ended and started again"
            stop_part "$instance" TERM 5
        fi
    fi
    launch "$instance" "$settings" "$BIN/$program" "${arguments[@]}"
    write "$STATE/run/$instance.stamp" <<<"$stamp"
}

# service_lives INSTANCE: its process answers within 8 s, whatever it lacks; a young one may not listen yet.
service_lives() {
    local end=$((SECONDS + 8))
    until [ "$(http_status "http://127.0.0.1:${PORT[$1-admin]}/livez")" = 200 ]; do
        runs "$1" && [ $SECONDS -lt $end ] || return 1
        sleep 0.2
    done
}

service_ready() { [ "$(http_status "http://127.0.0.1:${PORT[$1-admin]}/readyz")" = 200 ]; }

# service_trouble NAME: which of the parts it needs is missing, as its operators' port says.
service_trouble() {
    curl -s -m 3 "http://127.0.0.1:${PORT[$1-admin]}/readyz" | sed -n 's/^\[-\] //p' | cut -c1-100 | paste -sd';' | grep . ||
        echo "it does not answer"
}

services_start() {
    local instance started=$SECONDS
    step "Starting the services"
    signing_key
    for instance in $(service_instances); do service_start "$instance"; done
    for instance in $(service_instances); do wait_for "$instance" 120 service_ready "$instance"; done
    note "ready after $((SECONDS - started)) s"
}

wechat_start() {
    runs wechat-simulator && return
    step "Starting the WeChat simulator on port ${PORT[wechat]}"
    launch wechat-simulator - "$BIN/wechat-simulator" --port "${PORT[wechat]}" --appid wx-demo --secret "$(secret wechat)" \
        --ledger "$STATE/log/wechat.log"
    wait_for wechat-simulator 20 listens wechat-simulator "${PORT[wechat]}"
}

# scale KIND=COUNT…: more or fewer workers of a kind; COUNT includes the one that every stack has.
scale() {
    local pair kind count other instance pairs
    [ $# -gt 0 ] || { for kind in $SERVICES $ROLES; do printf '%-12s %s\n' "$kind" "$(scale_of "$kind")"; done; return; }
    for pair; do
        kind=${pair%%=*} count=${pair#*=}
        [[ " $SERVICES $ROLES " == *" $kind "* ]] || die "there is no worker kind '$kind'; kinds: $SERVICES $ROLES"
        [[ $count =~ ^([1-9]|[1-4][0-9]|50)$ ]] || die "'$pair': write $kind=COUNT with a count from 1 to 50"
        { for other in $SERVICES $ROLES; do
            [ "$other" = "$kind" ] || printf '%s=%s\n' "$other" "$(scale_of "$other")"
        done
        printf '%s=%s\n' "$kind" "$count"; } | grep -v '=1$' | write "$STATE/scale" 644 || true
    done
    runs postgres && runs rabbitmq || { note "kept; the stack is down, ./paidan up starts that many"; return; }
    mapfile -t pairs < <(service_ports)
    keep_ports "${pairs[@]}"
    local wanted=()
    mapfile -t wanted < <(service_instances)
    for instance in "${wanted[@]}"; do runs "$instance" || { step "Starting $instance"; service_start "$instance"; }; done
    for instance in "${wanted[@]}"; do wait_for "$instance" 120 service_ready "$instance"; done
    ! runs nginx || nginx_start
    for instance in $(running_services); do
        [[ " ${wanted[*]} " == *" $instance "* ]] || { step "Stopping $instance"; stop_part "$instance" TERM 30; }
    done
}

# Every process of a service that we started and that still runs.
running_services() {
    local record part
    for record in "$STATE"/run/*; do
        part=${record##*/}
        [[ " $SERVICES $ROLES " == *" $(kind_of "$part") "* ]] || continue
        case $part in *.stamp | *.new) continue ;; esac
        ! runs "$part" || printf '%s\n' "$part"
    done
}

# All are asked to leave at once: each finishes what it has in hand.
services_stop() {
    local part pid parts
    parts=$(running_services)
    for part in $parts; do
        if pid=$(pid_of "$part"); then kill -TERM "$pid" 2>/dev/null || true; fi
    done
    for part in $parts; do
        runs "$part" || note "$part stopped"
        stop_part "$part" TERM 30
    done
}
