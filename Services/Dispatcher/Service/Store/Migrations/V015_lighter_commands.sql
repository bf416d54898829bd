-- What a command writes costs no more than it must. A row whose indexed columns stay the same is updated without touching
-- any index: so no index has the time of the last change, which is another with every command.
-- squawk-ignore-file require-concurrent-index-deletion, require-concurrent-index-creation, ban-drop-constraint

-- Whoever has some work has little of it: put in order when it is read.
drop index dispatch.work_order_mine;

create index work_order_mine on dispatch.work_order (owner_id)
where closed_at is null and owner_id is not null;

drop index dispatch.work_order_station;

create index work_order_station on dispatch.work_order (owner_station)
where closed_at is null and owner_station is not null;

drop index dispatch.work_order_done;

create index work_order_done on dispatch.work_order (department, closed_at)
where closed_at is not null;

-- Room for the next form of a row on its own page.
alter table dispatch.work_order set (fillfactor = 60);

alter table dispatch.work_visit set (fillfactor = 60);

-- When the clocks were closed: nothing changes them after that, unless the work is taken up again.
alter table dispatch.work_clocks
    add closed_at timestamptz;

update dispatch.work_clocks
set closed_at = changed_at
where closed;

drop index dispatch.work_clocks_changed_at;

create index work_clocks_closed_at on dispatch.work_clocks (department, closed_at);

alter table dispatch.work_clocks set (fillfactor = 60);

-- History is written by the service alone, of work orders that it has locked, and nobody can remove a work order: to look
-- it up again for every line that is added protects nothing.
revoke delete on dispatch.work_order from dispatch_run;

alter table dispatch.work_event drop constraint work_event_work_order_fkey;

alter table dispatch.clock_event drop constraint clock_event_work_order_fkey;

alter table dispatch.work_notice drop constraint work_notice_work_order_fkey;

-- Long texts that are written again and again: faster to compress, where the server was built with it.
do $$
begin
    alter table dispatch.work_order
        alter course set compression lz4,
        alter alarms set compression lz4,
        alter facts set compression lz4;
    alter table dispatch.work_clocks
        alter state set compression lz4,
        alter deadlines set compression lz4;
exception
    when feature_not_supported or invalid_parameter_value then null;
end
$$;
