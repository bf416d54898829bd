# shellcheck shell=bash
# The figures of ./paidan bench about SLA clocks and calendars. Work orders are opened by the services from tickets, a
# minute of them, one a second; more of the same are copies of their rows.

CLOCK_MINUTES=3

dispatch_sql() { PGDATABASE=paidan psql_private "$@"; }

# clock_policy MINUTES: the first response to work that is opened from now on is due after so long, and reminds then.
clock_policy() {
    local file="$STATE/policy.json"
    cat >"$file" <<JSON
{"key": "bench-$1", "version": 1, "title": {"en": "Bench $1"}, "rows": [{"targets": [{"timer": "firstResponse",
 "limit": {"amount": $1, "unit": "minutes"}, "calendar": "wall-clock",
 "thresholds": [{"at": "due", "actions": [{"remind": ["owner", "manager"]}]}]}]}]}
JSON
    tool calendar put-policy "$file"
    tool calendar agree service --policy "bench-$1"
    sleep 2 # see ClockLibrary.patience
}

# clock_copies COUNT: so many copies of each work order whose clocks run, with events, stored deadlines and timer.
clock_copies() {
    dispatch_sql -v "copies=$1" <<'SQL'
begin;
create temporary table copy as
select w.work_order as old, gen_random_uuid() as id
from dispatch.work_clocks w, generate_series(1, :copies)
where w.next_at is not null;
insert into dispatch.work_order
select (jsonb_populate_record(o, jsonb_build_object('id', c.id, 'ticket', gen_random_uuid()))).*
from copy c join dispatch.work_order o on o.id = c.old;
insert into dispatch.work_clocks
select (jsonb_populate_record(w, jsonb_build_object('work_order', c.id))).*
from copy c join dispatch.work_clocks w on w.work_order = c.old;
insert into dispatch.clock_event
select (jsonb_populate_record(e, jsonb_build_object('work_order', c.id))).*
from copy c join dispatch.clock_event e on e.work_order = c.old;
insert into dispatch.timer (kind, subject_id, generation, due_at, wake_at)
select t.kind, c.id, 1, t.due_at, t.wake_at
from copy c
join dispatch.timer t on t.subject_id = c.old and t.kind = 'sla' and t.fired_at is null and t.cancelled_at is null;
commit;
SQL
    dispatch_sql -c 'vacuum analyze dispatch.work_order, dispatch.work_clocks, dispatch.clock_event, dispatch.timer'
    settle
}

# clock_tickets COUNT RATE: tickets, until each is a work order.
clock_tickets() {
    local before end
    before=$(dispatch_sql -Atc 'select count(*) from dispatch.work_clocks')
    # One connection: the service closes those that nobody uses for a minute.
    httpload 1 "$(($1 / $2 - 1))" "$2" "$(load_series)" 0 >/dev/null
    end=$((SECONDS + 60))
    until [ "$(($(dispatch_sql -Atc 'select count(*) from dispatch.work_clocks') - before))" -ge "$1" ]; do
        [ $SECONDS -lt $end ] || die "the tickets became no work orders with clocks within 60 s; see $STATE/log/dispatcher.log"
        sleep 0.3
    done
}

clock_stack() {
    ! grep -q '^clocks\.' "$RESULTS" || return 0
    stop_services_but none
    purge_queues
    tool demo fill >"$STATE/log/demo.log" 2>&1
    bench_service intake
    bench_service dispatcher
}

# Hundredths of a second of processor time of the dispatcher and of all of PostgreSQL.
clock_ticks() {
    local pid total=0 ticks
    for pid in "$(pid_of dispatcher)" $(pgrep -P "$(pid_of postgres)"); do
        ticks=$(awk '{ sub(/^.*\) /, ""); print $12 + $13 }' "/proc/$pid/stat" 2>/dev/null || echo 0)
        total=$((total + ticks))
    done
    printf '%s\n' "$total"
}

# Per cent of a core over half a minute.
clock_load() {
    local before
    sleep 3
    before=$(clock_ticks)
    sleep 30
    awk -v b="$before" -v a="$(clock_ticks)" -v h="$(getconf CLK_TCK)" 'BEGIN { printf "%.2f\n", (a - b) * 100 / h / 30 }'
}

# A hundred thousand running clocks, hours before their deadlines, beside the same services without any.
bench_clocks_idle_percent() {
    local without with
    clock_stack
    dispatch_sql -c 'truncate dispatch.timer'
    without=$(clock_load)
    clock_policy 600
    clock_tickets 20 10
    clock_copies 5000
    with=$(clock_load)
    note "$(dispatch_sql -Atc 'select count(*) from dispatch.work_clocks where next_at is not null') clocks: $with % of a core, none: $without %"
    result clocks.idle_percent "$(awk -v a="$with" -v b="$without" 'BEGIN { d = a - b; printf "%.2f", (d > 0 ? d : 0) }')" 1 %
}

# Ten thousand deadlines in one minute, beside the clocks above: from each deadline to the end of the transaction in which
# its threshold was passed to the process, by its last statement.
bench_clocks_burst_p99_ms() {
    local begin end answer
    clock_stack
    clock_policy $CLOCK_MINUTES
    begin=$SECONDS
    dispatch_sql -c 'create table bench.burst as select work_order from dispatch.work_clocks'
    clock_tickets 60 1
    # Only of those that were opened now.
    dispatch_sql -c "update dispatch.work_clocks set next_at = null where work_order in (select work_order from bench.burst)"
    clock_copies 166
    note "$((CLOCK_MINUTES * 60 - SECONDS + begin)) s before the first deadline"
    end=$((SECONDS + CLOCK_MINUTES * 60 + 90))
    until [ "$(clock_burst 'count(*)')" -ge 10000 ]; do
        [ $SECONDS -lt $end ] || die "only $(clock_burst 'count(*)') of 10,000 deadlines were met; see $STATE/log/dispatcher.log"
        sleep 2
    done
    answer=$(clock_burst "round((percentile_cont(0.99) within group (order by late) * 1000)::numeric, 1)")
    note "p50 $(clock_burst "round((percentile_cont(0.5) within group (order by late) * 1000)::numeric, 1)") ms, most $(clock_burst 'round((max(late) * 1000)::numeric, 1)') ms"
    result clocks.burst_p99_ms "$answer" 1000 ms
}

clock_burst() {
    dispatch_sql -Atc "
        with fired as (
          select e.work_order, max(e.written_at) over (partition by e.xmin::text) as written_at, e.fact
          from dispatch.clock_event e
          where e.fact like '{\"fired\":%\"due\"%')
        select $1 from (
          select extract(epoch from f.written_at + c.shift - t.due_at) as late
          from fired f
          join dispatch.timer t on t.subject_id = f.work_order and t.kind = 'sla' and t.fired_at is not null
          cross join dispatch.clock c
          where f.work_order not in (select work_order from bench.burst)
          and t.generation = (
            select max(g.generation) from dispatch.timer g
            where g.subject_id = t.subject_id and g.kind = 'sla' and g.fired_at is not null)) as met"
}

# Explanations over HTTP, one after another, signed in as a member of staff.
bench_clocks_explain_ms() {
    local password answer
    clock_stack
    if [ "$(dispatch_sql -Atc 'select count(*) from dispatch.work_clocks')" = 0 ]; then
        clock_policy 600
        clock_tickets 20 10
    fi
    password=$(tool staff password manager)
    answer=$(PASSWORD=$password /usr/bin/python3 "$LOAD/explain.py" "${PORT[dispatcher]}")
    result clocks.explain_ms "$answer" 10 ms
}

bench_calendar_ten_years_ms() {
    local answer
    answer=$("$BIN/ticketload" calendar)
    result calendar.ten_years_ms "$answer" 1 ms
}
