-- What every service needs to say and hear messages without losing or doubling one. Unqualified names: the migrator
-- has set search_path to the service's schema.

-- Messages that wait for the relay. `id` gives the order; a row is deleted when the broker has confirmed it.
create table outbox (
    id bigint generated always as identity,
    message_id uuid not null,
    exchange text not null,
    routing_key text not null,
    type text not null,
    source text not null,
    occurred_at timestamptz not null,
    aggregate_id uuid,
    aggregate_version bigint,
    correlation_id text,
    causation_id uuid,
    traceparent text,
    -- Further headers, text by name.
    headers jsonb,
    -- All properties of a message that is passed on as it came; the columns above are then only for reading.
    properties jsonb,
    body bytea not null,
    created_at timestamptz not null default now(),
    attempts int not null default 0,
    not_before timestamptz,
    last_error text,
    constraint outbox_pkey primary key (id),
    constraint outbox_message_id_key unique (message_id)
) with (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 50000, toast.autovacuum_vacuum_scale_factor = 0,
    toast.autovacuum_vacuum_threshold = 2000
);

-- What the broker has confirmed, kept for three days so that a destroyed broker can be filled again.
create table outbox_sent (
    id bigint not null,
    message_id uuid not null,
    exchange text not null,
    routing_key text not null,
    type text not null,
    source text not null,
    occurred_at timestamptz not null,
    aggregate_id uuid,
    aggregate_version bigint,
    correlation_id text,
    causation_id uuid,
    traceparent text,
    headers jsonb,
    properties jsonb,
    body bytea not null,
    created_at timestamptz not null,
    sent_at timestamptz not null default now(),
    -- One index for both: trimming by age and a name for each row.
    constraint outbox_sent_pkey primary key (sent_at, id)
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.5);

-- Messages that were handled, by the queue they came through; thirty days.
create table inbox (
    consumer text not null,
    message_id uuid not null,
    received_at timestamptz not null default now(),
    constraint inbox_pkey primary key (consumer, message_id)
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.5);

create index inbox_received_at on inbox (received_at);

-- The newest version of an aggregate that a consumer has applied.
create table stream_position (
    consumer text not null,
    aggregate_id uuid not null,
    last_version bigint not null,
    constraint stream_position_pkey primary key (consumer, aggregate_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

-- Messages to be tried again later: a gap before them, something missing, a dependency that failed, an operator's replay.
create table deferred (
    consumer text not null,
    message_id uuid not null,
    aggregate_id uuid,
    aggregate_version bigint,
    type text not null,
    reason text not null,
    detail text,
    -- Failures so far; waiting for something that is not there yet does not count.
    attempts int not null default 0,
    waits int not null default 0,
    next_attempt_at timestamptz not null,
    exchange text not null,
    routing_key text not null,
    properties jsonb not null,
    body bytea not null,
    first_at timestamptz not null default now(),
    constraint deferred_pkey primary key (consumer, message_id),
    constraint deferred_reason_check check (reason in ('gap', 'notYet', 'transient', 'replay'))
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

create index deferred_due on deferred (consumer, next_attempt_at);

create index deferred_gap on deferred (consumer, aggregate_id, aggregate_version)
where reason = 'gap';

-- Messages that nobody could handle, until an operator replays or discards them.
create table dead_letter (
    id bigint generated always as identity,
    queue text not null,
    -- The message's id; made from its content when it had none that can be used.
    message_key uuid not null,
    -- The id as the sender wrote it.
    message_id text,
    type text,
    -- One word; see DeadReason.
    reason text not null,
    detail text,
    faults jsonb,
    attempts int not null default 0,
    exchange text not null,
    routing_key text not null,
    -- Who published it, as vouched for by the broker.
    source_user text,
    properties jsonb not null,
    body bytea not null,
    -- Before it was cut; a body longer than the limit for messages is kept only in part.
    body_size bigint not null,
    replay_count int not null default 0,
    first_failed_at timestamptz not null,
    archived_at timestamptz not null default now(),
    replayed_at timestamptz,
    discarded_at timestamptz,
    constraint dead_letter_pkey primary key (id)
);

-- One open dead letter for a message and queue, however often it is delivered.
create unique index dead_letter_open on dead_letter (queue, message_key)
where replayed_at is null and discarded_at is null;

create index dead_letter_archived_at on dead_letter (archived_at);

-- Something to be done at a time. Moving it is a new generation; the old one is void.
create table timer (
    id uuid not null default gen_random_uuid(),
    kind text not null,
    subject_id uuid not null,
    generation int not null,
    due_at timestamptz not null,
    -- When to look at it: `due_at`, or later after a failure.
    wake_at timestamptz not null,
    attempts int not null default 0,
    last_error text,
    fired_at timestamptz,
    cancelled_at timestamptz,
    constraint timer_pkey primary key (id),
    constraint timer_generation_key unique (kind, subject_id, generation)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);

create index timer_pending on timer (wake_at)
where fired_at is null and cancelled_at is null;

create index timer_over on timer (least(fired_at, cancelled_at))
where fired_at is not null or cancelled_at is not null;

-- How far the suite's time is ahead of the database's clock: zero, except in a development stack.
create table clock (
    singleton boolean not null default true,
    shift interval not null default interval '0',
    adjustable boolean not null default false,
    constraint clock_pkey primary key (singleton),
    constraint clock_singleton_check check (singleton),
    constraint clock_shift_check check (adjustable or shift = interval '0')
);

insert into clock default values;

-- The suite's time, fixed for the transaction. In PL/pgSQL, since a function in SQL is planned anew by every statement
-- that calls it.
do $$
begin
    execute format(
        'create function suite_now() returns timestamptz language plpgsql stable '
        'as ''begin return now() + (select shift from %I.clock); end''',
        current_schema());
end
$$;

-- Sets the timers `kinds[i], subjects[i]` to `dues[i]`, or cancels them where that is null.
create function set_timers(kinds text[], subjects uuid[], dues timestamptz[]) returns void
language sql
begin atomic
    update timer t
    set cancelled_at = now()
    from unnest(kinds, subjects) as wanted (kind, subject_id)
    where t.kind = wanted.kind
        and t.subject_id = wanted.subject_id
        and t.fired_at is null
        and t.cancelled_at is null;
    insert into timer (kind, subject_id, generation, due_at, wake_at)
    select
        wanted.kind,
        wanted.subject_id,
        1 + coalesce(
            (select max(t.generation) from timer t where t.kind = wanted.kind and t.subject_id = wanted.subject_id), 0),
        wanted.due_at,
        wanted.due_at
    from unnest(kinds, subjects, dues) as wanted (kind, subject_id, due_at)
    where wanted.due_at is not null;
end;

-- People's requests run under the member role: they may say messages and set timers, and read neither.
do $$
declare
    member name := current_schema() || '_member';
begin
    if exists (select from pg_roles where rolname = member) then
        execute format('grant insert, select (id, message_id) on outbox to %I', member);
        execute format('grant select, insert, update on timer to %I', member);
        execute format('grant select on clock to %I', member);
    end if;
end
$$;
