-- Who works here, and the work orders of the built-in process.

-- Departments stand in a tree: whoever belongs to one sees its records and those of all below it.
create table dispatch.department (
    code text not null,
    name_zh text not null,
    name_en text not null,
    -- The department above; null at the top.
    parent text,
    constraint department_pkey primary key (code),
    constraint department_code_check check (code ~ '^[a-z][a-z0-9-]{0,39}$'),
    constraint department_parent_fkey foreign key (parent) references dispatch.department (code),
    constraint department_parent_check check (parent <> code)
);

-- Always there: where a ticket goes whose department nobody knows.
insert into dispatch.department (code, name_zh, name_en)
values ('service', '客户服务中心', 'Customer service');

create table dispatch.staff (
    id uuid not null,
    login text not null,
    name text not null,
    department text not null,
    -- See StaffRole.
    roles text[] not null,
    language text not null default 'zh',
    -- E.164.
    phone text,
    active boolean not null default true,
    created_at timestamptz not null default now(),
    constraint staff_pkey primary key (id),
    constraint staff_login_key unique (login),
    constraint staff_login_check check (login ~ '^[a-z][a-z0-9._-]{0,63}$'),
    constraint staff_department_fkey foreign key (department) references dispatch.department (code),
    constraint staff_language_check check (language in ('zh', 'en'))
);

-- The one-time password of a member of staff; a new one replaces the old one.
create table dispatch.staff_password (
    staff uuid not null,
    salt bytea not null,
    -- scrypt, N = 2^15, r = 8, p = 3, 32 bytes.
    hash bytea not null,
    issued_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz,
    constraint staff_password_pkey primary key (staff),
    constraint staff_password_staff_fkey foreign key (staff) references dispatch.staff (id)
);

-- Sign-ins since the last one that went well, by the login that was typed, whether there is such a login or not.
create table dispatch.sign_in_attempt (
    login text not null,
    failures int not null,
    locked_until timestamptz,
    changed_at timestamptz not null default now(),
    constraint sign_in_attempt_pkey primary key (login)
);

create index sign_in_attempt_changed_at on dispatch.sign_in_attempt (changed_at);

create table dispatch.work_order (
    id uuid not null,
    ticket uuid not null,
    ticket_number text not null,
    subject text not null,
    department text not null,
    -- CustomerCard, as the ticket brought it.
    customer jsonb not null,
    address text,
    state text not null,
    version bigint not null,
    owner_id uuid,
    owner_name text,
    opened_at timestamptz not null,
    accepted_at timestamptz,
    changed_at timestamptz not null,
    constraint work_order_pkey primary key (id),
    constraint work_order_ticket_key unique (ticket),
    constraint work_order_department_fkey foreign key (department) references dispatch.department (code),
    constraint work_order_owner_fkey foreign key (owner_id) references dispatch.staff (id),
    constraint work_order_state_check check (
        state in ('offered', 'accepted', 'travelling', 'onSite', 'done', 'closed')),
    constraint work_order_owner_check check ((state = 'offered') = (owner_id is null)),
    constraint work_order_owner_name_check check ((owner_id is null) = (owner_name is null))
) with (fillfactor = 85);

create index work_order_ticket_number on dispatch.work_order (ticket_number);

create index work_order_pool on dispatch.work_order (department, opened_at)
where state = 'offered';

create index work_order_mine on dispatch.work_order (owner_id, changed_at)
where state in ('accepted', 'travelling', 'onSite');

create index work_order_open on dispatch.work_order (department, opened_at)
where state in ('offered', 'accepted', 'travelling', 'onSite');

create index work_order_done on dispatch.work_order (department, changed_at)
where state in ('done', 'closed');

-- Every step that was taken, the opening included; the version is the work order's after it.
create table dispatch.work_step (
    work_order uuid not null,
    version bigint not null,
    from_state text,
    to_state text not null,
    -- Null when the system did it.
    actor_id uuid,
    actor_name text,
    note text,
    at timestamptz not null,
    constraint work_step_pkey primary key (work_order, version),
    constraint work_step_work_order_fkey foreign key (work_order) references dispatch.work_order (id),
    constraint work_step_note_check check (char_length(note) <= 2000)
);

-- The service's own work sees everything; a person's request sees the departments that its transaction names in the
-- setting paidan.departments, and nothing when it names none. The expression stands inline, not in a function, so that
-- the planner knows its value.
alter table dispatch.work_order enable row level security;

create policy work_order_service on dispatch.work_order to dispatch_run using (true) with check (true);

create policy work_order_member on dispatch.work_order to dispatch_member
using (department = any (coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[]));

alter table dispatch.work_step enable row level security;

create policy work_step_service on dispatch.work_step to dispatch_run using (true) with check (true);

create policy work_step_member on dispatch.work_step to dispatch_member
using (exists (select from dispatch.work_order o where o.id = work_step.work_order));

-- Nothing else of this schema is for a member to read: not the staff, not the passwords.
grant select on dispatch.work_order, dispatch.work_step to dispatch_member;

grant update (state, version, owner_id, owner_name, accepted_at, changed_at) on dispatch.work_order to dispatch_member;

grant insert on dispatch.work_step to dispatch_member;
