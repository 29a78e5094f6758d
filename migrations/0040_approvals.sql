-- Approvals and their policies. Read models: folds of the log, never written by hand.

create table read.approvals (
    id             uuid        primary key,
    tenant         uuid        not null,
    resource_type  text        not null,
    resource_id    uuid        not null,
    subject_digest text,
    requester_id   text        not null,
    -- The last who decided, and what they said.
    approver_id    text,
    comments       text,
    status         text        not null,
    title          text,
    context        jsonb       not null,
    current_stage  bigint      not null,
    stages         jsonb       not null,
    -- Who may decide in any stage, and who has decided.
    named_roles    text[]      not null,
    named_users    text[]      not null,
    deciders       text[]      not null,
    -- Of the open stage; null when there is none, or when it was reminded of.
    deadline       timestamptz,
    remind_at      timestamptz,
    -- Whether its next timeout names others.
    escalates      boolean     not null,
    approved_at    timestamptz,
    consumed_at    timestamptz,
    expires_at     timestamptz not null,
    created_at     timestamptz not null,
    sequence       bigint      not null
);

create index approvals_newest on read.approvals (tenant, created_at desc, id desc);
create index approvals_by_resource on read.approvals (resource_id);
create index approvals_due on read.approvals (deadline) where status = 'pending';
create index approvals_to_remind on read.approvals (remind_at) where status = 'pending';

create table read.approval_policies (
    id            uuid        primary key,
    tenant        uuid        not null,
    resource_type text        not null,
    policy        jsonb       not null,
    updated_at    timestamptz not null,
    sequence      bigint      not null
);

create index approval_policies_by_type on read.approval_policies (tenant, resource_type);
