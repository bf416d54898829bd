-- Offers: who was asked to take a document, until when, what they said and how it ended. They stand beside the process,
-- which alone says where the work is.

create table dispatch.work_offer (
    id uuid not null,
    work_order uuid not null,
    -- Null: the work order itself.
    visit int,
    -- Of the document when it was offered: tells one stay in a step from the next.
    entry int not null,
    -- See WorkOffer.Kind.
    kind text not null,
    -- That has the document.
    department text not null,
    -- Who may take it; null: anybody who sees it.
    role text,
    level smallint not null,
    -- By name; of a pool nobody: everybody of the role.
    asked uuid[] not null,
    asked_names text[] not null,
    station text,
    offered_at timestamptz not null,
    -- Null: the process did it by itself.
    offered_by uuid,
    offered_by_name text,
    -- Who had it before a transfer.
    from_id uuid,
    from_name text,
    expires_at timestamptz,
    -- See OfferEnd.Outcome; null: it is open.
    outcome text,
    ended_at timestamptz,
    -- Who took it, refused it last or withdrew it.
    ended_by uuid,
    ended_by_name text,
    constraint work_offer_pkey primary key (id),
    constraint work_offer_end_check check ((outcome is null) = (ended_at is null)),
    constraint work_offer_outcome_check check (outcome in ('accepted', 'refused', 'expired', 'withdrawn'))
) with (fillfactor = 70);

create index work_offer_work_order on dispatch.work_offer (work_order, offered_at);

create index work_offer_open on dispatch.work_offer (work_order)
where ended_at is null;

create index work_offer_pool on dispatch.work_offer (department, role)
where ended_at is null and asked = '{}' and station is null;

create index work_offer_asked on dispatch.work_offer using gin (asked)
where ended_at is null;

create index work_offer_station on dispatch.work_offer (station)
where ended_at is null and station is not null;

create index work_offer_accepted on dispatch.work_offer (ended_by, ended_at)
where outcome = 'accepted';

-- Somebody's no.
create table dispatch.work_offer_answer (
    offer uuid not null,
    staff uuid not null,
    staff_name text not null,
    at timestamptz not null,
    -- See OfferRefusal.
    reason text not null,
    note text,
    constraint work_offer_answer_pkey primary key (offer, staff),
    constraint work_offer_answer_offer_fkey foreign key (offer) references dispatch.work_offer (id)
);

-- Those who had enough to do: told again when they have room.
create index work_offer_answer_full on dispatch.work_offer_answer (staff)
where reason = 'at-capacity';

-- How much somebody may have at once, and how fast he may take more; no row: as much as he likes.
create table dispatch.engineer_limits (
    staff uuid not null,
    -- Jobs at once.
    most_open int,
    -- Jobs accepted in an hour.
    hourly int,
    changed_at timestamptz not null,
    constraint engineer_limits_pkey primary key (staff),
    constraint engineer_limits_staff_fkey foreign key (staff) references dispatch.staff (id),
    constraint engineer_limits_check check (most_open between 1 and 500 and hourly between 1 and 500)
);

-- What jobs of a kind need; see JobNeed.
create table dispatch.job_need (
    code text not null,
    kinds text[] not null,
    models text[] not null,
    skills text[] not null,
    skill_levels bigint[] not null,
    minutes int not null,
    warranty_organisations text[] not null,
    active boolean not null,
    constraint job_need_pkey primary key (code),
    constraint job_need_code_check check (code ~ '^[a-z][a-z0-9-]{0,39}$')
);

grant select on dispatch.work_offer, dispatch.work_offer_answer to dispatch_member;

alter table dispatch.work_offer enable row level security;

create policy work_offer_service on dispatch.work_offer to dispatch_run using (true) with check (true);

create policy work_offer_member on dispatch.work_offer for select to dispatch_member
using (exists (select from dispatch.work_order o where o.id = work_offer.work_order));

alter table dispatch.work_offer_answer enable row level security;

create policy work_offer_answer_service on dispatch.work_offer_answer to dispatch_run using (true) with check (true);

create policy work_offer_answer_member on dispatch.work_offer_answer for select to dispatch_member
using (exists (select from dispatch.work_offer f where f.id = work_offer_answer.offer));

grant select, insert, update, delete on dispatch.engineer_limits to dispatch_member;

alter table dispatch.engineer_limits enable row level security;

create policy engineer_limits_service on dispatch.engineer_limits to dispatch_run using (true) with check (true);

create policy engineer_limits_look on dispatch.engineer_limits for select to dispatch_member
using (exists (select from dispatch.staff s where s.id = engineer_limits.staff));

create policy engineer_limits_change on dispatch.engineer_limits to dispatch_member
using (
    coalesce(nullif(current_setting('paidan.roles', true), ''), '{}')::text[]
    && array['administrator', 'manager', 'station']
    and exists (
        select from dispatch.staff s
        where s.id = engineer_limits.staff
            and s.department = any (
                coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[])));

grant select, insert, update on dispatch.job_need to dispatch_member;

alter table dispatch.job_need enable row level security;

create policy job_need_service on dispatch.job_need to dispatch_run using (true) with check (true);

-- What jobs need holds nothing about people.
create policy job_need_look on dispatch.job_need for select to dispatch_member using (true);

create policy job_need_change on dispatch.job_need to dispatch_member
using ('administrator' = any (coalesce(nullif(current_setting('paidan.roles', true), ''), '{}')::text[]));

-- Work that stood in a pool before there were offers is offered from now on, once: whoever lists offers finds it.
insert into dispatch.work_offer (
    id, work_order, visit, entry, kind, department, role, level, asked, asked_names, offered_at)
select gen_random_uuid(), o.id, null, coalesce((o.course -> 'work' ->> 'entry')::int, 0), 'pool', o.department, o.pool_role,
    coalesce(o.pool_level, 1), '{}', '{}', o.step_at
from dispatch.work_order o
where o.closed_at is null
    and o.state = 'offered'
    and o.owner_id is null
    and o.owner_station is null
    and o.pool_role is not null;
