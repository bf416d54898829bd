-- Every call to a customer who was called back, and what he said.
create table report.call (
  aggregate_id uuid not null,
  version bigint not null,
  ticket_id uuid not null,
  attempt int not null,
  outcome text not null,
  score int,
  note text,
  who text not null,
  at timestamptz not null,
  constraint call_pkey primary key (aggregate_id, version)
);
create index call_of_ticket on report.call (ticket_id);

alter table report.call enable row level security;
create policy call_service on report.call to report_run using (true) with check (true);
create policy call_member on report.call for select to report_member
  using (exists (select from report.ticket where ticket.id = call.ticket_id));
grant select on report.call to report_member;
