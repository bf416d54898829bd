-- What the process asked for, and what came of the calls. The check lets more words through, so that the version before
-- goes on planning.
-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid
alter table followup.callback
    add wish jsonb,
    add attempts integer not null default 0,
    drop constraint callback_state_check,
    add constraint callback_state_check check (state in ('planned', 'due', 'done', 'missed', 'dropped'));

-- Every call, for good: who called, when, and what was said.
create table followup.call (
    callback uuid not null,
    -- Of the call-back after it.
    version bigint not null,
    attempt integer not null,
    outcome text not null,
    score smallint,
    note text,
    -- Values of the form of the process, by their codes.
    fields jsonb not null,
    called_by uuid not null,
    called_by_name text not null,
    called_at timestamptz not null,
    constraint call_pkey primary key (callback, version),
    constraint call_callback_fkey foreign key (callback) references followup.callback (id),
    constraint call_outcome_check check (outcome in ('satisfied', 'unsatisfied', 'unreached')),
    constraint call_score_check check (score between 1 and 5),
    constraint call_note_check check (char_length(note) <= 2000)
);

alter table followup.call enable row level security;
create policy call_service on followup.call to followup_run using (true) with check (true);
create policy call_member on followup.call for select to followup_member
using (exists (select from followup.callback where callback.id = call.callback));
grant select on followup.call to followup_member;
