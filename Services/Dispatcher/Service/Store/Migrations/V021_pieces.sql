-- Pieces with numbers: where each stands that was built in or came out, and in which order movements were told.

create table dispatch.part_piece (
    part text not null,
    serial text not null,
    -- See PartPiece.State.
    state text not null,
    -- Where an old piece lies.
    place text,
    -- What it was built in or came out for.
    work_order uuid,
    by_name text not null,
    at timestamptz not null,
    constraint part_piece_pkey primary key (part, serial),
    constraint part_piece_part_fkey foreign key (part) references dispatch.part (code),
    constraint part_piece_state_check check (state in ('built-in', 'old', 'gone')),
    constraint part_piece_place_check check ((state = 'old') = (place is not null))
);

create index part_piece_old on dispatch.part_piece (place, at)
where state = 'old';

insert into dispatch.part_piece (part, serial, state, place, work_order, by_name, at)
select distinct on (part, serial) part, serial, state, place, work_order, by_name, at
from (
    select part, new_serial as serial, 'built-in' as state, null as place, work_order, by_name, at
    from dispatch.stock_movement
    where kind = 'use' and new_serial is not null
    union all
    select part, old_serial, 'old', from_place, work_order, by_name, at
    from dispatch.stock_movement
    where kind = 'use' and old_serial is not null
) told
order by part, serial, at desc;

alter table dispatch.stock_movement add column number bigint generated always as identity;

create index stock_movement_number on dispatch.stock_movement (part, number);
