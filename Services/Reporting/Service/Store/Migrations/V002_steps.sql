-- The step of the work's process, as the process words it; null where no process told of it.
alter table report.node
  add step text,
  add title_zh text,
  add title_en text,
  -- Number of the visit that came to the step; null: the work order itself.
  add visit int;
