-- What the customer reads of the work, as its process words it; null where no process said anything.
alter table intake.ticket
  add progress_zh text,
  add progress_en text;
