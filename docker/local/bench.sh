# shellcheck shell=bash
# ./paidan bench: figures of the release programs on a private PostgreSQL and RabbitMQ, each beside its limit, which is
# measured in the same run by turns. Real durability: nothing of what makes a commit or a confirm slow is switched off.

BENCH_PACKAGES="gcc libc6-dev libpq-dev librabbitmq-dev python3 openssl"
FIGURES="intake.create e2e.rate e2e.latency postgres.single postgres.multirow amqp.publish amqp.consume
    timers.lateness_p99_ms workers.doubling backlog.drain start.seconds memory growth.create
    calendar.ten_years_ms clocks.idle_percent clocks.burst_p99_ms clocks.explain_ms work.s3_flow
    dispatch.suggestion_ms dispatch.grab_ms dispatch.worklist_ms
    phone.changes_cpu phone.return"
LOAD="$ROOT/Tests/Load"
# The database that the services are started on.
SERVICE_DATABASE=paidan

# The figures as people name them; two of them are measured as one.
figures() {
    local words
    # shellcheck disable=SC2086 # a list of words
    words=$(printf '%s ' $FIGURES)
    printf '%s' "${words/e2e.latency/e2e.p50 e2e.p99}"
}

run_bench() {
    local json='' figure part wanted=() started=$SECONDS
    while [ $# -gt 0 ]; do
        case $1 in
        --json)
            [ -n "${2:-}" ] || die "--json needs a file"
            json=$(realpath -m "$2")
            shift
            ;;
        e2e.p50 | e2e.p99) wanted+=(e2e.latency) ;;
        memory.*)
            part=${1#memory.}
            [[ " $SERVICES " == *" ${part%.*} "* && $part =~ \.(idle|load)_mb$ ]] ||
                die "there is no figure '$1'; of the services' memory there are: $(memory_figures)"
            wanted+=(memory)
            ;;
        intake.create_p99_ms) wanted+=(intake.create) ;;
        backlog.memory_mb) wanted+=(backlog.drain) ;;
        -*) die "bench does not know '$1'; it takes names of figures and --json FILE" ;;
        *)
            # shellcheck disable=SC2086 # a list of words
            printf '%s\n' $FIGURES | grep -qxF -- "$1" || die "there is no figure '$1'; there are: $(figures)"
            wanted+=("$1")
            ;;
        esac
        shift
    done
    # shellcheck disable=SC2206 # a list of words
    [ ${#wanted[@]} -gt 0 ] || wanted=($FIGURES)
    bench_prepare
    for figure in $FIGURES; do
        [[ " ${wanted[*]} " == *" $figure "* ]] || continue
        step "$figure"
        "bench_${figure//./_}"
    done
    bench_table "$json"
    note "took $((SECONDS - started)) s"
}

memory_figures() {
    local service
    for service in $SERVICES; do printf 'memory.%s.idle_mb memory.%s.load_mb ' "$service" "$service"; done
}

bench_prepare() {
    check_system
    make_state
    check_disk 5
    # shellcheck disable=SC2086 # lists of words
    (lock_state && install_packages $STACK_PACKAGES $BUILD_PACKAGES $BENCH_PACKAGES)
    [ -n "${PAIDAN_BIN:-}" ] || build release
    [ -x "$BIN/ticketload" ] || die "there is no $BIN/ticketload; build it: swift build -c release --product ticketload"
    local pairs outer=$STATE
    STATE="$STATE/bench-$$"
    KEY=$(printf '%s' "$STATE" | sha256sum | cut -c1-8)
    remove_dead_benches "$outer"
    make_state
    RESULTS="$STATE/results"
    : >"$RESULTS"
    trap stop_bench_stack EXIT
    trap 'exit 130' INT TERM
    mapfile -t pairs < <(service_ports)
    # shellcheck disable=SC2086
    keep_ports $INFRASTRUCTURE_PORTS wechat:wechat-simulator "${pairs[@]}"
    bench_programs
    postgres_start
    [ "$(psql_private -Atc "select current_setting('fsync') || current_setting('synchronous_commit')")" = onon ] ||
        die "the database does not wait for the disk; figures without that mean nothing"
    postgres_roles
    rabbitmq_start
    operator_settings
    {
        tool migrate && tool topology apply && bench_schema
    } >"$STATE/log/prepare.log" 2>&1 || fail_part prepare "failed"
    signing_key
    BENCH_DATABASE_PASSWORD=$(secret postgres) BENCH_BROKER_PASSWORD=$(secret broker-operator)
    export BENCH_DATABASE_PORT="${PORT[postgres]}" BENCH_DATABASE_PASSWORD BENCH_BROKER_PASSWORD
    export BENCH_BROKER_PORT="${PORT[amqp]}" BENCH_BROKER_USER=operator BENCH_BROKER_VHOST=bench
    broker_ask PUT vhosts/bench
}

bench_programs() {
    local name
    mkdir -p "$STATE/bin"
    for name in httpload workload grab slowsink amqpload floor mailtimes; do
        cc -O2 -o "$STATE/bin/$name" "$LOAD/c/$name.c" -I"$(pg_config --includedir)" -lrabbitmq -lpq ||
            die "cc could not compile $LOAD/c/$name.c; its words are above"
    done
}

# The twin of the outbox for pgbench, known customers for both sides, tables of the modules' own figures; and a copy of
# the suite's database while it is empty.
bench_schema() {
    psql_private -c 'create database bench'
    PGDATABASE=bench psql_private -c 'create schema bench' -c 'set search_path = bench' \
        -f "$ROOT/Shared/Messaging/Migrations/messaging.sql" \
        -c 'create table public.load (id uuid primary key, customer bigint not null, body text not null)'
    PGDATABASE=paidan psql_private <<'SQL'
create schema bench;
create table bench.outbox (like intake.outbox including all);
grant usage on schema bench to intake_run;
grant select, insert on bench.outbox to intake_run;
insert into intake.customer (id, name, email, language)
select md5('bench-' || n)::uuid, 'Customer ' || n, 'bench-' || n || '@bench.invalid', 'en'
from generate_series(0, 19999) as n;
analyze intake.customer;
SQL
    psql_private -c 'create database fresh template paidan'
}

stop_bench_stack() {
    trap '' INT
    services_stop >/dev/null
    stop_part smtp-sink TERM 5 >/dev/null
    stop_part mailtimes TERM 5 >/dev/null
    stop_part slowsink TERM 5 >/dev/null
    stop_test_stack
}

# A run that was killed leaves its servers: end and remove those whose script is gone.
remove_dead_benches() {
    local current=$STATE other
    for other in "$1"/bench-*; do
        [ -d "$other" ] && [ ! -d "/proc/${other##*-}" ] || continue
        STATE=$other
        stop_bench_stack >/dev/null
    done
    STATE=$current
}

# broker_ask METHOD PATH: a change by the management interface.
broker_ask() {
    printf 'user = "operator:%s"\n' "$(secret broker-operator)" |
        curl -sf -m 30 -K - -X "$1" -H 'Content-Type: application/json' -d '{}' -o /dev/null \
            "http://127.0.0.1:${PORT[management]}/api/$2"
}

# result NAME VALUE LIMIT UNIT [RATIO]: `-` for no limit. A ratio is value / limit unless it is given.
result() {
    local ratio=${5:-}
    [ -n "$ratio" ] || ratio=$(awk -v v="$2" -v l="$3" 'BEGIN { if (l == "-") print "-"; else printf "%.3f", v / l }')
    printf '%s %s %s %s %s\n' "$1" "$2" "$3" "$ratio" "$4" >>"$RESULTS"
    note "$1 $2 $4, limit $3, ratio $ratio"
}

median() { sort -g | awk '{ a[NR] = $1 } END { print NR % 2 ? a[(NR + 1) / 2] : (a[NR / 2] + a[NR / 2 + 1]) / 2 }'; }

# compare NAME UNIT ROUNDS OURS LIMIT: the two commands by turns; medians of both and of the ratios of neighbours.
compare() {
    local name=$1 unit=$2 rounds=$3 round a b measured="$STATE/measured"
    : >"$measured"
    for ((round = 1; round <= rounds; round++)); do
        a=$($4) b=$($5)
        note "round $round: $a $unit, limit $b"
        printf '%s %s\n' "$a" "$b" >>"$measured"
    done
    result "$name" "$(cut -d' ' -f1 "$measured" | median)" "$(cut -d' ' -f2 "$measured" | median)" "$unit" \
        "$(awk '{ printf "%.3f\n", $1 / $2 }' "$measured" | median)"
}

settle() { PGDATABASE=paidan psql_private -c checkpoint; }

# tickets SCHEMA: how much its relay still has to send.
outbox_depth() { PGDATABASE=$SERVICE_DATABASE psql_private -Atc "select count(*) from $1.outbox"; }

wait_for_relay() {
    local end=$((SECONDS + 120))
    until [ "$(outbox_depth intake)" = 0 ]; do
        [ $SECONDS -lt $end ] || die "intake's relay did not send everything within 120 s"
        sleep 0.3
    done
}

purge_queues() {
    local queue
    while read -r queue; do
        broker_ask DELETE "queues/paidan/$queue/contents"
    done < <(broker_get 'queues/paidan?columns=name' | /usr/bin/python3 -c '
import json, sys
for q in json.load(sys.stdin): print(q["name"])')
}

# bench_service NAME: starts it when it does not run.
bench_service() {
    service_start "$1"
    wait_for "$1" 60 service_ready "$1"
}

httpload() { "$STATE/bin/httpload" "${PORT[intake]}" "$@"; }

load_series() { printf '%s' "$RANDOM$RANDOM$SECONDS"; }

# The statement that intake.create and e2e.rate are measured against.
ticket_pgbench() {
    settle
    PGPASSWORD=$(secret database-intake-run) "$(postgres_program pgbench)" -n -M prepared -c 32 -j 2 -T 6 \
        -h 127.0.0.1 -p "${PORT[postgres]}" -U intake_run -f "$LOAD/ticket.sql" paidan 2>>"$STATE/log/pgbench.log" |
        awk '/^tps/ { print $3 }'
}

# --- intake.create: intake alone with its relay, the topology's queues filling up

create_ours() {
    local answer
    settle
    answer=$(httpload 256 6 0 "$(load_series)" 20000)
    [ "${answer##* }" = 0 ] || note "answers other than 201: ${answer##* }" >&2
    note "relay behind by $(outbox_depth intake) tickets; p50 $(cut -d' ' -f2 <<<"$answer") ms, p99 $(cut -d' ' -f3 <<<"$answer") ms" >&2
    wait_for_relay
    purge_queues
    printf '%s\n' "${answer%% *}"
}

bench_intake_create() {
    local answer rate
    stop_services_but intake
    bench_service intake
    create_ours >/dev/null 2>&1 # warms up
    compare intake.create tickets/s 5 create_ours ticket_pgbench
    rate=$(awk '$1 == "intake.create" { printf "%d", $2 / 2 }' "$RESULTS")
    settle
    answer=$(httpload 256 8 "$rate" "$(load_series)" 20000)
    note "at $rate tickets/s"
    result intake.create_p99_ms "$(cut -d' ' -f3 <<<"$answer")" 100 ms
    wait_for_relay
    purge_queues
}

stop_services_but() {
    local part
    for part in $(running_services); do
        [ "$part" = "$1" ] || stop_part "$part" TERM 30 >/dev/null
    done
}

# --- end to end: all five services, mail at postfix's smtp-sink

SINK_PROGRAM='' SINK_LIBRARIES=''

# smtp-sink comes with postfix. Only the program is taken from the package: no mail server is installed.
find_sink() {
    SINK_PROGRAM=$(command -v smtp-sink || true)
    [ -z "$SINK_PROGRAM" ] || return 0
    local place="${STATE%/*}/postfix"
    SINK_LIBRARIES="$place/usr/lib/postfix"
    if [ ! -x "$place/usr/sbin/smtp-sink" ]; then
        step "Fetching postfix's smtp-sink"
        mkdir -p "$place"
        (cd "$place" && { apt-get -q download postfix || { apt-get -q update && apt-get -q download postfix; }; } &&
            dpkg-deb -x postfix_*.deb .) >"$STATE/log/postfix.log" 2>&1 ||
            die "postfix's smtp-sink could not be fetched; see $STATE/log/postfix.log, or: apt-get install postfix"
    fi
    SINK_PROGRAM="$place/usr/sbin/smtp-sink"
}

# sink_start [DIRECTORY]: counts mails; with a directory each mail is a file there.
sink_start() {
    stop_part smtp-sink TERM 5 >/dev/null
    printf 'LD_LIBRARY_PATH=%s\n' "$SINK_LIBRARIES" | write "$STATE/env/smtp-sink.env"
    local options=(-c)
    as_root && options+=(-u nobody)
    if [ -n "${1:-}" ]; then
        mkdir -p "$1"
        ! as_root || chown nobody "$1"
        options=("${options[@]/-c/}" -d "$1/%H")
        [ -n "${options[0]}" ] || options=("${options[@]:1}")
    fi
    : >"$STATE/log/smtp-sink.log"
    launch smtp-sink "$STATE/env/smtp-sink.env" "$SINK_PROGRAM" "${options[@]}" "127.0.0.1:${PORT[smtp]}" 512
    wait_for smtp-sink 10 listens smtp-sink "${PORT[smtp]}"
}

mails_in_sink() { tr '\r' '\n' <"$STATE/log/smtp-sink.log" | sed -n 's/.*mesg=\([0-9]*\).*/\1/p' | tail -n 1; }

start_all_services() {
    local service
    for service in $SERVICES; do service_start "$service"; done
    for service in $SERVICES; do wait_for "$service" 60 service_ready "$service"; done
}

# Tickets a second from the first request to the last mail, whatever limits it on the way.
rate_ours() {
    local before created begin end
    sink_start
    settle
    before=$(psql_tickets)
    begin=$(date +%s.%N)
    httpload 64 6 0 "$(load_series)" 20000 >/dev/null
    created=$(($(psql_tickets) - before))
    end=$((SECONDS + 150))
    until [ "$(mails_in_sink)" -ge "$created" ] 2>/dev/null; do
        [ $SECONDS -lt $end ] || { note "only $(mails_in_sink) of $created mails came within 150 s" >&2; break; }
        sleep 0.1
    done
    awk -v n="$(mails_in_sink)" -v b="$begin" -v e="$(date +%s.%N)" 'BEGIN { printf "%.1f\n", n / (e - b) }'
}

psql_tickets() { PGDATABASE=paidan psql_private -Atc 'select count(*) from intake.ticket'; }

bench_e2e_rate() {
    find_sink
    start_all_services
    compare e2e.rate tickets/s 2 rate_ours ticket_pgbench
}

# The sink writes a file for each mail and directory entry: in memory, since the floor's sink writes none.
MEMORY=/dev/shm
[ -w $MEMORY ] || MEMORY=${TMPDIR:-/tmp}

# At 200 tickets a second; the floor is the chain of Tests/Load/c/floor.c on the same servers.
latency_ours() {
    local place="$MEMORY/mails-$RANDOM" log="$STATE/due" times="$STATE/mails"
    sink_start "$place"
    launch mailtimes - "$STATE/bin/mailtimes" "$place" "$times"
    settle
    httpload 64 8 200 "$(load_series)" 0 "$log" >/dev/null
    local wanted end=$((SECONDS + 40))
    wanted=$(wc -l <"$log")
    until [ "$(find "$place" -type f | wc -l)" -ge "$wanted" ] || [ $SECONDS -ge $end ]; do sleep 0.2; done
    sleep 0.5
    stop_part mailtimes TERM 5 >/dev/null
    /usr/bin/python3 "$LOAD/latency.py" "$log" "$place" "$times"
    rm -rf "$place"
}

latency_floor() {
    sink_start
    settle
    BENCH_BROKER_VHOST=bench "$STATE/bin/floor" "${PORT[smtp]}" 8 200 "$LOAD/ticket.sql"
}

bench_e2e_latency() {
    local ours="$STATE/latency.ours" floor="$STATE/latency.floor" column name
    find_sink
    start_all_services
    : >"$ours"
    : >"$floor"
    latency_ours >/dev/null # warms up
    for _ in 1 2 3; do
        latency_ours | tee -a "$ours"
        latency_floor | tee -a "$floor"
    done
    for column in 1 2; do
        name=$([ $column = 1 ] && echo e2e.p50 || echo e2e.p99)
        result "$name" "$(cut -d' ' -f$column "$ours" | median)" "$(cut -d' ' -f$column "$floor" | median)" ms \
            "$(paste -d' ' "$ours" "$floor" | awk -v c=$column '{ printf "%.3f\n", $c / $(c + 2) }' | median)"
    done
}

# --- the shared modules

single_ours() { "$BIN/ticketload" postgres single 8 4; }
multirow_ours() { "$BIN/ticketload" postgres multirow 8 4; }
single_pgbench() {
    PGPASSWORD=$(secret postgres) "$(postgres_program pgbench)" -n -M prepared -c 8 -j 2 -T 4 \
        -h 127.0.0.1 -p "${PORT[postgres]}" -U postgres -f "$LOAD/row.sql" bench 2>>"$STATE/log/pgbench.log" |
        awk '/^tps/ { print $3 }'
}

bench_postgres_single() { compare postgres.single rows/s 5 single_ours single_pgbench; }
bench_postgres_multirow() { compare postgres.multirow rows/s 5 multirow_ours single_pgbench; }

MESSAGES=40000 WINDOW=2048

publish_ours() { "$BIN/ticketload" amqp publish bench.ours $MESSAGES $WINDOW; }
publish_c() { "$STATE/bin/amqpload" publish "${PORT[amqp]}" bench.limit $MESSAGES $WINDOW; }
consume_ours() {
    publish_ours >/dev/null
    "$BIN/ticketload" amqp consume bench.ours $MESSAGES 512
}
consume_c() {
    publish_c >/dev/null
    "$STATE/bin/amqpload" consume "${PORT[amqp]}" bench.limit $MESSAGES 512
}

bench_queues() {
    local queue
    for queue in bench.ours bench.limit; do
        printf 'user = "operator:%s"\n' "$(secret broker-operator)" |
            curl -sf -m 30 -K - -X PUT -H 'Content-Type: application/json' -o /dev/null \
                -d '{"durable":true,"arguments":{"x-queue-type":"quorum"}}' \
                "http://127.0.0.1:${PORT[management]}/api/queues/bench/$queue"
        printf 'user = "operator:%s"\n' "$(secret broker-operator)" |
            curl -s -m 30 -K - -X DELETE -o /dev/null \
                "http://127.0.0.1:${PORT[management]}/api/queues/bench/$queue/contents"
    done
}

bench_amqp_publish() {
    bench_queues
    compare amqp.publish messages/s 5 publish_ours publish_c
}

bench_amqp_consume() {
    bench_queues
    compare amqp.consume messages/s 5 consume_ours consume_c
}

bench_timers_lateness_p99_ms() {
    local answer
    PGDATABASE=bench psql_private <<'SQL'
insert into bench.timer (kind, subject_id, generation, due_at, wake_at)
select 'bench', gen_random_uuid(), 1, now() + interval '1 day' + n * interval '1 second',
  now() + interval '1 day' + n * interval '1 second'
from generate_series(1, 1000000) as n;
vacuum analyze bench.timer;
SQL
    settle
    answer=$("$BIN/ticketload" timers 1000 15)
    result timers.lateness_p99_ms "${answer#* }" 250 ms
}

# --- the processes

# From the start of the program to its readiness, the slowest of the five.
bench_start_seconds() {
    local service begin slowest=0 time
    start_all_services # the schema is there, the others run: what a restart meets
    for service in $SERVICES; do
        stop_part "$service" TERM 30 >/dev/null
        begin=$(date +%s.%N)
        service_start "$service"
        until service_ready "$service"; do runs "$service" || fail_part "$service" "ended"; done
        time=$(awk -v b="$begin" -v e="$(date +%s.%N)" 'BEGIN { printf "%.2f", e - b }')
        note "$service $time s"
        slowest=$(printf '%s\n%s\n' "$slowest" "$time" | sort -g | tail -n 1)
    done
    result start.seconds "$slowest" 1 s
}

# Resident memory; idle ten seconds after the start, and the highest since then under load.
bench_memory() {
    local service
    find_sink
    stop_services_but none
    start_all_services
    sleep 10
    for service in $SERVICES; do
        result "memory.$service.idle_mb" "$(resident "$service" VmRSS)" - MB
    done
    rate_ours >/dev/null
    for service in $SERVICES; do
        result "memory.$service.load_mb" "$(resident "$service" VmHWM)" - MB
    done
}

resident() { awk -v k="$2:" '$1 == k { printf "%.1f", $2 / 1024 }' "/proc/$(pid_of "$1")/status"; }

# bench_table [FILE]: the table, and the same as JSON.
bench_table() {
    printf '\n%-26s %12s %12s %8s  %s\n' FIGURE VALUE LIMIT RATIO UNIT
    awk '{ printf "%-26s %12s %12s %8s  %s\n", $1, $2, $3, $4, $5 }' "$RESULTS"
    [ -z "${1:-}" ] || /usr/bin/python3 - "$RESULTS" >"$1" <<'PYTHON'
import json, sys
figures = {}
for line in open(sys.argv[1]):
    name, value, limit, ratio, unit = line.split()
    number = lambda text: None if text == "-" else float(text)
    figures[name] = {"value": number(value), "limit": number(limit), "ratio": number(ratio), "unit": unit}
json.dump(figures, sys.stdout, indent=2)
print()
PYTHON
}
