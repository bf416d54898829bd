-- Parts, charges, payments and settlement: beside the process, which says when they are wanted. Amounts are whole fen.
-- No person's request touches these tables: what somebody sees the service decides by the work order and by the station.

create table dispatch.part (
    code text not null,
    name_zh text not null,
    name_en text not null,
    price bigint not null,
    has_serials boolean not null,
    active boolean not null,
    constraint part_pkey primary key (code),
    constraint part_price_check check (price >= 0),
    constraint part_code_check check (code ~ '^[a-z][a-z0-9-]{0,39}$')
);

-- What lies where; never less than nothing.
create table dispatch.part_stock (
    part text not null,
    -- See StockPlace.
    place text not null,
    quantity bigint not null,
    constraint part_stock_pkey primary key (part, place),
    constraint part_stock_part_fkey foreign key (part) references dispatch.part (code),
    constraint part_stock_quantity_check check (quantity >= 0)
);

create index part_stock_place on dispatch.part_stock (place);

-- What went where; nobody can change or remove a line. The stock is the sum of it.
create table dispatch.stock_movement (
    id uuid not null,
    -- See StockMovement.Kind.
    kind text not null,
    part text not null,
    quantity bigint not null,
    from_place text,
    to_place text,
    work_order uuid,
    visit int,
    old_serial text,
    new_serial text,
    note text,
    by_id uuid not null,
    by_name text not null,
    at timestamptz not null,
    constraint stock_movement_pkey primary key (id),
    constraint stock_movement_part_fkey foreign key (part) references dispatch.part (code),
    constraint stock_movement_quantity_check check (quantity > 0),
    constraint stock_movement_places_check check (from_place is not null or to_place is not null)
);

create index stock_movement_from on dispatch.stock_movement (part, from_place, at);

create index stock_movement_to on dispatch.stock_movement (part, to_place, at);

create index stock_movement_work_order on dispatch.stock_movement (work_order)
where work_order is not null;

revoke update, delete on dispatch.stock_movement from dispatch_run;

-- Somebody needs parts for a job.
create table dispatch.part_request (
    id uuid not null,
    work_order uuid not null,
    visit int,
    part text not null,
    quantity bigint not null,
    urgent boolean not null,
    note text,
    asked_by uuid not null,
    asked_by_name text not null,
    asked_at timestamptz not null,
    -- See PartRequest.State.
    state text not null,
    from_place text,
    carrier text,
    tracking text,
    reason text,
    changed_by uuid not null,
    changed_by_name text not null,
    changed_at timestamptz not null,
    constraint part_request_pkey primary key (id),
    constraint part_request_part_fkey foreign key (part) references dispatch.part (code),
    constraint part_request_quantity_check check (quantity > 0),
    constraint part_request_state_check check (state in ('asked', 'granted', 'refused', 'shipped', 'received'))
);

create index part_request_work_order on dispatch.part_request (work_order, asked_at);

create index part_request_open on dispatch.part_request (asked_at)
where state in ('asked', 'granted', 'shipped');

-- Lines of what a job costs.
create table dispatch.charge (
    id uuid not null,
    work_order uuid not null,
    visit int,
    -- The department that is paid or pays.
    station text not null,
    kind text not null,
    text text not null,
    quantity bigint not null,
    price bigint not null,
    amount bigint not null,
    -- Of the three guarantees.
    inside boolean not null,
    bearer text not null,
    bearer_reason text,
    state text not null,
    entered_by uuid not null,
    entered_by_name text not null,
    entered_at timestamptz not null,
    reviewed_by uuid,
    reviewed_by_name text,
    reviewed_at timestamptz,
    review_reason text,
    -- The statement that has it: 2026-11.
    month text,
    corrects uuid,
    constraint charge_pkey primary key (id),
    constraint charge_corrects_fkey foreign key (corrects) references dispatch.charge (id),
    constraint charge_kind_check check (kind in ('part', 'labour', 'travel', 'subsidy')),
    constraint charge_bearer_check check (bearer in ('company', 'station', 'customer', 'vendor')),
    constraint charge_state_check check (state in ('entered', 'passed', 'sent-back', 'withdrawn')),
    constraint charge_amount_check check (amount = quantity * price),
    constraint charge_sign_check check (amount >= 0 or corrects is not null),
    constraint charge_month_check check ((state = 'passed') = (month is not null))
);

create index charge_work_order on dispatch.charge (work_order, entered_at);

create index charge_month on dispatch.charge (station, month)
where month is not null;

create index charge_unreviewed on dispatch.charge (station, entered_at)
where state in ('entered', 'sent-back');

-- What customers have paid.
create table dispatch.payment (
    id uuid not null,
    work_order uuid not null,
    amount bigint not null,
    means text not null,
    note text,
    recorded_by uuid not null,
    recorded_by_name text not null,
    recorded_at timestamptz not null,
    state text not null,
    decided_by uuid,
    decided_by_name text,
    decided_at timestamptz,
    reason text,
    constraint payment_pkey primary key (id),
    constraint payment_amount_check check (amount > 0),
    constraint payment_state_check check (state in ('recorded', 'confirmed', 'not-received'))
);

create index payment_work_order on dispatch.payment (work_order, recorded_at);

-- Months that are closed: their lines never change again.
create table dispatch.settlement (
    station text not null,
    month text not null,
    lines int not null,
    total bigint not null,
    payable bigint not null,
    closed_at timestamptz not null,
    closed_by uuid not null,
    closed_by_name text not null,
    constraint settlement_pkey primary key (station, month),
    constraint settlement_station_fkey foreign key (station) references dispatch.department (code)
);

revoke update, delete on dispatch.settlement from dispatch_run;

-- A month that is closed is what its lines come to, and stays so whatever a program has wrong.
create function dispatch.check_settlement() returns trigger
language plpgsql as $$
begin
    if new.total <> (
        select coalesce(sum(amount), 0) from dispatch.charge where station = new.station and month = new.month) then
        raise exception 'the lines of % % do not come to %', new.station, new.month, new.total
            using errcode = 'check_violation', constraint = 'settlement_total_check';
    end if;
    return new;
end
$$;

create trigger settlement_total before insert on dispatch.settlement
for each row execute function dispatch.check_settlement();

create function dispatch.keep_closed_month() returns trigger
language plpgsql as $$
begin
    if exists (
        select from dispatch.settlement s
        where (tg_op <> 'INSERT' and s.station = old.station and s.month = old.month)
            or (tg_op <> 'DELETE' and s.station = new.station and s.month = new.month)) then
        raise exception 'the month of this line is closed'
            using errcode = 'check_violation', constraint = 'charge_month_open_check';
    end if;
    return coalesce(new, old);
end
$$;

create trigger charge_month_open before insert or update or delete on dispatch.charge
for each row execute function dispatch.keep_closed_month();

alter table dispatch.part enable row level security;

create policy part_service on dispatch.part to dispatch_run using (true) with check (true);

alter table dispatch.part_stock enable row level security;

create policy part_stock_service on dispatch.part_stock to dispatch_run using (true) with check (true);

alter table dispatch.stock_movement enable row level security;

create policy stock_movement_service on dispatch.stock_movement to dispatch_run using (true) with check (true);

alter table dispatch.part_request enable row level security;

create policy part_request_service on dispatch.part_request to dispatch_run using (true) with check (true);

alter table dispatch.charge enable row level security;

create policy charge_service on dispatch.charge to dispatch_run using (true) with check (true);

alter table dispatch.payment enable row level security;

create policy payment_service on dispatch.payment to dispatch_run using (true) with check (true);

alter table dispatch.settlement enable row level security;

create policy settlement_service on dispatch.settlement to dispatch_run using (true) with check (true);
