-- What the customer may ask for as his work stands (an array of the dispatcher's offers), and how often he has asked:
-- version of the ticket's events, the first of which told that it was opened.
alter table intake.ticket
  add offers jsonb not null default '[]',
  add wishes integer not null default 0;

-- Whether somebody who names this contact is the one who asked: the last four digits of his telephone, or his mail address.
create function intake.is_theirs(ticket intake.ticket, contact text) returns boolean language sql immutable as $$
  select coalesce(contact ~ '^[0-9]{4}$' and right(ticket.phone, 4) = contact, false)
    or coalesce(lower(ticket.email) = lower(contact), false)
$$;
