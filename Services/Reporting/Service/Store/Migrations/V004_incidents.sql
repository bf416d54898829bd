-- Whether the work order, or the visit, ended with this node; what was told before this was known says no.
alter table report.node add ended boolean not null default false;

-- What happened beside the steps: put aside, resumed, urged ...
create table report.incident (
  aggregate_id uuid not null,
  version bigint not null,
  incident text not null,
  ticket_id uuid not null,
  who text,
  note text,
  at timestamptz not null,
  constraint incident_pkey primary key (aggregate_id, version, incident)
);
create index incident_of_ticket on report.incident (ticket_id);

alter table report.incident enable row level security;
create policy incident_service on report.incident to report_run using (true) with check (true);
create policy incident_member on report.incident for select to report_member
  using (exists (select from report.ticket where ticket.id = incident.ticket_id));
grant select on report.incident to report_member;
