-- The levels of service are the company's own words.
alter table intake.contract
  drop constraint contract_service_level,
  add constraint contract_service_level check (service_level ~ '^[a-z][a-z0-9-]{0,39}$');
