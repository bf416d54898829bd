# shellcheck shell=bash
# status: every part with its health, what waits in queues and tables. Says so, and soon, where one does not answer.

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

# admin_port_of PART: where the operators' port of one of our services is.
admin_port_of() {
    if [ "$1" = bearerbox ]; then echo -; else echo "${PORT[$1-admin]:--}"; fi
}

# health PART: one word, and for one of our services that is not ready the reasons.
health() {
    local name
    name=$(port_of "$1")
    runs "$1" || { echo stopped; return; }
    case $1 in
    postgres) postgres_answers && echo ready || echo "not ready: it does not answer" ;;
    rabbitmq) broker_get health/checks/local-alarms >/dev/null && echo ready || echo "not ready" ;;
    sms-centre) kannel_online && echo online || echo offline ;;
    *)
        if [ "$(admin_port_of "$1")" != - ]; then
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
    printf '%-18s %8s %6s %6s  %s\n' PART PID PORT ADMIN HEALTH
    for part in $PARTS_AROUND $(service_instances) $(surplus_services); do
        pid=$(pid_of "$part") || pid=-
        word=$(health "$part")
        case $word in ready | online) ;; *) well=1 ;; esac
        printf '%-18s %8s %6s %6s  %s\n' "$part" "$pid" "${PORT[$(port_of "$part")]:--}" "$(admin_port_of "$part")" "$word"
    done
    printf '\n%-28s %8s %8s %10s\n' QUEUE READY UNACKED CONSUMERS
    if runs rabbitmq; then queue_depths; else note "the broker does not run"; fi
    printf '\n%-28s %8s %8s %14s\n' SCHEMA UNSENT PARKED 'DEAD LETTERS'
    if runs postgres; then unsent_and_dead; else note "the database does not run"; fi
    return $well
}

# Workers that still run although the scale no longer asks for them.
surplus_services() {
    local wanted part
    wanted=" $(service_instances | tr '\n' ' ') "
    for part in $(running_services); do [[ $wanted == *" $part "* ]] || echo "$part"; done
}

queue_depths() {
    local queues
    queues=$(broker_get 'queues/paidan?columns=name,messages_ready,messages_unacknowledged,consumers') ||
        { note "the broker does not answer"; return; }
    /usr/bin/python3 -c '
import json, sys
for q in sorted(json.load(sys.stdin), key=lambda q: q["name"]):
    print("%-28s %8s %8s %10s" % (q["name"], *(q.get(k, "-") for k in ("messages_ready", "messages_unacknowledged", "consumers"))))
' <<<"$queues"
}

# What no queue shows: what waits in the outboxes, what is parked until it can be handled, and the dead letters that
# nobody has decided on.
unsent_and_dead() {
    local schema unsent parked dead rows
    rows=$(for schema in $SCHEMAS; do
        printf "select '%s', (select count(*) from %s.outbox), (select count(*) from %s.deferred),
            (select count(*) from %s.dead_letter where replayed_at is null and discarded_at is null);\n" \
            "$schema" "$schema" "$schema" "$schema"
    done | PGDATABASE=paidan PGOPTIONS='-c statement_timeout=5s' PSQL_LIMIT=10 psql_private -AtF ' ' 2>"$STATE/log/status.log") ||
        rows+=$'\n'"! the database does not answer: $({ grep -v '^$' "$STATE/log/status.log" || echo "nothing within 10 s"; } | tail -n 1)"
    while read -r schema unsent parked dead; do
        case $schema in
        '') ;;
        !) note "$unsent $parked $dead" ;;
        *) printf '%-28s %8s %8s %14s\n' "$schema" "$unsent" "$parked" "$dead" ;;
        esac
    done <<<"$rows"
}
