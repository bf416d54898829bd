-- Errands are ticked off: when, by whom, with what note.
alter table dispatch.work_errand
    add done_at timestamptz,
    add done_by uuid,
    add done_by_name text,
    add note text;
