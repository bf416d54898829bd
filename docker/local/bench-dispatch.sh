# shellcheck shell=bash
# The figures of ./paidan bench about dispatch: a thousand engineers who reach for one job, whom to send among 500 engineers
# and 10,000 open jobs, one engineer's list among a million.

DISPATCH_CROWD=1000
DISPATCH_LIST=1000000

# dispatch_tickets COUNT: opens so many, until each is a work order; intake is ended then.
dispatch_tickets() {
    local before end=$((SECONDS + 60))
    bench_service intake
    before=$(work_sql "select count(*) from dispatch.work_order")
    httpload 4 1 "$1" "$(load_series)" 0 >/dev/null
    until [ "$(work_sql "select count(*) from dispatch.work_order")" -ge $((before + $1)) ]; do
        [ $SECONDS -lt $end ] || die "the tickets became no work orders within 60 s; see $STATE/log/dispatcher.log"
        sleep 0.3
    done
    stop_part intake TERM 30 >/dev/null
    purge_queues
}

dispatch_prepare() {
    [ "$(work_sql "select to_regclass('bench.dispatch_ready') is not null")" != t ] || return 0
    WORK_URL="http://127.0.0.1:${PORT[dispatcher]}/api/dispatch/v1"
    stop_services_but none
    tool demo fill >"$STATE/log/demo.log" 2>&1 || fail_part demo "could not be filled"
    bench_service dispatcher
    curl -sSf -m 30 -X POST -H "Authorization: Bearer $(work_token admin)" "$WORK_URL/processes/s3-repair/versions/newest/in-force" ||
        fail_part dispatcher "does not put s3-repair in force"
    dispatch_tickets 20
    # Half of the crowd has shifts, skills and now and then a leave; all of them are engineers of the department.
    work_sql "
        insert into dispatch.staff (id, login, name, department, roles, level)
        select md5('crowd ' || n)::uuid, 'crowd' || n, 'Crowd ' || n, 'service', '{engineer}', 1 + n % 3
        from generate_series(1, $DISPATCH_CROWD) n;
        insert into dispatch.skill values ('dell', '戴尔', 'Dell', true), ('network', '网络', 'Network', true);
        insert into dispatch.staff_skill (staff, skill, level)
        select md5('crowd ' || n)::uuid, s, 1 + n % 5 from generate_series(1, 500) n, unnest(array['dell', 'network']) s;
        insert into dispatch.shift values ('early', 'service', '早', 'Early', '06:00-14:00', true), ('late', 'service', '晚', 'Late', '14:00-22:00', true);
        insert into dispatch.shift_day (staff, day, shift)
        select md5('crowd ' || n)::uuid, current_date + d, case when n % 2 = 0 then 'early' else 'late' end
        from generate_series(1, 500) n, generate_series(-1, 9) d;
        insert into dispatch.leave (id, staff, department, kind, starts_at, ends_at, state, requested_at)
        select gen_random_uuid(), md5('crowd ' || n)::uuid, 'service', 'annual', now() - interval '1 day', now() + interval '2 days', 'approved', now()
        from generate_series(1, 500, 25) n;
        insert into dispatch.job_need values ('repair', '{repair}', '{}', '{dell}', '{2}', 60, '{}', true);
        create table bench.dispatch_ready ();" >/dev/null
}

# dispatch_orders FROM THROUGH OPEN: copies of one open work order; the first OPEN of them run, the others have ended.
# Each engineer of the crowd has his share of them.
dispatch_orders() {
    work_sql "
        insert into dispatch.work_order
        select (jsonb_populate_record(o, jsonb_build_object(
          'id', md5('copy ' || n)::uuid, 'ticket', md5('ticket ' || n)::uuid, 'ticket_number', 'C' || n,
          'owner_id', md5('crowd ' || 1 + n % $DISPATCH_CROWD)::uuid, 'owner_name', 'Crowd ' || 1 + n % $DISPATCH_CROWD,
          'pool_role', null, 'pool_level', null, 'alarms', '[]'::jsonb,
          'outcome', case when n - $1 >= $3 then 'done' end, 'closed_at', case when n - $1 >= $3 then now() end))).*
        from dispatch.work_order o, generate_series($1::bigint, $2::bigint) n
        where o.id = (select id from dispatch.work_order where process = 's3-repair' and ticket_number like 'T%' order by id limit 1);
        analyze dispatch.work_order;" >/dev/null
}

dispatch_crowd() {
    work_sql "select md5('crowd ' || n)::uuid || ' Crowd ' || n from generate_series(1, $1) n" |
        /usr/bin/python3 "$LOAD/dispatch.py" tokens "$STATE/secrets/signing-key" "$(work_token engineer)"
}

bench_dispatch_suggestion_ms() {
    local desk answer
    dispatch_prepare
    dispatch_orders 1 10000 10000
    PGDATABASE=paidan psql_private -c 'vacuum analyze dispatch.work_order' >/dev/null
    desk=$(work_token desk)
    work_sql "select '/api/dispatch/v1/work-orders/' || id || '/engineers' from dispatch.work_order where ticket_number like 'T%' limit 20" |
        sed "s|^|$desk |" >"$STATE/dispatch.asked"
    /usr/bin/python3 "$LOAD/dispatch.py" ask "${PORT[dispatcher]}" 50 <"$STATE/dispatch.asked" >/dev/null
    answer=$(/usr/bin/python3 "$LOAD/dispatch.py" ask "${PORT[dispatcher]}" 1000 <"$STATE/dispatch.asked")
    result dispatch.suggestion_ms "$answer" 50 ms
}

# The slowest of five rounds, each with a job of its own.
bench_dispatch_grab_ms() {
    local desk order offer answer worst=0 won lost same others p99
    dispatch_prepare
    dispatch_crowd "$DISPATCH_CROWD" >"$STATE/dispatch.crowd"
    desk=$(work_token desk)
    for order in $(work_sql "select id from dispatch.work_order where step = 'confirm' and ticket_number like 'T%' order by id limit 5"); do
        curl -sSf -m 30 -o "$STATE/dispatch.answer" -X POST -H "Authorization: Bearer $desk" "$WORK_URL/work-orders/$order/actions/to-pool" ||
            fail_part dispatcher "does not put $order into the pool"
        offer=$(work_sql "select id from dispatch.work_offer where work_order = '$order' and ended_at is null")
        answer=$("$STATE/bin/grab" "${PORT[dispatcher]}" "/api/dispatch/v1/offers/$offer/acceptance" "$STATE/dispatch.crowd")
        read -r p99 _ won lost same others <<<"$answer"
        [ "$won $lost $same $others" = "1 $((DISPATCH_CROWD - 1)) $((DISPATCH_CROWD - 1)) 0" ] ||
            die "of $DISPATCH_CROWD who grab one job: $won won, $lost were told it was taken, $same of them by the same name, $others were answered otherwise"
        note "p99 $p99 ms" >&2
        worst=$(awk -v a="$worst" -v b="$p99" 'BEGIN { print (a > b ? a : b) }')
    done
    result dispatch.grab_ms "$worst" 250 ms
}

bench_dispatch_worklist_ms() {
    local answer
    dispatch_prepare
    note "making $DISPATCH_LIST work orders" >&2
    for ((part = 0; part < 10; part++)); do
        dispatch_orders $((100000 + part * DISPATCH_LIST / 10)) $((100000 + (part + 1) * DISPATCH_LIST / 10 - 1)) 2000
        note "$(((part + 1) * 10)) %" >&2
    done
    PGDATABASE=paidan psql_private -c 'vacuum analyze dispatch.work_order' >/dev/null
    settle
    dispatch_crowd 20 | sed 's|$| /api/dispatch/v1/work-orders?view=mine\&limit=50|' >"$STATE/dispatch.asked"
    /usr/bin/python3 "$LOAD/dispatch.py" ask "${PORT[dispatcher]}" 50 <"$STATE/dispatch.asked" >/dev/null
    answer=$(/usr/bin/python3 "$LOAD/dispatch.py" ask "${PORT[dispatcher]}" 1000 <"$STATE/dispatch.asked")
    result dispatch.worklist_ms "$answer" 20 ms
}
