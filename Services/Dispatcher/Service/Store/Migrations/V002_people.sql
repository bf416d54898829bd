-- Who works here, where, with which rights, and when; sign-in; and the record of who changed what about it.
--
-- The service's own work (dispatch_run) sees everything. A person's request (dispatch_member) sees what the settings of
-- its transaction let through, and nothing when they are not set:
--   paidan.departments   text[]   the caller's own department and those below it
--   paidan.staff         uuid     the caller
--   paidan.roles         text[]   his roles
-- The expressions stand inline, not in functions, so that the planner knows their values.

-- The version before may still be at work on the tables that were there: nothing is renamed, moved or dropped. Passwords
-- that somebody was told stay in staff_password; sign_in_attempt is for that version alone, and a later migration drops it.
-- The tables that are changed here are small, so their locks are short.

-- Departments may be stations of one's own or of others, and are closed instead of removed.
alter table dispatch.department
    -- See Department.Kind: of one's own, or contracted.
    add kind text not null default 'department',
    -- IANA name; null: as above.
    add time_zone text,
    -- E.164.
    add phone text,
    add address text,
    add active boolean not null default true,
    -- The aggregateVersion of its last event.
    add version bigint not null default 1,
    add changed_at timestamptz not null default now(),
    -- squawk-ignore constraint-missing-not-valid
    add constraint department_kind_check check (kind in ('department', 'station', 'agent'));

alter table dispatch.staff
    -- 1 to 3, of engineers only.
    add level smallint,
    add email text,
    -- The aggregateVersion of his last event.
    add version bigint not null default 1,
    add changed_at timestamptz not null default now();

-- Engineers had no level: they begin with the lowest.
update dispatch.staff
set level = 1
where 'engineer' = any (roles);

alter table dispatch.staff
    -- squawk-ignore constraint-missing-not-valid
    add constraint staff_level_check check (('engineer' = any (roles)) = (level is not null) and level between 1 and 3);

-- squawk-ignore require-concurrent-index-creation
create unique index staff_email on dispatch.staff (lower(email));

-- squawk-ignore require-concurrent-index-creation
create index staff_department on dispatch.staff (department, login);

-- The password that somebody chose.
create table dispatch.chosen_password (
    staff uuid not null,
    salt bytea not null,
    -- scrypt, N = 2^15, r = 8, p = 3, 32 bytes.
    hash bytea not null,
    changed_at timestamptz not null default now(),
    constraint chosen_password_pkey primary key (staff),
    constraint chosen_password_staff_fkey foreign key (staff) references dispatch.staff (id)
);

-- Whom a provider of identities (OpenID Connect) means by a subject; bound at the first sign-in.
create table dispatch.staff_identity (
    issuer text not null,
    subject text not null,
    staff uuid not null,
    bound_at timestamptz not null default now(),
    constraint staff_identity_pkey primary key (issuer, subject),
    constraint staff_identity_staff_key unique (issuer, staff),
    constraint staff_identity_staff_fkey foreign key (staff) references dispatch.staff (id)
);

-- Sign-ins that failed in a row, by what they count against; see SignInThrottle. The key holds the login as it was
-- typed, whether there is such a login or not.
create table dispatch.sign_in_failure (
    key text not null,
    failures int not null,
    locked_until timestamptz,
    changed_at timestamptz not null default now(),
    constraint sign_in_failure_pkey primary key (key)
);

create index sign_in_failure_changed_at on dispatch.sign_in_failure (changed_at);

-- A sign-in that can be renewed until it is ended. Its refresh token is made from id, generation and a key that only the
-- service has; a token of an older generation ends the session.
create table dispatch.sign_in_session (
    id uuid not null,
    staff uuid not null,
    -- password, oneTime, oidc.
    means text not null,
    generation int not null default 1,
    created_at timestamptz not null default now(),
    renewed_at timestamptz not null default now(),
    -- Not after this, however often it is renewed.
    expires_at timestamptz not null,
    ended_at timestamptz,
    -- One word; see SessionEnd.
    ended_because text,
    -- Where the last renewal came from.
    address text,
    -- What the browser calls itself.
    agent text,
    constraint sign_in_session_pkey primary key (id),
    constraint sign_in_session_staff_fkey foreign key (staff) references dispatch.staff (id),
    constraint sign_in_session_end_check check ((ended_at is null) = (ended_because is null))
) with (fillfactor = 80);

create index sign_in_session_staff on dispatch.sign_in_session (staff, created_at);

create index sign_in_session_renewed_at on dispatch.sign_in_session (renewed_at);

create table dispatch.skill (
    code text not null,
    name_zh text not null,
    name_en text not null,
    active boolean not null default true,
    constraint skill_pkey primary key (code),
    constraint skill_code_check check (code ~ '^[a-z][a-z0-9-]{0,39}$')
);

create table dispatch.staff_skill (
    staff uuid not null,
    skill text not null,
    level smallint not null,
    -- The last day on which it counts.
    until date,
    constraint staff_skill_pkey primary key (staff, skill),
    constraint staff_skill_staff_fkey foreign key (staff) references dispatch.staff (id),
    constraint staff_skill_skill_fkey foreign key (skill) references dispatch.skill (code),
    constraint staff_skill_level_check check (level between 1 and 5)
);

create index staff_skill_skill on dispatch.staff_skill (skill, level);

-- Regions and who serves them, the first choice first.
create table dispatch.territory (
    code text not null,
    name_zh text not null,
    name_en text not null,
    -- Division codes of GB/T 2260, or their first two or four digits.
    regions text[] not null,
    -- Names as they stand in addresses.
    places text[] not null,
    departments text[] not null,
    active boolean not null default true,
    constraint territory_pkey primary key (code),
    constraint territory_code_check check (code ~ '^[a-z][a-z0-9-]{0,39}$')
);

-- Hours under a name.
create table dispatch.shift (
    code text not null,
    department text not null,
    name_zh text not null,
    name_en text not null,
    -- See ShiftHours: 08:30-12:00 13:30-17:30.
    hours text not null,
    active boolean not null default true,
    constraint shift_pkey primary key (code),
    constraint shift_department_fkey foreign key (department) references dispatch.department (code),
    constraint shift_code_check check (code ~ '^[a-z][a-z0-9-]{0,39}$')
);

-- Who works which shift on which day.
create table dispatch.shift_day (
    staff uuid not null,
    day date not null,
    shift text not null,
    constraint shift_day_pkey primary key (staff, day, shift),
    constraint shift_day_staff_fkey foreign key (staff) references dispatch.staff (id),
    constraint shift_day_shift_fkey foreign key (shift) references dispatch.shift (code)
);

create index shift_day_day on dispatch.shift_day (day);

create table dispatch.leave (
    id uuid not null,
    staff uuid not null,
    -- Of whoever is away, as it was when he asked.
    department text not null,
    -- See Leave.Kind.
    kind text not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    reason text,
    deputy uuid,
    -- See Leave.State.
    state text not null,
    version bigint not null default 1,
    requested_at timestamptz not null,
    decided_by uuid,
    decided_at timestamptz,
    note text,
    constraint leave_pkey primary key (id),
    constraint leave_staff_fkey foreign key (staff) references dispatch.staff (id),
    constraint leave_deputy_fkey foreign key (deputy) references dispatch.staff (id),
    constraint leave_decided_by_fkey foreign key (decided_by) references dispatch.staff (id),
    constraint leave_department_fkey foreign key (department) references dispatch.department (code),
    constraint leave_time_check check (starts_at < ends_at),
    constraint leave_state_check check (state in ('requested', 'approved', 'rejected', 'withdrawn'))
);

create index leave_staff on dispatch.leave (staff, starts_at);

create index leave_department on dispatch.leave (department, starts_at);

-- The duty roster.
create table dispatch.duty (
    id uuid not null,
    department text not null,
    post text not null,
    staff uuid not null,
    rank smallint not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    note text,
    constraint duty_pkey primary key (id),
    constraint duty_department_fkey foreign key (department) references dispatch.department (code),
    constraint duty_staff_fkey foreign key (staff) references dispatch.staff (id),
    constraint duty_time_check check (starts_at < ends_at),
    constraint duty_rank_check check (rank between 1 and 9)
);

create index duty_department on dispatch.duty (department, starts_at);

create index duty_staff on dispatch.duty (staff, starts_at);

-- Who changed what about people, and who took their data away, when and why. Nobody can change or remove a line.
create table dispatch.people_audit (
    id bigint generated always as identity,
    at timestamptz not null default now(),
    -- Null: the operators' tool.
    actor uuid,
    actor_name text not null,
    session uuid,
    address text,
    -- One word; see AuditedAct.
    act text not null,
    -- What it was done to: an id or a code.
    subject text not null,
    -- Whose business it is: administrators of this department and those above read the line.
    department text not null,
    -- Why, where a reason is asked for.
    reason text,
    -- What was changed: before and after, without secrets.
    details jsonb not null default '{}',
    constraint people_audit_pkey primary key (id)
);

create index people_audit_subject on dispatch.people_audit (subject, id);

create index people_audit_department on dispatch.people_audit (department, id);

revoke update, delete on dispatch.people_audit from dispatch_run;

-- Lists that everybody chooses from hold nothing about people: codes and names.
grant select on dispatch.department, dispatch.skill, dispatch.territory to dispatch_member;

grant insert, update on dispatch.skill, dispatch.territory to dispatch_member;

grant insert, update on dispatch.department to dispatch_member;

alter table dispatch.department enable row level security;

create policy department_service on dispatch.department to dispatch_run using (true) with check (true);

create policy department_look on dispatch.department for select to dispatch_member using (true);

create policy department_make on dispatch.department for insert to dispatch_member
with check (
    'administrator' = any (coalesce(nullif(current_setting('paidan.roles', true), ''), '{}')::text[])
    and parent = any (coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[]));

create policy department_change on dispatch.department for update to dispatch_member
using (
    'administrator' = any (coalesce(nullif(current_setting('paidan.roles', true), ''), '{}')::text[])
    and code = any (coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[]));

alter table dispatch.skill enable row level security;

create policy skill_service on dispatch.skill to dispatch_run using (true) with check (true);

create policy skill_look on dispatch.skill for select to dispatch_member using (true);

create policy skill_change on dispatch.skill to dispatch_member
using ('administrator' = any (coalesce(nullif(current_setting('paidan.roles', true), ''), '{}')::text[]));

alter table dispatch.territory enable row level security;

create policy territory_service on dispatch.territory to dispatch_run using (true) with check (true);

create policy territory_look on dispatch.territory for select to dispatch_member using (true);

create policy territory_change on dispatch.territory to dispatch_member
using ('administrator' = any (coalesce(nullif(current_setting('paidan.roles', true), ''), '{}')::text[]));

-- Staff: everybody sees his colleagues in his departments and himself; administrators of these take on and change.
grant select, insert, update on dispatch.staff to dispatch_member;

alter table dispatch.staff enable row level security;

create policy staff_service on dispatch.staff to dispatch_run using (true) with check (true);

create policy staff_look on dispatch.staff for select to dispatch_member
using (
    department = any (coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[])
    or id = nullif(current_setting('paidan.staff', true), '')::uuid);

create policy staff_make on dispatch.staff for insert to dispatch_member
with check (
    'administrator' = any (coalesce(nullif(current_setting('paidan.roles', true), ''), '{}')::text[])
    and department = any (coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[]));

create policy staff_change on dispatch.staff for update to dispatch_member
using (
    coalesce(nullif(current_setting('paidan.roles', true), ''), '{}')::text[]
    && array['administrator', 'manager', 'station']
    and department = any (coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[]));

grant select, insert, delete on dispatch.staff_skill to dispatch_member;

alter table dispatch.staff_skill enable row level security;

create policy staff_skill_service on dispatch.staff_skill to dispatch_run using (true) with check (true);

create policy staff_skill_member on dispatch.staff_skill to dispatch_member
using (exists (select from dispatch.staff s where s.id = staff_skill.staff));

-- Plans: seen by everybody in the department and by whom they concern, made by those who plan.
grant select, insert, update on dispatch.shift to dispatch_member;

alter table dispatch.shift enable row level security;

create policy shift_service on dispatch.shift to dispatch_run using (true) with check (true);

-- Hours under a name hold nothing about people, and are used below the department that named them.
create policy shift_look on dispatch.shift for select to dispatch_member using (true);

create policy shift_change on dispatch.shift to dispatch_member
using (
    coalesce(nullif(current_setting('paidan.roles', true), ''), '{}')::text[]
    && array['administrator', 'manager', 'station']
    and department = any (coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[]));

grant select, insert, delete on dispatch.shift_day to dispatch_member;

alter table dispatch.shift_day enable row level security;

create policy shift_day_service on dispatch.shift_day to dispatch_run using (true) with check (true);

create policy shift_day_look on dispatch.shift_day for select to dispatch_member
using (exists (select from dispatch.staff s where s.id = shift_day.staff));

create policy shift_day_change on dispatch.shift_day to dispatch_member
using (
    coalesce(nullif(current_setting('paidan.roles', true), ''), '{}')::text[]
    && array['administrator', 'manager', 'station']
    and exists (
        select from dispatch.staff s
        where s.id = shift_day.staff
            and s.department = any (
                coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[])));

grant select, insert, delete on dispatch.duty to dispatch_member;

alter table dispatch.duty enable row level security;

create policy duty_service on dispatch.duty to dispatch_run using (true) with check (true);

create policy duty_look on dispatch.duty for select to dispatch_member
using (
    department = any (coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[])
    or staff = nullif(current_setting('paidan.staff', true), '')::uuid);

create policy duty_change on dispatch.duty to dispatch_member
using (
    coalesce(nullif(current_setting('paidan.roles', true), ''), '{}')::text[]
    && array['administrator', 'manager', 'station']
    and department = any (coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[]));

-- Leave: his own, and for those who decide, plan or dispatch, that of their departments: the reason is private.
grant select, insert on dispatch.leave to dispatch_member;

grant update (state, version, decided_by, decided_at, note) on dispatch.leave to dispatch_member;

alter table dispatch.leave enable row level security;

create policy leave_service on dispatch.leave to dispatch_run using (true) with check (true);

create policy leave_member on dispatch.leave to dispatch_member
using (
    staff = nullif(current_setting('paidan.staff', true), '')::uuid
    or (
        coalesce(nullif(current_setting('paidan.roles', true), ''), '{}')::text[]
        && array['dispatcher', 'manager', 'supervisor', 'station', 'general-manager', 'administrator']
        and department = any (coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[])));

-- The record: written by every act, read by administrators.
grant select, insert on dispatch.people_audit to dispatch_member;

alter table dispatch.people_audit enable row level security;

create policy people_audit_service on dispatch.people_audit to dispatch_run using (true) with check (true);

create policy people_audit_write on dispatch.people_audit for insert to dispatch_member with check (true);

create policy people_audit_look on dispatch.people_audit for select to dispatch_member
using (
    'administrator' = any (coalesce(nullif(current_setting('paidan.roles', true), ''), '{}')::text[])
    and department = any (coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[]));
