-- What one command writes on a work order, in one statement: what work.s3_flow is measured against. Run by pgbench -M
-- prepared on twins of the dispatcher's tables; `more` is how many rows it inserts beside the order's and the outbox's own.
\set order random(0, 1999)
with moved as (
  update bench.work_order o
  set changed_at = now(), revision = revision + 1, course = o.course
  where id = md5('bench-' || :order::int)::uuid
  returning id, revision
), told as (
  insert into bench.work_event (work_order, revision, at, kind, subject, body)
  select id, nextval('bench.revision'), now(), 'acted', 'accept',
    '{"at":"2026-11-22T08:30:00.125Z","by":{"person":{"_0":{"id":"01234567-89ab-cdef-0123-456789abcdef","name":"Wang Lei"}}},'
    '"change":{"acted":{"_0":{"work":{}},"action":"accept","reason": null}}}'
  from moved, generate_series(1, :more::int)
)
insert into bench.work_outbox (
  message_id, exchange, routing_key, type, source, occurred_at, aggregate_id, aggregate_version, correlation_id,
  traceparent, body)
select gen_random_uuid(), 'paidan.events', 'work.accepted.v1', 'work.accepted.v1', 'dispatcher', now(), id, revision,
  id::text, '00-0123456789abcdef0123456789abcdef-0123456789abcdef-00',
  convert_to(repeat('{"a step of the process and what it tells":"as long as a message of the work"}', 16), 'UTF8')
from moved
