-- Processes as data: definitions, and the work orders that run by them, in place of the process that was built in. The
-- version before cannot run beside it: it would take steps that nothing keeps any more. So every lock may be taken.
-- squawk-ignore-file require-concurrent-index-deletion, require-concurrent-index-creation, ban-drop-constraint
-- squawk-ignore-file ban-drop-column, ban-drop-table, adding-not-nullable-field, constraint-missing-not-valid
-- squawk-ignore-file adding-foreign-key-constraint

-- Every version of every definition; none is ever changed or removed, for running work stays on its version.
create table dispatch.process_definition (
    code text not null,
    version int not null,
    title_zh text not null,
    title_en text not null,
    -- The file as it was written.
    body text not null,
    -- Came with the program.
    shipped boolean not null,
    -- New work may begin with it; of one code at most one version is in force.
    in_force boolean not null,
    -- Null: the program itself.
    put_in_force_by uuid,
    put_in_force_by_name text,
    put_in_force_at timestamptz,
    loaded_at timestamptz not null default now(),
    constraint process_definition_pkey primary key (code, version),
    constraint process_definition_by_fkey foreign key (put_in_force_by) references dispatch.staff (id),
    constraint process_definition_at_check check (not in_force or put_in_force_at is not null)
);

create unique index process_definition_in_force on dispatch.process_definition (code)
where in_force;

-- What it takes to be told of: only the service itself touches definitions.
alter table dispatch.process_definition enable row level security;

create policy process_definition_service on dispatch.process_definition to dispatch_run using (true) with check (true);

-- Who has the roles that processes name beyond the built-in ones.
create table dispatch.work_role (
    role text not null,
    staff uuid not null,
    constraint work_role_pkey primary key (role, staff),
    constraint work_role_staff_fkey foreign key (staff) references dispatch.staff (id),
    constraint work_role_code_check check (role ~ '^[a-z][a-z0-9_-]{0,39}$')
);

create index work_role_staff on dispatch.work_role (staff);

alter table dispatch.work_role enable row level security;

create policy work_role_service on dispatch.work_role to dispatch_run using (true) with check (true);

-- Work orders. Column state keeps the word that all services know, version the number of messages that told of it.
drop index dispatch.work_order_pool;

drop index dispatch.work_order_mine;

drop index dispatch.work_order_open;

drop index dispatch.work_order_done;

alter table dispatch.work_order
    drop constraint work_order_owner_check,
    drop constraint work_order_owner_name_check,
    drop column accepted_at,
    add process text,
    add process_version int,
    -- Where the work order itself stands, and since when.
    add step text,
    add step_at timestamptz,
    -- The department that it belongs to; department says which has it now.
    add home text,
    -- Every department that has to do with it: who may see it.
    add departments text[],
    -- A station or agent that has it as a whole.
    add owner_station text,
    -- While nobody has it: role and least level of those who may take it.
    add pool_role text,
    add pool_level smallint,
    -- Roles that are asked to grant something.
    add approvals text[] not null default '{}',
    -- Events so far.
    add revision bigint,
    -- ProcessState.
    add course jsonb,
    -- What ticket and customer told when it was opened.
    add facts jsonb,
    -- AlarmList.
    add alarms jsonb not null default '[]',
    -- How it ended; see ProcessStep.Outcome.
    add outcome text,
    add closed_at timestamptz;

-- Work of the built-in process goes on under the definition that has its steps.
update dispatch.work_order o
set process = 'simple-repair',
    process_version = 1,
    step = s.step,
    step_at = o.changed_at,
    home = o.department,
    departments = array[o.department],
    pool_role = case o.state when 'offered' then 'engineer' when 'done' then 'desk' end,
    pool_level = case when o.state in ('offered', 'done') then 1 end,
    revision = o.version,
    course = jsonb_build_object(
        'process', 'simple-repair', 'version', 1, 'number', o.ticket_number, 'home', o.department,
        'openedAt', to_char(o.opened_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'revision', o.version, 'visits', '[]'::jsonb, 'approvals', '[]'::jsonb, 'approvalsAsked', 0, 'holds', 0,
        'clocks', '{}'::jsonb, 'urges', 0, 'rounds', 0, 'transfers', 0, 'copied', '[]'::jsonb,
        'work', jsonb_strip_nulls(jsonb_build_object(
            'step', s.step, 'since', to_char(o.changed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
            'entry', o.version, 'department', o.department,
            'holder', case when o.state in ('accepted', 'travelling', 'onSite') then jsonb_build_object(
                'person', jsonb_build_object('_0', jsonb_build_object('id', o.owner_id, 'name', o.owner_name))) end,
            'fields', '{}'::jsonb, 'origins', '[]'::jsonb, 'firings', '{}'::jsonb,
            'outcome', case o.state when 'closed' then 'done' end))),
    facts = jsonb_build_object(
        'ticket.number', jsonb_build_object('text', o.ticket_number),
        'ticket.subject', jsonb_build_object('text', o.subject),
        'customer.name', jsonb_build_object('text', o.customer ->> 'name')),
    outcome = case o.state when 'closed' then 'done' end,
    closed_at = case o.state when 'closed' then o.changed_at end
from (values ('offered', 'offered'), ('accepted', 'accepted'), ('travelling', 'travelling'), ('onSite', 'on-site'),
    ('done', 'done'), ('closed', 'closed')) as s (state, step)
where s.state = o.state;

-- Nobody has what is done: it waits for the desk.
update dispatch.work_order
set owner_id = null, owner_name = null
where state in ('done', 'closed');

alter table dispatch.work_order
    alter process set not null,
    alter process_version set not null,
    alter step set not null,
    alter step_at set not null,
    alter home set not null,
    alter departments set not null,
    alter revision set not null,
    alter course set not null,
    alter facts set not null,
    add constraint work_order_home_fkey foreign key (home) references dispatch.department (code),
    add constraint work_order_owner_name_check check ((owner_id is null) = (owner_name is null)),
    add constraint work_order_outcome_check check ((outcome is null) = (closed_at is null));

create index work_order_pool on dispatch.work_order (department, pool_role, opened_at)
where closed_at is null and pool_role is not null;

create index work_order_mine on dispatch.work_order (owner_id, changed_at)
where closed_at is null;

create index work_order_station on dispatch.work_order (owner_station, changed_at)
where closed_at is null and owner_station is not null;

create index work_order_open on dispatch.work_order (department, opened_at)
where closed_at is null;

create index work_order_open_home on dispatch.work_order (home, opened_at)
where closed_at is null;

create index work_order_done on dispatch.work_order (department, changed_at)
where closed_at is not null;

create index work_order_approvals on dispatch.work_order using gin (approvals)
where approvals <> '{}';

create index work_order_version on dispatch.work_order (process, process_version)
where closed_at is null;

-- Visits of a work order.
create table dispatch.work_visit (
    work_order uuid not null,
    number int not null,
    step text not null,
    step_at timestamptz not null,
    department text not null,
    owner_id uuid,
    owner_name text,
    owner_station text,
    pool_role text,
    pool_level smallint,
    outcome text,
    constraint work_visit_pkey primary key (work_order, number),
    constraint work_visit_work_order_fkey foreign key (work_order) references dispatch.work_order (id)
) with (fillfactor = 85);

create index work_visit_pool on dispatch.work_visit (department, pool_role)
where outcome is null and pool_role is not null;

create index work_visit_mine on dispatch.work_visit (owner_id)
where outcome is null;

create index work_visit_station on dispatch.work_visit (owner_station)
where outcome is null and owner_station is not null;

-- All that ever happened to a work order; nobody can change or remove a line. The state is the fold of it.
create table dispatch.work_event (
    work_order uuid not null,
    -- The work order's revision after it.
    revision bigint not null,
    at timestamptz not null,
    -- One word; see ProcessChange.
    kind text not null,
    -- Null: the work order itself.
    visit int,
    -- An action, a step, a timer: by kind.
    subject text,
    -- Null when no member of staff did it.
    actor_id uuid,
    -- ProcessEvent.
    body jsonb not null,
    constraint work_event_pkey primary key (work_order, revision),
    constraint work_event_work_order_fkey foreign key (work_order) references dispatch.work_order (id)
);

insert into dispatch.work_event (work_order, revision, at, kind, subject, actor_id, body)
select w.work_order, w.version, w.at, case w.version when 1 then 'opened' else 'moved' end, t.step, w.actor_id,
    jsonb_build_object(
        'at', to_char(w.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'by', case when w.actor_id is null then jsonb_build_object('process', '{}'::jsonb) else jsonb_build_object(
            'person', jsonb_build_object('_0', jsonb_build_object('id', w.actor_id, 'name', w.actor_name))) end,
        'change', case w.version
            when 1 then jsonb_build_object('opened', jsonb_build_object(
                'process', 'simple-repair', 'version', 1, 'number', o.ticket_number, 'department', o.department,
                'step', t.step))
            else jsonb_build_object('moved', jsonb_build_object(
                '_0', jsonb_build_object('work', '{}'::jsonb),
                '_1', jsonb_strip_nulls(jsonb_build_object(
                    'from', f.step, 'to', t.step, 'department', o.department, 'origins', '[]'::jsonb,
                    'outcome', case w.to_state when 'closed' then 'done' end,
                    'holder', case when w.to_state in ('accepted', 'travelling', 'onSite') then jsonb_build_object(
                        'person', jsonb_build_object('_0', jsonb_build_object(
                            'id', a.actor_id, 'name', a.actor_name))) end))))
            end)
from dispatch.work_step w
    join dispatch.work_order o on o.id = w.work_order
    left join lateral (
        select s.actor_id, s.actor_name
        from dispatch.work_step s
        where s.work_order = w.work_order and s.to_state = 'accepted' and s.version <= w.version
        order by s.version desc
        limit 1) a on true
    join (values ('offered', 'offered'), ('accepted', 'accepted'), ('travelling', 'travelling'),
        ('onSite', 'on-site'), ('done', 'done'), ('closed', 'closed')) as t (state, step) on t.state = w.to_state
    left join (values ('offered', 'offered'), ('accepted', 'accepted'), ('travelling', 'travelling'),
        ('onSite', 'on-site'), ('done', 'done'), ('closed', 'closed')) as f (state, step) on f.state = w.from_state;

drop table dispatch.work_step;

-- Who is to be told of what, staff first of all; what customers are told goes out by messages.
create table dispatch.work_notice (
    id bigint generated always as identity,
    work_order uuid not null,
    at timestamptz not null,
    -- See Recipient.
    recipient text not null,
    -- Who that is, where the process knows.
    staff uuid,
    station text,
    department text not null,
    occasion text not null,
    visit int,
    step text not null,
    constraint work_notice_pkey primary key (id),
    constraint work_notice_work_order_fkey foreign key (work_order) references dispatch.work_order (id)
);

create index work_notice_work_order on dispatch.work_notice (work_order, id);

create index work_notice_staff on dispatch.work_notice (staff, id)
where staff is not null;

-- Work for other parts of the suite: parts, payments, settlements, articles.
create table dispatch.work_errand (
    id bigint generated always as identity,
    work_order uuid not null,
    at timestamptz not null,
    -- See ErrandKind.
    kind text not null,
    code text,
    role text,
    -- A span as the process says it.
    within text,
    visit int,
    -- Values of fields that go with it, by their codes.
    fields jsonb not null,
    constraint work_errand_pkey primary key (id),
    constraint work_errand_work_order_fkey foreign key (work_order) references dispatch.work_order (id)
);

create index work_errand_work_order on dispatch.work_errand (work_order, id);

-- People see work orders that one of their departments has to do with, and change nothing but by the service's rules.
revoke update on dispatch.work_order from dispatch_member;

-- To lock the row that a command is decided on; the service itself writes it.
grant update (changed_at) on dispatch.work_order to dispatch_member;

drop policy work_order_member on dispatch.work_order;

create policy work_order_member on dispatch.work_order to dispatch_member
using (departments && coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[]);

grant select on dispatch.work_visit, dispatch.work_event, dispatch.work_notice, dispatch.work_errand to dispatch_member;

revoke update, delete on dispatch.work_event from dispatch_run;

alter table dispatch.work_visit enable row level security;

create policy work_visit_service on dispatch.work_visit to dispatch_run using (true) with check (true);

create policy work_visit_member on dispatch.work_visit for select to dispatch_member
using (exists (select from dispatch.work_order o where o.id = work_visit.work_order));

alter table dispatch.work_event enable row level security;

create policy work_event_service on dispatch.work_event to dispatch_run using (true) with check (true);

create policy work_event_member on dispatch.work_event for select to dispatch_member
using (exists (select from dispatch.work_order o where o.id = work_event.work_order));

alter table dispatch.work_notice enable row level security;

create policy work_notice_service on dispatch.work_notice to dispatch_run using (true) with check (true);

create policy work_notice_member on dispatch.work_notice for select to dispatch_member
using (exists (select from dispatch.work_order o where o.id = work_notice.work_order));

alter table dispatch.work_errand enable row level security;

create policy work_errand_service on dispatch.work_errand to dispatch_run using (true) with check (true);

create policy work_errand_member on dispatch.work_errand for select to dispatch_member
using (exists (select from dispatch.work_order o where o.id = work_errand.work_order));
