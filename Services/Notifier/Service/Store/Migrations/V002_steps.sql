-- Steps of every process: what the customer is told is worded by the process ({{progress}}).
-- The checks let one word more through, so that the version before goes on; both tables are short.
-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid
alter table notify.rule
    drop constraint rule_occasion_check,
    add constraint rule_occasion_check check (
        occasion in ('ticket.created', 'work.accepted', 'work.done', 'work.step'));

alter table notify.template
    drop constraint template_occasion_check,
    add constraint template_occasion_check check (
        occasion in ('ticket.created', 'work.accepted', 'work.done', 'work.step'));

insert into notify.rule (occasion, channel, position)
select 'work.step', channel, position
from unnest(array['wechat', 'sms', 'mail']) with ordinality as wish (channel, position);

insert into notify.template (occasion, channel, language, subject, body) values
('work.step', 'sms', 'zh', '',
'【派单服务】{{customer}}您好，您的服务单{{number}}“{{subject}}”有新进展：{{progress}}。'),
('work.step', 'sms', 'en', '',
'Dear {{customer}}, news of your request {{number}} "{{subject}}": {{progress}}.'),
('work.step', 'mail', 'zh', '[{{number}}] {{progress}}：{{subject}}',
'{{customer}}，您好：

您的服务单有新进展：{{progress}}。

服务单号：{{number}}
内容：{{subject}}
时间：{{time}}
{{#address}}服务地址：{{address}}
{{/address}}
查询进度时请提供服务单号。

派单服务'),
('work.step', 'mail', 'en', '[{{number}}] {{progress}}: {{subject}}',
'Dear {{customer}},

There is news of your request: {{progress}}.

Number: {{number}}
Subject: {{subject}}
Time: {{time}} (China time)
{{#address}}Place: {{address}}
{{/address}}
Please quote the number when you ask about it.

Paidan service'),
('work.step', 'wechat', 'zh', '',
'thing1: {{subject}}
character_string2: {{number}}
thing3: {{progress}}
thing4: 点击查看进度
time5: {{time}}'),
('work.step', 'wechat', 'en', '',
'thing1: {{subject}}
character_string2: {{number}}
thing3: {{progress}}
thing4: Open to see more
time5: {{time}}');
