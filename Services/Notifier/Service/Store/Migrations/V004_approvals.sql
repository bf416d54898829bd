-- Staff are told by mail what waits for their grant: {{customer}} is the member of staff, {{engineer}} who asks.
-- The checks let one word more through, so that the version before goes on; both tables are short.
-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid
alter table notify.rule
    drop constraint rule_occasion_check,
    add constraint rule_occasion_check check (
        occasion in ('ticket.created', 'work.accepted', 'work.done', 'work.step', 'work.approval'));

alter table notify.template
    drop constraint template_occasion_check,
    add constraint template_occasion_check check (
        occasion in ('ticket.created', 'work.accepted', 'work.done', 'work.step', 'work.approval'));

insert into notify.rule (occasion, channel, position) values ('work.approval', 'mail', 1);

insert into notify.template (occasion, channel, language, subject, body) values
('work.approval', 'mail', 'zh', '[{{number}}] 待您批准：{{subject}}',
'{{customer}}，您好：

有一项申请等待您批准。

服务单号：{{number}}
内容：{{subject}}
{{#engineer}}申请人：{{engineer}}
{{/engineer}}{{#progress}}当前环节：{{progress}}
{{/progress}}时间：{{time}}

其他有权批准的同事也会收到本邮件；一人批准即可。

派单服务'),
('work.approval', 'mail', 'en', '[{{number}}] Waits for your approval: {{subject}}',
'Dear {{customer}},

Something waits for your approval.

Number: {{number}}
Subject: {{subject}}
{{#engineer}}Asked for by: {{engineer}}
{{/engineer}}{{#progress}}Step: {{progress}}
{{/progress}}Time: {{time}} (China time)

Colleagues who may approve it have this mail, too; one of you is enough.

Paidan service');
