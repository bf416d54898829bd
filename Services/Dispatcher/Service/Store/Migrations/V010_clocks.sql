-- By which hours the suite counts, what it promises to whom, and the clocks of every work order.

-- Calendars and policies: every version for ever, since deadlines stand on versions. Everybody may look: they hold hours
-- and limits, nothing about people. Administrators of the department that keeps one make the next version.
create table dispatch.calendar (
    key text not null,
    -- Who keeps it.
    department text not null,
    -- The newest.
    version int not null,
    changed_at timestamptz not null default now(),
    constraint calendar_pkey primary key (key),
    constraint calendar_key_check check (key ~ '^[a-z][a-z0-9-]{0,39}$' and key not in ('department', 'wall-clock')),
    constraint calendar_department_fkey foreign key (department) references dispatch.department (code)
);

create table dispatch.calendar_version (
    key text not null,
    version int not null,
    -- See WorkCalendar; the text is kept as it was written, so that it reads the same for ever.
    body text not null,
    -- One word: put, dates, import.
    cause text not null,
    note text,
    -- Null: the operators' tool.
    actor uuid,
    made_at timestamptz not null default now(),
    constraint calendar_version_pkey primary key (key, version),
    constraint calendar_version_version_check check (version > 0)
);

create table dispatch.sla_policy (
    key text not null,
    department text not null,
    version int not null,
    changed_at timestamptz not null default now(),
    constraint sla_policy_pkey primary key (key),
    constraint sla_policy_key_check check (key ~ '^[a-z][a-z0-9-]{0,39}$'),
    constraint sla_policy_department_fkey foreign key (department) references dispatch.department (code)
);

-- Also the limits of process definitions, under process:CODE, with the definition's version.
create table dispatch.sla_policy_version (
    key text not null,
    version int not null,
    body text not null,
    note text,
    actor uuid,
    made_at timestamptz not null default now(),
    constraint sla_policy_version_pkey primary key (key, version),
    constraint sla_policy_version_version_check check (version > 0)
);

-- Which calendar and policy hold for the work of a department and those below it; for one customer, before all others.
create table dispatch.sla_agreement (
    department text not null,
    -- Intake's id.
    customer uuid,
    -- Null: as for the department above.
    calendar text,
    policy text,
    version bigint not null default 1,
    changed_at timestamptz not null default now(),
    constraint sla_agreement_key unique nulls not distinct (department, customer),
    constraint sla_agreement_department_fkey foreign key (department) references dispatch.department (code),
    constraint sla_agreement_calendar_fkey foreign key (calendar) references dispatch.calendar (key),
    constraint sla_agreement_policy_fkey foreign key (policy) references dispatch.sla_policy (key)
);

-- What happened to the clocks of a work order; nothing of it can be changed or removed.
create table dispatch.clock_event (
    work_order uuid not null,
    -- From 1.
    number int not null,
    at timestamptz not null,
    -- See ClockFact.
    fact text not null,
    written_at timestamptz not null default clock_timestamp(),
    constraint clock_event_pkey primary key (work_order, number),
    constraint clock_event_work_order_fkey foreign key (work_order) references dispatch.work_order (id)
) with (autovacuum_vacuum_insert_scale_factor = 0.5);

-- What the events come to: the fold of a work order's clocks and the deadlines that wait, so that nobody folds anew.
create table dispatch.work_clocks (
    work_order uuid not null,
    department text not null,
    customer uuid,
    -- How many events it is the fold of.
    events int not null,
    -- See WorkClocks.
    state text not null,
    -- See SLADeadline: folding the events again gives these bytes.
    deadlines text not null,
    -- The earliest of them.
    next_at timestamptz,
    -- calendar:cn@3, policy:standard@2: the versions that running clocks are counted by.
    stands_on text[] not null,
    closed boolean not null,
    changed_at timestamptz not null,
    constraint work_clocks_pkey primary key (work_order),
    constraint work_clocks_work_order_fkey foreign key (work_order) references dispatch.work_order (id)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);

create index work_clocks_stands_on on dispatch.work_clocks using gin (stands_on)
where not closed;

create index work_clocks_changed_at on dispatch.work_clocks (department, changed_at);

create index work_clocks_next_at on dispatch.work_clocks (department, next_at)
where next_at is not null;

revoke update, delete on dispatch.calendar_version, dispatch.sla_policy_version, dispatch.clock_event from dispatch_run;

-- Office hours to begin with; no holidays are known, so deadlines by them are marked as provisional.
insert into dispatch.calendar (key, department, version) values ('office', 'service', 1);

insert into dispatch.calendar_version (key, version, body, cause)
values (
    'office', 1,
    '{"beyond":"flag","covers":[],"dates":{},"key":"office","makeUpHours":["09:00-12:00","13:30-18:00"],'
    '"timeZone":"Asia/Shanghai","title":{"en":"Office hours","zh":"办公时间"},"version":1,"weekly":{'
    '"fri":["09:00-12:00","13:30-18:00"],"mon":["09:00-12:00","13:30-18:00"],"thu":["09:00-12:00","13:30-18:00"],'
    '"tue":["09:00-12:00","13:30-18:00"],"wed":["09:00-12:00","13:30-18:00"]}}',
    'put');

insert into dispatch.sla_agreement (department, calendar) values ('service', 'office');

grant select, insert, update on dispatch.calendar, dispatch.sla_policy to dispatch_member;

grant select, insert on dispatch.calendar_version, dispatch.sla_policy_version to dispatch_member;

grant select, insert, update on dispatch.sla_agreement to dispatch_member;

-- Clocks move with the work, by the service's rules.
grant select on dispatch.clock_event, dispatch.work_clocks to dispatch_member;

alter table dispatch.calendar enable row level security;

create policy calendar_service on dispatch.calendar to dispatch_run using (true) with check (true);

create policy calendar_look on dispatch.calendar for select to dispatch_member using (true);

create policy calendar_change on dispatch.calendar to dispatch_member
using (
    'administrator' = any (coalesce(nullif(current_setting('paidan.roles', true), ''), '{}')::text[])
    and department = any (coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[]));

alter table dispatch.calendar_version enable row level security;

create policy calendar_version_service on dispatch.calendar_version to dispatch_run using (true) with check (true);

create policy calendar_version_look on dispatch.calendar_version for select to dispatch_member using (true);

create policy calendar_version_make on dispatch.calendar_version for insert to dispatch_member
with check (
    'administrator' = any (coalesce(nullif(current_setting('paidan.roles', true), ''), '{}')::text[])
    and exists (
        select from dispatch.calendar c
        where c.key = calendar_version.key
            and c.department = any (
                coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[])));

alter table dispatch.sla_policy enable row level security;

create policy sla_policy_service on dispatch.sla_policy to dispatch_run using (true) with check (true);

create policy sla_policy_look on dispatch.sla_policy for select to dispatch_member using (true);

create policy sla_policy_change on dispatch.sla_policy to dispatch_member
using (
    'administrator' = any (coalesce(nullif(current_setting('paidan.roles', true), ''), '{}')::text[])
    and department = any (coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[]));

alter table dispatch.sla_policy_version enable row level security;

create policy sla_policy_version_service on dispatch.sla_policy_version to dispatch_run using (true) with check (true);

create policy sla_policy_version_look on dispatch.sla_policy_version for select to dispatch_member using (true);

create policy sla_policy_version_make on dispatch.sla_policy_version for insert to dispatch_member
with check (
    'administrator' = any (coalesce(nullif(current_setting('paidan.roles', true), ''), '{}')::text[])
    and exists (
        select from dispatch.sla_policy p
        where p.key = sla_policy_version.key
            and p.department = any (
                coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[])));

alter table dispatch.sla_agreement enable row level security;

create policy sla_agreement_service on dispatch.sla_agreement to dispatch_run using (true) with check (true);

create policy sla_agreement_look on dispatch.sla_agreement for select to dispatch_member
using (department = any (coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[]));

create policy sla_agreement_change on dispatch.sla_agreement to dispatch_member
using (
    'administrator' = any (coalesce(nullif(current_setting('paidan.roles', true), ''), '{}')::text[])
    and department = any (coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[]));

-- The clocks are seen by whoever sees the work.
alter table dispatch.clock_event enable row level security;

create policy clock_event_service on dispatch.clock_event to dispatch_run using (true) with check (true);

create policy clock_event_member on dispatch.clock_event for select to dispatch_member
using (exists (select from dispatch.work_order o where o.id = clock_event.work_order));

alter table dispatch.work_clocks enable row level security;

create policy work_clocks_service on dispatch.work_clocks to dispatch_run using (true) with check (true);

create policy work_clocks_member on dispatch.work_clocks for select to dispatch_member
using (exists (select from dispatch.work_order o where o.id = work_clocks.work_order));
