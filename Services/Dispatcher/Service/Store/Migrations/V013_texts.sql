-- How a work order stands is read and written as a whole and never searched: json keeps the text as it was written. The
-- table is rewritten while no dispatcher runs.
alter table dispatch.work_order
    -- squawk-ignore ban-drop-default
    alter alarms drop default,
    -- squawk-ignore changing-column-type
    alter course type json using course::json,
    -- squawk-ignore changing-column-type
    alter alarms type json using alarms::json,
    alter alarms set default '[]';
