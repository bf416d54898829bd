# shellcheck shell=bash
# The figure of ./paidan bench about work that runs by its process: the main flow of s3-repair, nine commands over HTTP from
# the desk to the closed ticket, against as many row writes by pgbench.

WORK_ORDERS=2000
WORK_COMMANDS=9
WORK_TABLES="'work_order', 'work_visit', 'work_event', 'work_notice', 'work_errand', 'work_clocks', 'clock_event', 'timer', 'outbox'"

work_sql() { PGDATABASE=paidan psql_private -Atc "$@"; }

# work_token LOGIN: a token, by a one-time password.
work_token() {
    printf '{"login":"%s","password":"%s","cookies":false}' "$1" "$(tool staff password "$1" 2>/dev/null)" |
        curl -sSf -m 30 -H 'Content-Type: application/json' --data-binary @- "$WORK_URL/sessions" |
        sed 's/.*"token":"\([^"]*\)".*/\1/' || fail_part dispatcher "does not sign $1 in"
}

# work_orders_open: opened by intake and dispatcher, all by the process. Intake is ended then: its ear for what becomes of its
# tickets is not what is measured, as the other services are not; their queues take every message.
work_orders_open() {
    local end=$((SECONDS + 120)) before
    bench_service intake
    before=$(work_sql "select count(*) from dispatch.work_order")
    httpload 16 "$((WORK_ORDERS / 400))" 400 "$(load_series)" 0 >/dev/null
    until [ "$(outbox_depth intake)" = 0 ] && [ "$(work_sql "select count(*) from dispatch.work_order")" -ge "$((before + WORK_ORDERS))" ] &&
        [ "$(outbox_depth dispatch)" = 0 ]; do
        [ $SECONDS -lt $end ] || die "the tickets became no work orders within 120 s; see $STATE/log/dispatcher.log"
        sleep 0.3
    done
    stop_part intake TERM 30 >/dev/null
    purge_queues
}

# Rows that the commands have written: inserted and updated, without what the relay does with them afterwards.
work_rows() {
    work_sql "select pg_stat_clear_snapshot()" >/dev/null
    work_sql "select sum(n_tup_ins + n_tup_upd) from pg_stat_user_tables where schemaname = 'dispatch' and relname in ($WORK_TABLES)"
}

work_prepare() {
    local login
    WORK_URL="http://127.0.0.1:${PORT[dispatcher]}/api/dispatch/v1"
    stop_services_but none
    tool demo fill >"$STATE/log/demo.log" 2>&1 || fail_part demo "could not be filled"
    bench_service dispatcher
    curl -sSf -m 30 -X POST -H "Authorization: Bearer $(work_token admin)" "$WORK_URL/processes/s3-repair/versions/newest/in-force" ||
        fail_part dispatcher "does not put s3-repair in force"
    PGDATABASE=paidan psql_private <<'SQL'
create sequence bench.revision;
create table bench.work_event (like dispatch.work_event including all);
create table bench.work_outbox (like dispatch.outbox including all);
create table bench.work_order (like dispatch.work_order including all);
SQL
    for login in desk engineer finance; do printf '%s %s\n' "$login" "$(work_token "$login")"; done >"$STATE/work.people"
    printf 'staff %s\n' "$(work_sql "select id from dispatch.staff where login = 'engineer'")" >>"$STATE/work.people"
}

# Commands a second.
work_ours() {
    local answer before failed ended
    work_orders_open
    { cat "$STATE/work.people" && work_sql "select id from dispatch.work_order where process = 's3-repair' and step = 'confirm'"; } >"$STATE/work.orders"
    before=$(work_rows)
    settle
    answer=$("$STATE/bin/workload" "${PORT[dispatcher]}" 32 8 "$STATE/work.orders")
    read -r _ _ _ failed ended <<<"$answer"
    [ "$failed" = 0 ] || note "answers other than 200: $failed" >&2
    sleep 1.5 # the statistics of a session are told within a second
    note "$ended work orders to their end; a command: p50 $(cut -d' ' -f2 <<<"$answer") ms, p99 $(cut -d' ' -f3 <<<"$answer") ms" >&2
    awk -v r="$(($(work_rows) - before))" -v o="$ended" -v c="$WORK_COMMANDS" 'BEGIN { printf "%.1f\n", o ? r / o / c : 0 }' >"$STATE/work.rows"
    printf '%s\n' "${answer%% *}"
}

work_pgbench() {
    local more
    more=$(awk '{ printf "%d", $1 - 2 + 0.5 }' "$STATE/work.rows")
    PGDATABASE=paidan psql_private >/dev/null <<'SQL'
insert into bench.work_order
select (jsonb_populate_record(o, jsonb_build_object(
  'id', md5('bench-' || n)::uuid, 'ticket', gen_random_uuid(), 'ticket_number', 'B' || n))).*
from dispatch.work_order o, generate_series(0, 1999) n
where o.id = (select id from dispatch.work_order where process = 's3-repair' limit 1)
on conflict do nothing;
SQL
    settle
    PGPASSWORD=$(secret postgres) "$(postgres_program pgbench)" -n -M prepared -c 32 -j 2 -T 6 -D more="$more" \
        -h 127.0.0.1 -p "${PORT[postgres]}" -U postgres -f "$LOAD/work.sql" paidan 2>>"$STATE/log/pgbench.log" |
        awk '/^tps/ { print $3 }'
}

bench_work_s3_flow() {
    local per_order ours limit ratio
    work_prepare
    work_ours >/dev/null 2>&1 # warms up
    compare work.s3_commands commands/s 3 work_ours work_pgbench
    note "rows written by a command: $(cat "$STATE/work.rows")"
    per_order=$(awk -v c="$WORK_COMMANDS" '$1 == "work.s3_commands" { printf "%.1f %.1f %s", $2 / c, $3 / c, $4 }' "$RESULTS")
    read -r ours limit ratio <<<"$per_order"
    sed -i '/^work.s3_commands /d' "$RESULTS"
    result work.s3_flow "$ours" "$limit" orders/s "$ratio"
}
