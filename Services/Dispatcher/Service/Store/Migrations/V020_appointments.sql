-- What was agreed for visits, and whose time it takes.

create table dispatch.appointment (
    work_order uuid not null,
    visit int not null,
    -- One more with each change.
    sequence int not null,
    starts_at timestamptz not null,
    -- Of each day, seconds.
    length int not null,
    days int not null,
    -- Told to the customer.
    window_start timestamptz not null,
    window_end timestamptz not null,
    -- When the customer can be visited; see ShiftHours.
    access text,
    time_zone text not null,
    changed_at timestamptz not null,
    constraint appointment_pkey primary key (work_order, visit),
    constraint appointment_work_order_fkey foreign key (work_order) references dispatch.work_order (id),
    constraint appointment_window_check check (window_start <= starts_at and starts_at < window_end)
);

-- Time of people. Two of one person never overlap: whoever books takes the turn of dispatch.appointment first.
create table dispatch.appointment_booking (
    work_order uuid not null,
    visit int not null,
    staff uuid not null,
    -- 0 leads.
    place int not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    constraint appointment_booking_pkey primary key (work_order, visit, staff, starts_at),
    constraint appointment_booking_appointment_fkey foreign key (work_order, visit)
    references dispatch.appointment (work_order, visit),
    constraint appointment_booking_staff_fkey foreign key (staff) references dispatch.staff (id),
    constraint appointment_booking_time_check check (starts_at < ends_at)
);

create index appointment_booking_staff on dispatch.appointment_booking (staff, starts_at);

grant select on dispatch.appointment, dispatch.appointment_booking to dispatch_member;

alter table dispatch.appointment enable row level security;

create policy appointment_service on dispatch.appointment to dispatch_run using (true) with check (true);

create policy appointment_member on dispatch.appointment for select to dispatch_member
using (exists (select from dispatch.work_order o where o.id = appointment.work_order));

alter table dispatch.appointment_booking enable row level security;

create policy appointment_booking_service on dispatch.appointment_booking to dispatch_run
using (true) with check (true);

create policy appointment_booking_member on dispatch.appointment_booking for select to dispatch_member
using (exists (select from dispatch.work_order o where o.id = appointment_booking.work_order));
