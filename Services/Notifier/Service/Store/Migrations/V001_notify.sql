-- Tickets whose creation was heard: what is said about a ticket's work is not sent before that.
create table notify.heard_ticket (
    ticket uuid not null,
    number text not null,
    heard_at timestamptz not null,
    constraint heard_ticket_pkey primary key (ticket)
);

-- Who is told by which channel. Rows of mode `first` with the same occasion are the rungs of one ladder.
create table notify.rule (
    occasion text not null,
    channel text not null,
    position int not null,
    mode text not null default 'all',
    enabled boolean not null default true,
    constraint rule_pkey primary key (occasion, channel),
    constraint rule_occasion_check check (occasion in ('ticket.created', 'work.accepted', 'work.done')),
    constraint rule_channel_check check (channel in ('sms', 'mail', 'wechat')),
    constraint rule_mode_check check (mode in ('all', 'first'))
);

-- The words. Mail: subject and body. SMS: body. WeChat: one `field: text` a line; subject is the provider's template id,
-- empty for the one in the settings.
create table notify.template (
    occasion text not null,
    channel text not null,
    language text not null,
    subject text not null default '',
    body text not null,
    constraint template_pkey primary key (occasion, channel, language),
    constraint template_occasion_check check (occasion in ('ticket.created', 'work.accepted', 'work.done')),
    constraint template_channel_check check (channel in ('sms', 'mail', 'wechat')),
    constraint template_language_check check (language in ('zh', 'en')),
    constraint template_subject_check check (char_length(subject) <= 200 and subject !~ '[[:cntrl:]]'),
    constraint template_body_check check (char_length(body) between 1 and 4000)
);

-- What one customer wishes; no row means yes, in the language of his card.
create table notify.preference (
    customer uuid not null,
    channel text not null,
    allowed boolean not null,
    language text,
    constraint preference_pkey primary key (customer, channel),
    constraint preference_channel_check check (channel in ('sms', 'mail', 'wechat')),
    constraint preference_language_check check (language in ('zh', 'en'))
);

-- One message to one person by one channel. `id` is made from the cause's message id, the channel and the recipient, so
-- that the primary key also says: once for each cause, channel and recipient.
create table notify.delivery (
    id uuid not null,
    -- Of two deliveries of one ticket and channel the one with the lower (step, sequence) is sent first. The step is the
    -- occasion's place in the story, the sequence the order of planning.
    step smallint not null,
    sequence bigint generated always as identity,
    cause uuid not null,
    ticket uuid not null,
    ticket_number text not null,
    department text not null,
    occasion text not null,
    channel text not null,
    recipient text not null,
    language text not null,
    subject text not null,
    body text not null,
    state text not null,
    state_rank smallint not null,
    -- Events told about it so far.
    version bigint not null default 0,
    reason text,
    -- When the sweeper shall put it on its channel's queue again; null: it is on the queue or nobody waits.
    wake_at timestamptz,
    -- True while an earlier delivery of the same ticket and channel is under way.
    is_waiting boolean not null default false,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    updated_at timestamptz not null,
    constraint delivery_pkey primary key (id),
    constraint delivery_channel_check check (channel in ('sms', 'mail', 'wechat')),
    constraint delivery_state_check check (state in ('standby', 'pending', 'unknown', 'sent', 'delivered', 'failed'))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.2);

create index delivery_lane on notify.delivery (ticket, channel, step, sequence) where state = 'pending';
-- By the rank (1: pending), which no other statement asks for in so many words: a planner that has counted few pending
-- rows would read all of them for a look-up by id or ticket, and still do so when there are many.
create index delivery_pending on notify.delivery (channel, created_at) where state_rank = 1;
create index delivery_wake on notify.delivery (wake_at) where wake_at is not null;
create index delivery_standby on notify.delivery (cause, sequence) where state = 'standby';
create index delivery_ticket_number on notify.delivery (ticket_number);

-- One call of a provider. The row is committed as `sending` before the call; after `lease_until` nobody waits for the
-- answer any more and the attempt is `unknown`.
create table notify.attempt (
    delivery uuid not null,
    number int not null,
    state text not null,
    state_rank smallint not null,
    provider text not null,
    provider_id text,
    outcome text,
    reason text,
    started_at timestamptz not null,
    finished_at timestamptz,
    lease_until timestamptz not null,
    constraint attempt_pkey primary key (delivery, number),
    constraint attempt_delivery foreign key (delivery) references notify.delivery (id) on delete cascade,
    constraint attempt_state_check check (state in ('sending', 'unknown', 'sent', 'delivered', 'failed'))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.2);

create index attempt_lease on notify.attempt (lease_until) where state = 'sending';

-- What providers reported, as it came. `delivery` is null while nothing matches it.
create table notify.receipt (
    id bigint generated always as identity,
    provider text not null,
    reference text not null,
    status int not null,
    answer text not null,
    delivery uuid,
    received_at timestamptz not null,
    constraint receipt_pkey primary key (id),
    constraint receipt_once_key unique (provider, reference, status),
    constraint receipt_reference_check check (char_length(reference) <= 200),
    constraint receipt_answer_check check (char_length(answer) <= 500)
);

create index receipt_unmatched on notify.receipt (received_at) where delivery is null;

-- What the workers of one account share: the WeChat access token. The row's lock says who fetches a new one.
create table notify.provider_account (
    id text not null,
    token text,
    token_expires_at timestamptz,
    constraint provider_account_pkey primary key (id),
    constraint provider_account_token_check check (char_length(token) <= 512)
);

-- A request of a person runs as the member role and sees the departments named in paidan.departments only.
alter table notify.delivery enable row level security;
alter table notify.attempt enable row level security;
create policy delivery_service on notify.delivery to notify_run using (true) with check (true);
create policy attempt_service on notify.attempt to notify_run using (true) with check (true);
create policy delivery_member on notify.delivery for select to notify_member
using (department = any (coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[]));
create policy attempt_member on notify.attempt for select to notify_member
using (exists (select from notify.delivery where delivery.id = attempt.delivery));
grant select on notify.delivery, notify.attempt to notify_member;

insert into notify.rule (occasion, channel, position)
select occasion, channel, position
from unnest(array['ticket.created', 'work.accepted', 'work.done']) as occasion,
    unnest(array['wechat', 'sms', 'mail']) with ordinality as wish (channel, position);

insert into notify.template (occasion, channel, language, subject, body) values
('ticket.created', 'sms', 'zh', '',
'【派单服务】{{customer}}您好，您的服务请求“{{subject}}”已受理，单号{{number}}。我们会尽快安排工程师，接单后第一时间通知您。'),
('work.accepted', 'sms', 'zh', '',
'【派单服务】{{customer}}您好，服务单{{number}}“{{subject}}”已由{{#engineer}}{{engineer}}{{/engineer}}{{^engineer}}我们的{{/engineer}}工程师接单，上门前会与您电话确认时间，请保持电话畅通。'),
('work.done', 'sms', 'zh', '',
'【派单服务】{{customer}}您好，服务单{{number}}“{{subject}}”已处理完成。我们明天会电话回访，听取您的意见；如仍有问题，请随时告诉我们。'),
('ticket.created', 'sms', 'en', '',
'Dear {{customer}}, we have received your request "{{subject}}". Its number is {{number}}. An engineer will be assigned soon and we will let you know at once.'),
('work.accepted', 'sms', 'en', '',
'Dear {{customer}}, {{#engineer}}{{engineer}}{{/engineer}}{{^engineer}}our engineer{{/engineer}} has taken on your request {{number}} "{{subject}}" and will call you to agree on a time.'),
('work.done', 'sms', 'en', '',
'Dear {{customer}}, the work on your request {{number}} "{{subject}}" is done. We will call you tomorrow to hear whether all is well.'),

('ticket.created', 'mail', 'zh', '[{{number}}] 已受理：{{subject}}',
'{{customer}}，您好：

您的服务请求已受理。

服务单号：{{number}}
内容：{{subject}}
受理时间：{{time}}
{{#address}}服务地址：{{address}}
{{/address}}
接下来：我们会尽快安排工程师，接单后立即通知您。查询进度时请提供服务单号。

派单服务'),
('work.accepted', 'mail', 'zh', '[{{number}}] 工程师已接单：{{subject}}',
'{{customer}}，您好：

您的服务单已有工程师接单。

服务单号：{{number}}
内容：{{subject}}
{{#engineer}}负责工程师：{{engineer}}
{{/engineer}}接单时间：{{time}}
{{#address}}服务地址：{{address}}
{{/address}}
接下来：工程师上门前会与您电话确认时间，请保持电话畅通。

派单服务'),
('work.done', 'mail', 'zh', '[{{number}}] 处理完成：{{subject}}',
'{{customer}}，您好：

您的服务单已处理完成。

服务单号：{{number}}
内容：{{subject}}
{{#engineer}}负责工程师：{{engineer}}
{{/engineer}}完成时间：{{time}}

接下来：我们明天会电话回访，听取您的意见。如仍有问题，请直接回复本邮件。

派单服务'),
('ticket.created', 'mail', 'en', '[{{number}}] Received: {{subject}}',
'Dear {{customer}},

We have received your request.

Number: {{number}}
Subject: {{subject}}
Received: {{time}} (China time)
{{#address}}Place: {{address}}
{{/address}}
What comes next: an engineer will be assigned soon, and we will let you know at once. Please quote the number when you ask about it.

Paidan service'),
('work.accepted', 'mail', 'en', '[{{number}}] An engineer is on it: {{subject}}',
'Dear {{customer}},

An engineer has taken on your request.

Number: {{number}}
Subject: {{subject}}
{{#engineer}}Engineer: {{engineer}}
{{/engineer}}Accepted: {{time}} (China time)
{{#address}}Place: {{address}}
{{/address}}
What comes next: the engineer will call you to agree on a time before the visit.

Paidan service'),
('work.done', 'mail', 'en', '[{{number}}] Done: {{subject}}',
'Dear {{customer}},

The work on your request is done.

Number: {{number}}
Subject: {{subject}}
{{#engineer}}Engineer: {{engineer}}
{{/engineer}}Done: {{time}} (China time)

What comes next: we will call you tomorrow to hear whether all is well. If it is not, simply answer this mail.

Paidan service'),

('ticket.created', 'wechat', 'zh', '',
'thing1: {{subject}}
character_string2: {{number}}
thing3: 已受理
thing4: 我们会尽快安排工程师
time5: {{time}}'),
('work.accepted', 'wechat', 'zh', '',
'thing1: {{subject}}
character_string2: {{number}}
thing3: {{#engineer}}{{engineer}}{{/engineer}}已接单
thing4: 上门前会与您电话确认时间
time5: {{time}}'),
('work.done', 'wechat', 'zh', '',
'thing1: {{subject}}
character_string2: {{number}}
thing3: 已处理完成
thing4: 我们明天会电话回访
time5: {{time}}'),
('ticket.created', 'wechat', 'en', '',
'thing1: {{subject}}
character_string2: {{number}}
thing3: Received
thing4: Engineer comes next
time5: {{time}}'),
('work.accepted', 'wechat', 'en', '',
'thing1: {{subject}}
character_string2: {{number}}
thing3: Engineer assigned
thing4: We call you first
time5: {{time}}'),
('work.done', 'wechat', 'en', '',
'thing1: {{subject}}
character_string2: {{number}}
thing3: Done
thing4: We call you tomorrow
time5: {{time}}');
