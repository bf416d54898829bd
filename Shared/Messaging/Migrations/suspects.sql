-- How often a message was taken out of the table and nobody has said since what became of it. One that ended its process
-- is found so, and handled alone from then on.
alter table deferred
    add taken int not null default 0,
    -- squawk-ignore ban-drop-constraint
    drop constraint deferred_reason_check,
    -- squawk-ignore constraint-missing-not-valid
    add constraint deferred_reason_check check (reason in ('gap', 'notYet', 'transient', 'replay', 'suspect'));

-- squawk-ignore require-concurrent-index-creation
create index deferred_suspect on deferred (consumer, next_attempt_at)
where taken > 0;
