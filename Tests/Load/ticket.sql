-- One ticket as intake writes it, in one statement: what intake.create is measured against. Run by pgbench -M prepared.
-- Its outbox row goes to a twin of the table, so that the relay does not publish it.
\set customer random(0, 19999)
with opened as (
  insert into intake.ticket (
    id, number, channel, kind, urgency, subject, department, customer_id, customer_name, email, language, address,
    created_at, status_at)
  values (
    gen_random_uuid(), 'T' || nextval('intake.ticket_number'), 'web', 'repair', 'high',
    'The heat pump in the cellar stops after a minute', 'service', md5('bench-' || :customer::int)::uuid,
    'Customer ' || :customer::int, 'bench-' || :customer::int || '@bench.invalid', 'en',
    'No. 18, Nanjing Road, Shanghai', now(), now())
  returning id
), worded as (
  insert into intake.ticket_message (id, ticket_id, direction, channel, body, created_at)
  select gen_random_uuid(), id, 'in', 'web',
    'Since this morning it starts, hums, and stops again with code E42. We have turned it off and on twice and looked '
    'at the filter; the pressure shown is 1.2 bar. Please call before you come, the gate is locked.', now()
  from opened
), answered as (
  insert into intake.idempotency_key (key, caller, request, status, response, created_at)
  select 'bench-' || id, 'public', gen_random_uuid(), 201,
    '{"id":"01234567-89ab-cdef-0123-456789abcdef","number":"T1000001","status":"received",'
    '"createdAt":"2026-11-22T08:30:00.125Z"}', now()
  from opened
)
insert into bench.outbox (
  message_id, exchange, routing_key, type, source, occurred_at, aggregate_id, aggregate_version, correlation_id,
  traceparent, body)
select gen_random_uuid(), 'paidan.events', 'ticket.created.v1', 'ticket.created.v1', 'intake', now(), id, 1, id::text,
  '00-0123456789abcdef0123456789abcdef-0123456789abcdef-00',
  convert_to('{"address":"No. 18, Nanjing Road, Shanghai","channel":"web","createdAt":"2026-11-22T08:30:00.125Z",'
    '"customer":{"email":"bench-42@bench.invalid","id":"01234567-89ab-cdef-0123-456789abcdef","language":"en","name":'
    '"Customer 42"},"department":"service","description":"Since this morning it starts, hums, and stops again with '
    'code E42. We have turned it off and on twice and looked at the filter; the pressure shown is 1.2 bar. Please call '
    'before you come, the gate is locked.","kind":"repair","number":"T1000001","subject":"The heat pump in the cellar '
    'stops after a minute","ticket":"01234567-89ab-cdef-0123-456789abcdef","urgency":"high"}', 'UTF8')
from opened
