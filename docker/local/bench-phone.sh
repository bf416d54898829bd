# shellcheck shell=bash
# The figures of ./paidan bench about telephones: twenty thousand that ask what is new, one that was without a line for days.

PHONES=20000
PHONE_JOBS=5

# Each telephone's person has five jobs, among all the others that there are; one in twenty has news.
bench_phone_changes_cpu() {
    local answer own server news without p99
    dispatch_prepare
    if [ "$(work_sql "select to_regclass('bench.phones') is not null")" != t ]; then
        note "making $PHONES engineers with $PHONE_JOBS jobs each" >&2
        work_sql "
            insert into dispatch.staff (id, login, name, department, roles, level)
            select md5('phone ' || n)::uuid, 'phone' || n, 'Phone ' || n, 'service', '{engineer}', 1 + n % 3 from generate_series(1, $PHONES) n;
            insert into dispatch.sign_in_session (id, staff, means, expires_at)
            select md5('phone ' || n)::uuid, md5('phone ' || n)::uuid, 'password', now() + interval '30 days' from generate_series(1, $PHONES) n;
            insert into dispatch.work_order
            select (jsonb_populate_record(o, jsonb_build_object(
              'id', md5('phone job ' || n)::uuid, 'ticket', md5('phone ticket ' || n)::uuid, 'ticket_number', 'P' || n,
              'owner_id', md5('phone ' || 1 + n % $PHONES)::uuid, 'owner_name', 'Phone ' || 1 + n % $PHONES,
              'pool_role', null, 'pool_level', null, 'alarms', '[]'::jsonb))).*
            from dispatch.work_order o, generate_series(1, $((PHONES * PHONE_JOBS))) n
            where o.id = (select id from dispatch.work_order where process = 's3-repair' and ticket_number like 'T%' order by id limit 1);
            create table bench.phones ();" >/dev/null
        PGDATABASE=paidan psql_private -c 'vacuum analyze dispatch.work_order, dispatch.staff, dispatch.sign_in_session' >/dev/null
    fi
    settle
    work_sql "select md5('phone ' || n)::uuid || ' Phone ' || n from generate_series(1, $PHONES) n order by random()" |
        /usr/bin/python3 "$LOAD/dispatch.py" tokens "$STATE/secrets/signing-key" "$(work_token engineer)" >"$STATE/phone.tokens"
    printf 'update dispatch.work_order set revision = revision + 1 where id in (select md5(%s)::uuid from generate_series(20, %s, 20) n);\n' \
        "'phone job ' || n" "$PHONES" >"$STATE/phone.sql"
    answer=$(PGPASSWORD=$(secret postgres) /usr/bin/python3 "$LOAD/changes.py" "${PORT[dispatcher]}" 60 "$(pid_of dispatcher)" "$(pid_of postgres)" \
        "$STATE/phone.tokens" psql -q -h 127.0.0.1 -p "${PORT[postgres]}" -U postgres -f "$STATE/phone.sql" paidan) ||
        die "$PHONES telephones did not get their answers; see $STATE/log/dispatcher.log"
    read -r own server news without p99 <<<"$answer"
    note "the dispatcher $own % of a core, the database $server %; $news answers with news, $without without, p99 $p99 ms"
    result phone.changes_cpu "$(awk -v a="$own" -v b="$server" 'BEGIN { printf "%.1f", a + b }')" 50 %
}

# phone_orders COUNT FILE: jobs of the engineer, each with a visit at an agreed time.
phone_orders() {
    local desk engineer candidate order step token path body
    desk=$(work_token desk) engineer=$(work_token engineer)
    candidate="{\"candidate\":{\"staff\":\"$(work_sql "select id from dispatch.staff where login = 'engineer'")\"}}"
    dispatch_tickets "$1"
    work_sql "select id from dispatch.work_order where process = 's3-repair' and step = 'confirm' and ticket_number like 'T%' order by opened_at desc limit $1" >"$2"
    while read -r order; do
        for step in "$desk actions/dispatch $candidate" "$engineer actions/accept {}" "$engineer actions/open-sheet $candidate" \
            "$engineer visits/1/actions/appoint {\"fields\":{\"appointment\":\"2099-01-01T09:00:00+08:00\"}}"; do
            read -r token path body <<<"$step"
            curl -sSf -m 30 -o "$STATE/phone.answer" -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
                -d "$body" "$WORK_URL/work-orders/$order/$path" || fail_part dispatcher "does not take $path of $order"
        done
    done <"$2"
}

bench_phone_return() {
    local answer sent payload twice took least cuts files orders schema acted
    dispatch_prepare
    phone_orders 20 "$STATE/phone.orders"
    for schema in $SCHEMAS; do work_sql "update $schema.clock set adjustable = true" >/dev/null; done
    tool clock advance 3d >/dev/null
    answer=$(SUITE_NOW=$(work_sql 'select extract(epoch from dispatch.suite_now())') /usr/bin/python3 "$LOAD/phone.py" "${PORT[dispatcher]}" \
        "$(work_token engineer)" "$(cat /proc/sys/kernel/random/uuid)" "$STATE/phone.orders") ||
        die "the telephone is not in step; see $STATE/log/dispatcher.log"
    read -r sent payload twice took least cuts <<<"$answer"
    orders="work_order = any('{$(paste -sd, "$STATE/phone.orders")}')"
    acted=$(work_sql "select count(*) from dispatch.work_event where kind = 'acted' and subject in ('arrive', 'urgent-part', 'sheet') and $orders")
    files=$(work_sql "select count(*) from dispatch.work_file where $orders")
    [ "$acted $files $twice" = "200 40 0" ] ||
        die "of 200 commands $acted are in the history, of 40 photos $files with their work; $twice were sent whole twice"
    note "$took s, the line needs $least s for $payload bytes; $sent bytes sent; cut $cuts times, once under the answer to the commands"
    result phone.return "$(awk -v s="$sent" -v p="$payload" 'BEGIN { printf "%.4f", s / p }')" 1.10 sent/needed
}
