-- Every event of the suite as it came, once, by month: whatever report is invented later can be made from here. A
-- message that is sent again has the same time and the same id.
create table report.event (
  at timestamptz not null,
  message_id uuid not null,
  type text not null,
  source text not null,
  aggregate_id uuid not null,
  aggregate_version bigint not null,
  -- The ticket it belongs to.
  correlation_id uuid,
  causation_id uuid,
  body bytea not null,
  received_at timestamptz not null default now(),
  constraint event_pkey primary key (at, message_id)
) partition by range (at);
create index event_of_ticket on report.event (correlation_id);

-- The net beneath: events of a month for which nobody made a partition.
create table report.event_default partition of report.event default;

-- Makes the partition of a month (in UTC) and moves what waited for it in the default partition. The service may do
-- this, and no other change of the schema. Locks report.event_default for a moment.
--
-- Returns false when it was there already.
create function report.make_event_partition(month date) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  first_moment timestamptz := date_trunc('month', month::timestamp) at time zone 'UTC';
  end_moment timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') at time zone 'UTC';
  partition_name text := 'event_' || to_char(month, 'YYYY_MM');
begin
  if to_regclass(format('report.%I', partition_name)) is not null then
    return false;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('report.event', 0));
  if to_regclass(format('report.%I', partition_name)) is not null then
    return false;
  end if;
  lock table report.event_default in access exclusive mode;
  execute format('create table report.%I (like report.event including all)', partition_name);
  execute format(
    'with moved as (delete from report.event_default where at >= $1 and at < $2 returning *)
     insert into report.%I select * from moved', partition_name)
  using first_moment, end_moment;
  execute format(
    'alter table report.event attach partition report.%I for values from (%L) to (%L)',
    partition_name, first_moment, end_moment);
  return true;
end
$$;
revoke execute on function report.make_event_partition(date) from public;
grant execute on function report.make_event_partition(date) to report_run;

-- What follows is computed from report.event and can be computed again. No row depends on the order in which events
-- arrive: facts are kept by aggregate and version, views keep what the newest version says.

create table report.ticket (
  id uuid constraint ticket_pkey primary key,
  number text not null,
  subject text not null,
  customer text not null,
  department text not null,
  -- Known once ticket.created has come; a step of the work may come first.
  channel text,
  kind text,
  urgency text,
  created_at timestamptz,
  -- The version of the work that subject, customer and department are from; null when ticket.created said them.
  described_by bigint,
  status text not null,
  status_at timestamptz not null,
  -- The version of the work; 0 when there is none yet.
  status_version bigint not null,
  who text
) with (fillfactor = 85);
create index ticket_number on report.ticket (number);
create index ticket_of_department on report.ticket (department, status_at desc);

-- A node begins with an event and ends with the next one.
create table report.node (
  aggregate_id uuid not null,
  version bigint not null,
  ticket_id uuid not null,
  node text not null,
  who text,
  at timestamptz not null,
  constraint node_pkey primary key (aggregate_id, version)
);
create index node_of_ticket on report.node (ticket_id);

create table report.delivery (
  id uuid constraint delivery_pkey primary key,
  version bigint not null,
  ticket_id uuid not null,
  occasion text not null,
  channel text not null,
  recipient text not null,
  state text not null,
  reason text,
  at timestamptz not null
);
create index delivery_of_ticket on report.delivery (ticket_id);

create table report.call_back (
  id uuid constraint call_back_pkey primary key,
  version bigint not null,
  ticket_id uuid not null,
  state text not null,
  due_at timestamptz not null,
  at timestamptz not null
);
create index call_back_of_ticket on report.call_back (ticket_id);

-- A member of staff's request runs as the member role and sees the departments named in paidan.departments only.
alter table report.ticket enable row level security;
alter table report.node enable row level security;
alter table report.delivery enable row level security;
alter table report.call_back enable row level security;
create policy ticket_service on report.ticket to report_run using (true) with check (true);
create policy node_service on report.node to report_run using (true) with check (true);
create policy delivery_service on report.delivery to report_run using (true) with check (true);
create policy call_back_service on report.call_back to report_run using (true) with check (true);
create policy ticket_member on report.ticket for select to report_member
  using (department = any(coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[]));
create policy node_member on report.node for select to report_member
  using (exists (select from report.ticket where ticket.id = node.ticket_id));
create policy delivery_member on report.delivery for select to report_member
  using (exists (select from report.ticket where ticket.id = delivery.ticket_id));
create policy call_back_member on report.call_back for select to report_member
  using (exists (select from report.ticket where ticket.id = call_back.ticket_id));

grant usage on schema report to report_member;
grant select on report.ticket, report.node, report.delivery, report.call_back to report_member;
