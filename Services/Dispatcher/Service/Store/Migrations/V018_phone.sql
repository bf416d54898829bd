-- What telephones send: files in pieces, and commands that were given without a line.

-- Photos and papers. Whoever sent one uses it in a work order; until then it is his alone.
create table dispatch.work_file (
    -- Given by the telephone.
    id uuid not null,
    uploader uuid not null,
    -- See FileKind.
    kind text not null,
    size bigint not null,
    -- SHA-256 of the whole, as it was announced.
    digest bytea not null,
    -- Bytes that are there.
    received bigint not null default 0,
    created_at timestamptz not null default dispatch.suite_now(),
    -- When the last piece came.
    changed_at timestamptz not null default dispatch.suite_now(),
    finished_at timestamptz,
    -- Null: used nowhere yet.
    work_order uuid,
    constraint work_file_pkey primary key (id),
    constraint work_file_uploader_fkey foreign key (uploader) references dispatch.staff (id),
    constraint work_file_received_check check (size > 0 and received between 0 and size),
    constraint work_file_finished_check check ((received = size) = (finished_at is not null)),
    constraint work_file_used_check check (work_order is null or finished_at is not null)
);

create index work_file_unused on dispatch.work_file (uploader)
where work_order is null;

create index work_file_work_order on dispatch.work_file (work_order)
where work_order is not null;

-- The bytes; for the service alone.
create table dispatch.work_file_piece (
    file uuid not null,
    -- Bytes before it.
    start bigint not null,
    bytes bytea not null,
    constraint work_file_piece_pkey primary key (file, start),
    constraint work_file_piece_file_fkey foreign key (file) references dispatch.work_file (id) on delete cascade
);

-- Photos are as small as they can be: nobody tries to make them smaller.
alter table dispatch.work_file_piece alter bytes set storage external;

-- How far somebody's telephone has come with its commands.
create table dispatch.phone_device (
    staff uuid not null,
    -- Made by the telephone when the suite was installed on it.
    device uuid not null,
    -- Of the last command that was answered; commands are taken in the order of their numbers, without a gap.
    sequence bigint not null default 0,
    -- Up to this command the telephone knew all answers before it gave the next.
    settled bigint not null default 0,
    -- The time that the last command was judged by.
    judged_at timestamptz,
    -- When the telephone was last heard of with nothing more to say.
    in_touch_at timestamptz,
    created_at timestamptz not null default dispatch.suite_now(),
    constraint phone_device_pkey primary key (staff, device),
    constraint phone_device_staff_fkey foreign key (staff) references dispatch.staff (id)
) with (fillfactor = 60);

-- Commands that were answered, each once; whoever sends one again gets the same answer.
create table dispatch.phone_command (
    staff uuid not null,
    -- Given by the telephone.
    id uuid not null,
    device uuid not null,
    sequence bigint not null,
    work_order uuid not null,
    -- Null: the work order itself.
    visit int,
    action text not null,
    received_at timestamptz not null,
    -- Whether it was done; what was made in the belief that it was depends on it.
    done boolean not null,
    -- What the telephone was told.
    answer jsonb not null,
    constraint phone_command_pkey primary key (staff, id),
    constraint phone_command_sequence_key unique (staff, device, sequence),
    constraint phone_command_device_fkey foreign key (staff, device) references dispatch.phone_device (staff, device)
);

-- For the service alone: whether a person may see a file, the work order says that has it.
alter table dispatch.work_file enable row level security;

create policy work_file_service on dispatch.work_file to dispatch_run using (true) with check (true);

alter table dispatch.work_file_piece enable row level security;

create policy work_file_piece_service on dispatch.work_file_piece to dispatch_run using (true) with check (true);

alter table dispatch.phone_device enable row level security;

create policy phone_device_service on dispatch.phone_device to dispatch_run using (true) with check (true);

alter table dispatch.phone_command enable row level security;

create policy phone_command_service on dispatch.phone_command to dispatch_run using (true) with check (true);
