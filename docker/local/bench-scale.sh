# shellcheck shell=bash
# The figures of ./paidan bench about more of something: workers, tickets in the tables, messages that wait.

# --- workers.doubling: a queue of SMS for a provider that takes its time, sent by one process and by two

# Answers of the slow provider in SECONDS, by the second.
provider_rate() {
    local before after begin
    before=$(curl -sf "http://127.0.0.1:${PORT[sendsms]}/count")
    begin=$(date +%s.%N)
    sleep "$1"
    after=$(curl -sf "http://127.0.0.1:${PORT[sendsms]}/count")
    awk -v n="$((after - before))" -v b="$begin" -v e="$(date +%s.%N)" 'BEGIN { printf "%.1f\n", n / (e - b) }'
}

planned_sms() { PGDATABASE=paidan psql_private -Atc "select count(*) from notify.delivery where channel = 'sms'"; }

bench_workers_doubling() {
    local tickets=5000 before end
    stop_services_but none
    purge_queues
    launch slowsink - "$STATE/bin/slowsink" "${PORT[sendsms]}" 100
    wait_for slowsink 10 answers "${PORT[sendsms]}"
    keep_ports planner-2-admin:planner-2 sms-2-admin:sms-2 sms-3-admin:sms-3
    before=$(planned_sms)
    bench_service intake
    bench_service planner-2
    httpload 64 $((tickets / 1000 - 1)) 1000 "$(load_series)" 0 - phone >/dev/null
    end=$((SECONDS + 60))
    until [ $(($(planned_sms) - before)) -ge $((tickets * 9 / 10)) ] && [ "$(outbox_depth notify)" = 0 ]; do
        [ $SECONDS -lt $end ] || die "the planner did not plan $tickets messages within 60 s; see $STATE/log/planner-2.log"
        sleep 0.3
    done
    bench_service sms-2
    compare workers.doubling messages/s 3 two_senders one_sender
    stop_services_but none
    stop_part slowsink TERM 5
    purge_queues
}

one_sender() {
    ! runs sms-3 || stop_part sms-3 TERM 30 >/dev/null
    sleep 0.5
    provider_rate 4
}

two_senders() {
    bench_service sms-3 >/dev/null
    sleep 1
    provider_rate 4
}

# --- growth.create: intake.create by turns on three databases that differ in the tickets they hold

# fill_tickets THOUSANDS: a database with so many, over a year, of a fifth as many customers; with every index.
fill_tickets() {
    note "filling a database with $1 thousand tickets"
    psql_private -c "create database growth_$1 template fresh"
    PGDATABASE="growth_$1" psql_private -v count="${1}000" >/dev/null <<'SQL'
create function pg_temp.ordered(n bigint) returns uuid language sql immutable
return (lpad(to_hex(1700000000000 + n * 30000), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8'
  || substr(md5(n::text), 4, 15))::uuid;
insert into intake.customer (id, name, email, language)
select md5('grown-' || n)::uuid, 'Customer ' || n, 'grown-' || n || '@bench.invalid', 'en'
from generate_series(0, :count / 5) as n;
insert into intake.ticket (
  id, number, channel, kind, urgency, subject, department, customer_id, customer_name, email, language, address,
  created_at, status_at)
select pg_temp.ordered(n), 'G' || n, 'web', 'repair', 'high', 'The heat pump in the cellar stops after a minute',
  'service', md5('grown-' || n % (:count / 5))::uuid, 'Customer ' || n, 'grown-' || n || '@bench.invalid', 'en',
  'No. 18, Nanjing Road, Shanghai', now() - (:count - n) * interval '30 seconds',
  now() - (:count - n) * interval '30 seconds'
from generate_series(1, :count) as n;
insert into intake.ticket_message (id, ticket_id, direction, channel, body, created_at)
select md5('message-' || n)::uuid, pg_temp.ordered(n), 'in', 'web',
  'Since this morning it starts, hums, and stops again with code E42. We have turned it off and on twice and looked '
  'at the filter; the pressure shown is 1.2 bar. Please call before you come, the gate is locked.',
  now() - (:count - n) * interval '30 seconds'
from generate_series(1, :count) as n;
insert into intake.idempotency_key (key, caller, request, status, response, created_at)
select 'grown-' || n, 'public', md5(n::text)::uuid, 201,
  '{"id":"01234567-89ab-cdef-0123-456789abcdef","number":"T1000001","status":"received",'
  '"createdAt":"2026-11-22T08:30:00.125Z"}', now() - (:count - n) * interval '0.2 seconds'
from generate_series(1, :count) as n;
vacuum analyze intake.customer, intake.ticket, intake.ticket_message, intake.idempotency_key;
SQL
}

bench_growth_create() {
    local size sizes=(10 100 1000) round rate measured="$STATE/growth" rates
    stop_services_but none
    purge_queues
    for size in "${sizes[@]}"; do fill_tickets "$size"; done
    : >"$measured"
    for round in 1 2 3; do
        for size in "${sizes[@]}"; do
            SERVICE_DATABASE=growth_$size
            bench_service intake >/dev/null
            rate=$(create_ours 2>/dev/null)
            note "round $round: $rate tickets/s with $size thousand in the tables"
            printf '%s %s\n' "$size" "$rate" >>"$measured"
        done
        # What grows or wears off with time shall not look like a matter of size.
        mapfile -t sizes < <(printf '%s\n' "${sizes[@]}" | tac)
    done
    SERVICE_DATABASE=paidan
    stop_services_but none
    rates=$(for size in "${sizes[@]}"; do awk -v s="$size" '$1 == s { print $2 }' "$measured" | median; done | sort -g)
    for size in "${sizes[@]}"; do psql_private -c "drop database growth_$size"; done
    result growth.create "$(awk 'NR == 1 { low = $1 } { high = $1 } END { printf "%.3f", low / high }' <<<"$rates")" 1 \
        lowest/highest
}

# --- backlog.drain: reporting, started before a queue of 100,000 messages, and before one of 10,000

# drain COUNT: messages a second, and the most memory reporting took.
drain() {
    local since end before
    before=$(psql_tickets)
    until [ $(($(psql_tickets) - before)) -ge "$1" ]; do httpload 256 1 0 "$(load_series)" 20000 >/dev/null; done
    wait_for_relay
    before=$(($(psql_tickets) - before))
    since=$(PGDATABASE=paidan psql_private -Atc 'select clock_timestamp()')
    bench_service reporting >/dev/null
    end=$((SECONDS + 240))
    until [ "$(drained "$since" 'count(*)')" -ge "$before" ]; do
        [ $SECONDS -lt $end ] || die "reporting did not drain $before messages within 240 s; see $STATE/log/reporting.log"
        sleep 1
    done
    drained "$since" 'round(count(*) / extract(epoch from max(received_at) - min(received_at)), 1)'
    resident reporting VmHWM
    printf '\n'
    stop_services_but intake
    purge_queues
}

drained() {
    PGDATABASE=paidan psql_private -Atc "select $2 from report.inbox where received_at > '$1'"
}

bench_backlog_drain() {
    local small large
    stop_services_but intake
    bench_service intake
    purge_queues
    mapfile -t small < <(drain 10000)
    note "10,000 messages: ${small[0]} a second, at most ${small[1]} MB"
    mapfile -t large < <(drain 100000)
    result backlog.drain "${large[0]}" "${small[0]}" messages/s
    result backlog.memory_mb "${large[1]}" "${small[1]}" MB
}
