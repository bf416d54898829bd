# shellcheck shell=bash
# up, down, status, logs: the stack as a whole.

# Ports of the parts around the services, as keep_ports wants them: NAME:PART.
INFRASTRUCTURE_PORTS="postgres:postgres amqp:rabbitmq management:rabbitmq prometheus:rabbitmq distribution:rabbitmq
    epmd:epmd smtp:smtp kannel-admin:bearerbox kannel-box:bearerbox sms-centre:bearerbox sendsms:smsbox front:nginx"

up() {
    local infrastructure='' argument pairs record
    for argument; do
        case $argument in
        --infrastructure) infrastructure=yes ;;
        *) die "up does not know '$argument'; it takes --infrastructure (everything but our own programs) or nothing" ;;
        esac
    done
    check_system
    make_state
    lock_state
    check_disk 3
    # shellcheck disable=SC2086 # lists of words
    install_packages $STACK_PACKAGES $BUILD_PACKAGES
    [ -n "$infrastructure" ] || build_programs
    for record in "$STATE"/run/*; do bury "${record##*/}"; done
    mapfile -t pairs < <(service_ports)
    # shellcheck disable=SC2086
    keep_ports $INFRASTRUCTURE_PORTS wechat:wechat-simulator "${pairs[@]}"
    postgres_start
    postgres_roles
    rabbitmq_start
    operator_settings
    smtp_start
    kannel_start
    if [ -n "$infrastructure" ]; then
        nginx_start
        step "The parts around the services run; ./paidan status shows them"
        return
    fi
    wechat_start
    prepare
    services_start
    nginx_start
    welcome
}

# The programs in release, unless PAIDAN_BIN names a directory that has them.
build_programs() {
    [ -z "${PAIDAN_BIN:-}" ] || return 0
    build release
}

# Reverse of up. A part that is not ours, or no longer there, is not touched.
down() {
    [ $# -eq 0 ] || die "down takes no arguments; it stops everything that up started"
    [ -d "$STATE/run" ] || { note "nothing runs here"; return; }
    make_state
    lock_state
    step "Stopping"
    stop_part nginx QUIT 10
    services_stop
    stop_part wechat-simulator TERM 10
    kannel_stop
    stop_part smtp TERM 10
    rabbitmq_stop
    stop_part postgres INT 60
}

PARTS_AROUND="postgres epmd rabbitmq smtp bearerbox smsbox sms-centre wechat-simulator nginx"

port_of() {
    case $1 in
    rabbitmq) echo amqp ;;
    bearerbox) echo kannel-admin ;;
    smsbox) echo sendsms ;;
    wechat-simulator) echo wechat ;;
    nginx) echo front ;;
    *) echo "$1" ;;
    esac
}

# health PART: one word, and for one of our services that is not ready the reasons.
health() {
    local name
    name=$(port_of "$1")
    runs "$1" || { echo stopped; return; }
    case $1 in
    postgres) "$(postgres_program pg_isready)" -q -h 127.0.0.1 -p "${PORT[postgres]}" && echo ready || echo "not ready" ;;
    rabbitmq) broker_get health/checks/local-alarms >/dev/null && echo ready || echo "not ready" ;;
    sms-centre) kannel_online && echo online || echo offline ;;
    *)
        if [ -n "${PORT[$1-admin]:-}" ] && [ "$1" != bearerbox ]; then
            service_ready "$1" && echo ready || echo "not ready: $(service_trouble "$1")"
        else
            answers "${PORT[$name]:-0}" && echo ready || echo "not ready"
        fi
        ;;
    esac
}

# Ends with 1 when a part that should run is not well.
status() {
    local part pid well=0 word
    [ -e "$STATE/ports" ] || { note "there is no stack here yet; ./paidan up makes one"; return 1; }
    [ -x "$STATE/run" ] || die "this stack is another user's: run as the owner of $STATE, or as root"
    read_ports
    printf '%-18s %8s %6s  %s\n' PART PID PORT HEALTH
    for part in $PARTS_AROUND $(service_instances) $(surplus_services); do
        pid=$(pid_of "$part") || pid=-
        word=$(health "$part")
        case $word in ready | online) ;; *) well=1 ;; esac
        printf '%-18s %8s %6s  %s\n' "$part" "$pid" "${PORT[$(port_of "$part")]:--}" "$word"
    done
    ! runs rabbitmq || queue_depths
    ! runs postgres || unsent_and_dead
    return $well
}

# Workers that still run although the scale no longer asks for them.
surplus_services() {
    local wanted part
    wanted=" $(service_instances | tr '\n' ' ') "
    for part in $(running_services); do [[ $wanted == *" $part "* ]] || echo "$part"; done
}

queue_depths() {
    printf '\n%-28s %8s %8s %10s\n' QUEUE READY UNACKED CONSUMERS
    broker_get 'queues/paidan?columns=name,messages_ready,messages_unacknowledged,consumers' | /usr/bin/python3 -c '
import json, sys
for q in sorted(json.load(sys.stdin), key=lambda q: q["name"]):
    print("%-28s %8s %8s %10s" % (q["name"], *(q.get(k, "-") for k in ("messages_ready", "messages_unacknowledged", "consumers"))))
' || note "the broker does not answer"
}

# What waits in the outboxes, which no queue shows, and what was refused.
unsent_and_dead() {
    local schema
    printf '\n%-28s %8s %14s\n' SCHEMA UNSENT 'DEAD LETTERS'
    for schema in $SCHEMAS; do
        PGDATABASE=paidan psql_private -AtF ' ' -c "select (select count(*) from $schema.outbox),
            (select count(*) from $schema.dead_letter)" 2>/dev/null |
            { read -r unsent dead && printf '%-28s %8s %14s\n' "$schema" "$unsent" "$dead"; } ||
            note "the database does not answer"
    done
}

logs() {
    local part files=()
    [ -d "$STATE/log" ] || die "there is no stack here yet; ./paidan up makes one"
    [ -x "$STATE/log" ] || die "this stack is another user's: run as the owner of $STATE, or as root"
    for part; do
        files+=("$STATE/log/$part.log")
        [ -e "${files[-1]}" ] || die "there is no log of '$part'; there are: $(cd "$STATE/log" && printf '%s ' *.log | sed 's/\.log//g')"
    done
    [ ${#files[@]} -gt 0 ] || files=("$STATE"/log/*.log)
    exec tail -n 20 -F "${files[@]}"
}
