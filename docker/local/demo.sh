# shellcheck shell=bash
# What turns an empty stack into one that can be tried: tables, broker objects, demo data; and the words at the end.

prepare() {
    step "Migrating, declaring the topology, filling in demo data"
    local log="$STATE/log/prepare.log"
    {
        tool migrate && allow_clock && tool topology apply && tool demo fill &&
            tool adapter add example --password-file "$(adapter_password_file)"
    } >"$log" 2>&1 || { tail -n 12 "$log" >&2; die "the stack could not be prepared; the lines above are the end of $log. Mend the cause and run ./paidan up again"; }
}

# This is a stack to try things in: its time may be moved forward (./paidan clock advance 1d).
allow_clock() {
    local schema
    for schema in $SCHEMAS; do
        printf 'update %s.clock set adjustable = true where not adjustable;\n' "$schema"
    done | PGDATABASE=paidan psql_private
}

adapter_password_file() {
    secret broker-example >/dev/null
    printf '%s\n' "$STATE/secrets/broker-example"
}

one_time_password() { tool staff password "$1" 2>>"$STATE/log/prepare.log" || echo "(none: see $STATE/log/prepare.log)"; }

welcome() {
    local front="http://127.0.0.1:${PORT[front]}" login
    cat <<WORDS

Paidan is up: $front

Sign in (each password works once; a new one: ./paidan staff password LOGIN)
WORDS
    for login in desk engineer manager; do
        printf '    %-10s %s\n' "$login" "$(one_time_password "$login")"
    done
    cat <<WORDS
    curl -s $front/api/dispatch/v1/sessions -H 'Content-Type: application/json' -d '{"login":"desk","password":"…"}'

Create a ticket
    curl -i $front/api/intake/v1/tickets -H 'Content-Type: application/json' -H "Idempotency-Key: \$(cat /proc/sys/kernel/random/uuid)" -d '{"subject":"打印机不工作","description":"开机后一直闪红灯","kind":"repair","customer":{"name":"王芳","phone":"13800138000","email":"wang.fang@example.com"}}'

Where to look
    ./paidan status            parts, ports, health, queue depths
    ./paidan logs [PART]       what they say; 'logs sms' shows every SMS, 'logs wechat' every WeChat message
    $STATE/mail/inbox/new      every mail that was sent
    http://127.0.0.1:${PORT[management]}     the broker's own pages: user operator, password in $STATE/secrets/broker-operator
WORDS
    if /usr/bin/python3 -c 'import pika' 2>/dev/null; then
        cat <<WORDS
    docs/examples/adapter.py   a channel adapter in Python: PAIDAN_BROKER_PORT=${PORT[amqp]} PAIDAN_BROKER_USER=example \\
                               PAIDAN_BROKER_PASSWORD=\$(cat '$STATE/secrets/broker-example') docs/examples/adapter.py "没有热水"
WORDS
    fi
    echo "Stop with ./paidan down; everything is kept for the next ./paidan up."
}
