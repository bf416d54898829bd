-- Database, roles, schemas and default privileges of the suite. Run by a superuser with psql (15 or newer), connected to
-- the database `postgres`; running it again changes nothing but the passwords. Passwords come from the environment, so
-- that they are in no command line: PAIDAN_<SCHEMA>_OWNER_PASSWORD and PAIDAN_<SCHEMA>_RUN_PASSWORD.
--
-- Of each schema:
--   <schema>_owner    owns it and runs the migrations
--   <schema>_run      the service's own work: consumers, relay, timers
--   <schema>_member   what the service becomes (`set local role`) for a person's request; row-level security holds for it
-- No role is granted anything in another's schema.
\set ON_ERROR_STOP on
\getenv intake_owner_password PAIDAN_INTAKE_OWNER_PASSWORD
\getenv intake_run_password PAIDAN_INTAKE_RUN_PASSWORD
\getenv dispatch_owner_password PAIDAN_DISPATCH_OWNER_PASSWORD
\getenv dispatch_run_password PAIDAN_DISPATCH_RUN_PASSWORD
\getenv notify_owner_password PAIDAN_NOTIFY_OWNER_PASSWORD
\getenv notify_run_password PAIDAN_NOTIFY_RUN_PASSWORD
\getenv followup_owner_password PAIDAN_FOLLOWUP_OWNER_PASSWORD
\getenv followup_run_password PAIDAN_FOLLOWUP_RUN_PASSWORD
\getenv report_owner_password PAIDAN_REPORT_OWNER_PASSWORD
\getenv report_run_password PAIDAN_REPORT_RUN_PASSWORD

set client_min_messages = warning;

select 'create database paidan'
where not exists (select from pg_database where datname = 'paidan')
\gexec

-- `noinherit`: the service has a member's sight only where it says `set local role`, never by accident.
select format('create role %I %s', name, options)
from (
    select schema || '_' || kind, options
    from unnest(array['intake', 'dispatch', 'notify', 'followup', 'report']) as schema,
        (values ('owner', 'login'), ('run', 'login noinherit'), ('member', 'nologin')) as kinds(kind, options)
) as wanted(name, options)
where not exists (select from pg_roles where rolname = name)
\gexec

select format('alter role %I password %L', name, password)
from (values
    ('intake_owner', :'intake_owner_password'), ('intake_run', :'intake_run_password'),
    ('dispatch_owner', :'dispatch_owner_password'), ('dispatch_run', :'dispatch_run_password'),
    ('notify_owner', :'notify_owner_password'), ('notify_run', :'notify_run_password'),
    ('followup_owner', :'followup_owner_password'), ('followup_run', :'followup_run_password'),
    ('report_owner', :'report_owner_password'), ('report_run', :'report_run_password')
) as wanted(name, password)
\gexec

-- What PostgreSQL leaves open to everybody.
revoke all on database postgres, template1, paidan from public;

\connect paidan
set client_min_messages = warning;
revoke all on schema public from public;

select format(statement, schema)
from unnest(array['intake', 'dispatch', 'notify', 'followup', 'report']) as schema,
    unnest(array[
        'grant connect on database paidan to %1$I_owner, %1$I_run',
        'grant %1$I_member to %1$I_run',
        'create schema if not exists %1$I authorization %1$I_owner',
        'grant usage on schema %1$I to %1$I_run, %1$I_member',
        'alter default privileges for role %1$I_owner in schema %1$I grant select, insert, update, delete on tables to %1$I_run',
        'alter default privileges for role %1$I_owner in schema %1$I grant usage, select on sequences to %1$I_run'
    ]) with ordinality as steps(statement, place)
order by place
\gexec
