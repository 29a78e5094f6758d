-- Plans. A read model: a fold of the log, never written by hand. How its tasks are stands in
-- read.tasks.

create table read.plans (
    id             uuid        primary key,
    tenant         uuid        not null,
    name           text        not null,
    description    text,
    status         text        not null,
    issue_number   bigint,
    repository_id  uuid,
    -- The workflow whose run it is.
    workflow_id    uuid,
    created_by     text        not null,
    -- What it is made of, as it was planned, in the order it was given.
    tasks          jsonb       not null,
    -- Why it failed or was given up.
    error          text,
    created_at     timestamptz not null,
    updated_at     timestamptz not null
);

create index plans_newest on read.plans (tenant, created_at desc, id desc);
