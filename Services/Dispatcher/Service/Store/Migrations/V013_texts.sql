-- How a work order stands is read and written as a whole and never searched: json keeps the text as it was written.
-- squawk-ignore changing-column-type
alter table dispatch.work_order
    alter alarms drop default,
    alter course type json using course::json,
    alter alarms type json using alarms::json,
    alter alarms set default '[]';
