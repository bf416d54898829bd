-- The day by the suite's clock, which a development stack can advance, where the company is: warranties and contracts run
-- out at its midnight, not at Greenwich's.
create function intake.today() returns date language sql stable as $$
  select (intake.suite_now() at time zone 'Asia/Shanghai')::date
$$;
