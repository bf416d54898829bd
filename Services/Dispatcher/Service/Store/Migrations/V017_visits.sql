-- What visits must bring back, and the customers' signatures on their sheets.

-- Every version of every rule; none is ever changed or removed, for a visit keeps the rule that it was opened under.
create table dispatch.evidence_rule (
    -- Whose work, and that of the departments below.
    department text not null,
    -- Of ticket; empty: every kind that has no rule of its own there.
    kind text not null,
    version int not null,
    -- See EvidenceRule.
    body jsonb not null,
    note text,
    -- Null: the operators' tool.
    actor uuid,
    made_at timestamptz not null,
    constraint evidence_rule_pkey primary key (department, kind, version),
    constraint evidence_rule_department_fkey foreign key (department) references dispatch.department (code),
    constraint evidence_rule_version_check check (version > 0)
);

-- Signatures, each over one sheet; the visit's field says which one stands.
create table dispatch.visit_signature (
    id uuid not null,
    work_order uuid not null,
    visit int not null,
    -- An SVG path; see SignaturePath.
    path text not null,
    signer text not null,
    -- SHA-256 of the sheet, in hexadecimal digits.
    sheet text not null,
    taken_by uuid not null,
    taken_at timestamptz not null,
    constraint visit_signature_pkey primary key (id),
    constraint visit_signature_work_order_fkey foreign key (work_order) references dispatch.work_order (id),
    constraint visit_signature_sheet_check check (sheet ~ '^[0-9a-f]{64}$')
);

create index visit_signature_visit on dispatch.visit_signature (work_order, visit);

revoke update, delete on dispatch.evidence_rule, dispatch.visit_signature from dispatch_run;

grant select, insert on dispatch.evidence_rule to dispatch_member;

grant select on dispatch.visit_signature to dispatch_member;

alter table dispatch.evidence_rule enable row level security;

create policy evidence_rule_service on dispatch.evidence_rule to dispatch_run using (true) with check (true);

-- It says nothing about people; whoever goes out reads what is wanted, also by departments above his own.
create policy evidence_rule_look on dispatch.evidence_rule for select to dispatch_member using (true);

create policy evidence_rule_make on dispatch.evidence_rule for insert to dispatch_member
with check (
    coalesce(nullif(current_setting('paidan.roles', true), ''), '{}')::text[] && array['administrator', 'manager']
    and department = any (coalesce(nullif(current_setting('paidan.departments', true), ''), '{}')::text[]));

alter table dispatch.visit_signature enable row level security;

create policy visit_signature_service on dispatch.visit_signature to dispatch_run using (true) with check (true);

create policy visit_signature_member on dispatch.visit_signature for select to dispatch_member
using (exists (select from dispatch.work_order o where o.id = visit_signature.work_order));
