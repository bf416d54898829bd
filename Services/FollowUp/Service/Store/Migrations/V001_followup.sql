-- One call-back for each ticket: planned when the work is done, due when its time has come.
create table followup.callback (
    id uuid not null,
    ticket uuid not null,
    ticket_number text not null,
    -- Code of the department that did the work.
    department text not null,
    -- CustomerCard, as the work order brought it.
    customer jsonb not null,
    state text not null,
    due_at timestamptz not null,
    -- When the work was done that it asks about.
    done_at timestamptz not null,
    planned_at timestamptz not null,
    version bigint not null,
    constraint callback_pkey primary key (id),
    constraint callback_ticket_key unique (ticket),
    constraint callback_state_check check (state in ('planned', 'due'))
) with (fillfactor = 85);

create index callback_list on followup.callback (department, state, due_at);

-- The service's own work sees everything; a person's request sees the departments that its transaction names in the
-- setting paidan.departments, and nothing when it names none.
alter table followup.callback enable row level security;

create policy callback_service on followup.callback to followup_run using (true) with check (true);

create policy callback_member on followup.callback to followup_member
using (department = any (coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[]));

grant select on followup.callback to followup_member;
