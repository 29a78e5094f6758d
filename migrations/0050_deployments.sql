-- Deployments and their logs. Read models: folds of the log, never written by hand.

create table read.deployments (
    id                  uuid        primary key,
    tenant              uuid        not null,
    environment_id      uuid        not null,
    environment         text        not null,
    version             text        not null,
    deployment_type     text        not null,
    -- pending, running, success, failed
    status              text        not null,
    -- cancelled, rolled_back
    outcome             text,
    commit_sha          text,
    pr_number           bigint,
    deployed_by         text        not null,
    approval_id         uuid,
    released_at         timestamptz,
    started_at          timestamptz,
    completed_at        timestamptz,
    duration_seconds    bigint,
    health_check_status text        not null,
    -- Whether it is the newest success and has an older one before it.
    rollback_available  boolean     not null,
    -- [{name, status, started_at, completed_at}], in order.
    stages              jsonb       not null,
    error               text,
    created_at          timestamptz not null,
    -- When something was last heard of it.
    updated_at          timestamptz not null
);

create index deployments_newest on read.deployments (tenant, created_at desc, id desc);
create index deployments_by_environment on read.deployments (environment_id, created_at desc);
create index deployments_open on read.deployments (updated_at) where status in ('pending', 'running');
