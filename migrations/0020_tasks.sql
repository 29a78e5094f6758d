-- Tasks, and which of them waits for which. Read models: folds of the log, never written by hand.

create table read.tasks (
    id                   uuid        primary key,
    tenant               uuid        not null,
    -- Who made it; what is no user has a UUID derived from its name.
    user_id              uuid        not null,
    name                 text        not null,
    description          text,
    status               text        not null,
    priority             text        not null,
    agent_type           text,
    required_capability  text,
    assigned_to          text,
    task_type            text,
    repository_id        uuid,
    execution_id         uuid,
    plan_id              uuid,
    issue_number         bigint,
    estimated_minutes    integer,
    progress             integer     not null,
    retry_count          integer     not null,
    max_retries          integer     not null,
    timeout_seconds      integer     not null,
    metadata             jsonb       not null,
    result               jsonb,
    error_message        text,
    started_at           timestamptz,
    completed_at         timestamptz,
    failed_at            timestamptz,
    cancelled_at         timestamptz,
    created_at           timestamptz not null,
    updated_at           timestamptz not null,
    -- How often it was started; the event that started the present attempt, and its position.
    attempt              integer     not null,
    attempt_event        uuid,
    attempt_position     bigint,
    -- When the present attempt is taken for lost; when it may be claimed again.
    deadline             timestamptz,
    ready_at             timestamptz
);

-- The list's order: P0, P1, P2, then newest.
create index tasks_in_order on read.tasks (tenant, priority, created_at desc, id desc);
create index tasks_by_status on read.tasks (tenant, status, priority, created_at desc, id desc);
create index tasks_by_holder on read.tasks (tenant, assigned_to) where assigned_to is not null;
create index tasks_by_plan on read.tasks (plan_id) where plan_id is not null;
create index tasks_by_deadline on read.tasks (deadline) where status = 'running';

create table read.task_dependencies (
    id                  uuid        primary key,
    tenant              uuid        not null,
    task_id             uuid        not null,
    depends_on_task_id  uuid        not null,
    dependency_type     text        not null,
    created_at          timestamptz not null,
    -- A removed one stays, so that removing it again can be answered as the first time.
    removed             boolean     not null,
    -- Its last event.
    position            bigint      not null,
    sequence            bigint      not null
);

create index task_dependencies_by_task on read.task_dependencies (task_id);
create index task_dependencies_by_other on read.task_dependencies (depends_on_task_id);
