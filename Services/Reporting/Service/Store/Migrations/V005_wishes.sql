-- What customers asked for on their tickets, as they said it; whether it was done, the nodes of the work say.
create table report.wish (
  aggregate_id uuid not null,
  version bigint not null,
  ticket_id uuid not null,
  wish text not null,
  -- Code of the action of the work's process, with an answer only.
  action text,
  -- Number of the visit that the action is about; null: the work order itself.
  visit int,
  note text,
  at timestamptz not null,
  constraint wish_pkey primary key (aggregate_id, version)
);
create index wish_of_ticket on report.wish (ticket_id);

alter table report.wish enable row level security;
create policy wish_service on report.wish to report_run using (true) with check (true);
create policy wish_member on report.wish for select to report_member
  using (exists (select from report.ticket where ticket.id = wish.ticket_id));
grant select on report.wish to report_member;
