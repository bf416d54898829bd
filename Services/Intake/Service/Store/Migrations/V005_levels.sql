-- The levels of service are the company's own words.
-- What is there fits: the old constraint let in three such words, and the table is small.
-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid
alter table intake.contract
  drop constraint contract_service_level,
  add constraint contract_service_level check (service_level ~ '^[a-z][a-z0-9-]{0,39}$');
