-- Customers and what they own. They belong to the company, not to a department: every member of staff may see them.

create table intake.customer (
  id uuid constraint customer_pkey primary key,
  name text not null constraint customer_name_length check (char_length(name) between 1 and 100),
  phone text constraint customer_phone_e164 check (phone ~ '^\+[0-9]{8,15}$'),
  -- In small letters, so that it is found however it is typed.
  email text constraint customer_email_length check (octet_length(email) <= 254),
  wechat_openid text constraint customer_wechat_openid_length check (char_length(wechat_openid) between 1 and 100),
  language text not null default 'zh' constraint customer_language_form check (language ~ '^[a-z]{2}$'),
  created_at timestamptz not null default now()
);

-- A customer is found by any of these, and two requests of one new customer at the same moment must meet here.
create unique index customer_phone on intake.customer (phone) where phone is not null;
create unique index customer_email on intake.customer (email) where email is not null;
create unique index customer_wechat_openid on intake.customer (wechat_openid) where wechat_openid is not null;

create table intake.contact (
  id uuid constraint contact_pkey primary key,
  customer_id uuid not null constraint contact_customer references intake.customer (id),
  name text not null constraint contact_name_length check (char_length(name) between 1 and 100),
  phone text constraint contact_phone_e164 check (phone ~ '^\+[0-9]{8,15}$'),
  email text constraint contact_email_length check (octet_length(email) <= 254),
  created_at timestamptz not null default now()
);
create index contact_of_customer on intake.contact (customer_id);
create index contact_phone on intake.contact (phone) where phone is not null;
create index contact_email on intake.contact (email) where email is not null;

create table intake.site (
  id uuid constraint site_pkey primary key,
  customer_id uuid not null constraint site_customer references intake.customer (id),
  name text not null constraint site_name_length check (char_length(name) between 1 and 100),
  address text not null constraint site_address_length check (char_length(address) between 1 and 500),
  created_at timestamptz not null default now()
);
create index site_of_customer on intake.site (customer_id);

create table intake.installed_product (
  id uuid constraint installed_product_pkey primary key,
  customer_id uuid not null constraint installed_product_customer references intake.customer (id),
  site_id uuid constraint installed_product_site references intake.site (id),
  model text not null constraint installed_product_model_length check (char_length(model) between 1 and 100),
  serial text not null constraint installed_product_serial_length check (char_length(serial) between 1 and 100),
  installed_on date not null,
  warranty_until date not null,
  constraint installed_product_serial unique (serial),
  constraint installed_product_warranty check (warranty_until >= installed_on)
);
create index installed_product_of_customer on intake.installed_product (customer_id);

create table intake.contract (
  id uuid constraint contract_pkey primary key,
  customer_id uuid not null constraint contract_customer references intake.customer (id),
  number text not null constraint contract_number unique,
  service_level text not null constraint contract_service_level check (service_level in ('basic', 'silver', 'gold')),
  starts_on date not null,
  ends_on date not null,
  constraint contract_time check (ends_on >= starts_on)
);
create index contract_of_customer on intake.contract (customer_id);

-- Which department gets a channel's requests that name none; '*' stands for every other channel.
create table intake.department_route (
  channel text constraint department_route_pkey primary key,
  department text not null
);
insert into intake.department_route (channel, department) values ('*', 'service');

-- The ticket as the customer knows it. Gaps in the numbers are harmless: a number is given out before the commit.
create sequence intake.ticket_number start with 1000001;

create table intake.ticket (
  id uuid constraint ticket_pkey primary key,
  number text not null,
  channel text not null,
  kind text not null,
  urgency text not null,
  subject text not null constraint ticket_subject_length check (char_length(subject) between 1 and 200),
  department text not null,
  customer_id uuid not null constraint ticket_customer references intake.customer (id),
  -- Who asked, as he said it this time.
  customer_name text not null,
  contact_name text,
  phone text,
  email text,
  wechat_openid text,
  language text not null,
  address text,
  product_serial text,
  created_at timestamptz not null,
  status text not null default 'received' constraint ticket_status_known
    check (status in ('received', 'dispatching', 'accepted', 'travelling', 'onSite', 'done', 'closed')),
  status_at timestamptz not null,
  engineer text,
  constraint ticket_number_key unique (number)
) with (fillfactor = 85);
create index ticket_of_department on intake.ticket (department, created_at desc);
create index ticket_of_customer on intake.ticket (customer_id, created_at desc);

-- The conversation; the first message holds the words the ticket was opened with.
create table intake.ticket_message (
  id uuid constraint ticket_message_pkey primary key,
  ticket_id uuid not null constraint ticket_message_ticket references intake.ticket (id),
  direction text not null constraint ticket_message_direction check (direction in ('in', 'out')),
  channel text not null,
  body text not null constraint ticket_message_body_length check (char_length(body) between 1 and 20000),
  created_at timestamptz not null
);
create index ticket_message_of_ticket on intake.ticket_message (ticket_id, created_at);

-- What was answered under an idempotency key, kept three days. `request` tells a repeated request from another one.
create table intake.idempotency_key (
  key text not null constraint idempotency_key_length check (char_length(key) between 1 and 200),
  caller text not null,
  request uuid not null,
  status smallint not null,
  response text not null,
  created_at timestamptz not null,
  constraint idempotency_key_pkey primary key (key, caller)
);
create index idempotency_key_age on intake.idempotency_key using brin (created_at);

-- A member of staff's request runs as the member role and sees the departments named in paidan.departments only.
alter table intake.ticket enable row level security;
alter table intake.ticket_message enable row level security;
create policy ticket_service on intake.ticket to intake_run using (true) with check (true);
create policy ticket_message_service on intake.ticket_message to intake_run using (true) with check (true);
create policy ticket_member on intake.ticket for select to intake_member
  using (department = any(coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[]));
create policy ticket_message_member on intake.ticket_message for select to intake_member
  using (exists (select from intake.ticket where ticket.id = ticket_message.ticket_id));

grant usage on schema intake to intake_member;
grant select on
  intake.customer, intake.contact, intake.site, intake.installed_product, intake.contract, intake.department_route,
  intake.ticket, intake.ticket_message
  to intake_member;
