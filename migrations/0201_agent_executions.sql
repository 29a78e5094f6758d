-- Executions and their logs. Read models: folds of the log, never written by hand.

create table read.agent_executions (
    id             uuid        primary key,
    tenant         uuid        not null,
    repository_id  uuid        not null,
    -- Owner and name, as they were when it was asked for.
    repository     text        not null,
    issue_number   bigint      not null,
    agent_type     text        not null,
    -- pending, running, completed, failed, cancelled
    status         text        not null,
    started_at     timestamptz,
    -- When it ended, however it did.
    completed_at   timestamptz,
    result_summary jsonb,
    quality_score  double precision,
    pr_number      bigint,
    error_message  text,
    -- {use_worktree, auto_pr, slack_notify}
    options        jsonb       not null,
    progress       integer     not null,
    -- The task that carries it out.
    task_id        uuid        not null,
    created_at     timestamptz not null,
    updated_at     timestamptz not null
);

create index agent_executions_newest on read.agent_executions (tenant, created_at desc, id desc);
create index agent_executions_of_repository on read.agent_executions (repository_id, created_at desc, id desc);

create table read.agent_execution_logs (
    -- The event, and the entry's place in it.
    position     bigint      not null,
    n            integer     not null,
    tenant       uuid        not null,
    execution_id uuid        not null,
    -- Follows from the event and the place.
    id           uuid        not null,
    log_level    text        not null,
    message      text        not null,
    logged_at    timestamptz not null,
    metadata     jsonb,
    primary key (position, n)
);

create index agent_execution_logs_of_execution on read.agent_execution_logs (execution_id, position, n);
create index agent_execution_logs_by_id on read.agent_execution_logs (execution_id, id);
