-- What ticketload postgres single writes; run by pgbench -M prepared.
\set customer random(1, 100000)
insert into load (id, customer, body)
values (gen_random_uuid(), :customer::bigint, 'Since this morning it starts, hums, and stops again with code E42. Please call first.')
