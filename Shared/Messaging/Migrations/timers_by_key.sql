-- The last generation of a timer is the only one that can be pending, so it is all that has to be looked at. One row at a
-- time by the unique index: a join with the list scanned every pending timer of the schema, and a function in SQL is
-- planned anew at each call.
create or replace function set_timers(kinds text[], subjects uuid[], dues timestamptz[]) returns void
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
    last_id uuid;
    last_generation int;
begin
    for i in 1 .. cardinality(kinds) loop
        select t.id, t.generation
        into last_id, last_generation
        from timer t
        where t.kind = kinds[i]
            and t.subject_id = subjects[i]
        order by t.generation desc
        limit 1;
        if found then
            -- Written so that no index over pending timers is read for it.
            update timer t
            set cancelled_at = now()
            where t.id = last_id
                and coalesce(t.fired_at, t.cancelled_at) is null;
        end if;
        if dues[i] is not null then
            insert into timer (kind, subject_id, generation, due_at, wake_at)
            values (kinds[i], subjects[i], coalesce(last_generation, 0) + 1, dues[i], dues[i]);
        end if;
    end loop;
end
$$;
