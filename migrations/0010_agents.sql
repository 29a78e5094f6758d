-- The members of the fleet, as folded from their own events and from the tasks that they hold.

create table read.agents (
    tenant                uuid not null,
    id                    text not null,
    kind                  text not null,
    agent_type            text not null,
    name                  text not null,
    category              text not null,
    layer                 integer not null,
    capabilities          text[] not null,
    -- The place in the catalogue; 1000 for everybody else.
    ordinal               integer not null,
    registered            boolean not null,
    -- The key that may speak now.
    public_key            text,
    revoked               boolean not null,
    -- When a key of it was last taken away: its older tokens count no more.
    revoked_at            timestamptz,
    max_concurrent_tasks  integer not null,
    timeout_seconds       integer not null,
    retry_attempts        integer not null,
    enable_logging        boolean not null,
    status                text not null,
    health                text not null,
    desired_state         text not null,
    -- The request that is outstanding.
    request               text,
    requested_at          timestamptz,
    session_id            text,
    version               text,
    up_since              timestamptz,
    last_heartbeat        timestamptz,
    cpu_usage             double precision,
    memory_usage          double precision,
    -- What it says it is at.
    said_task             uuid,
    last_error            text,
    -- What it holds: [{"task_id", "title", "started_at", "progress"}], oldest first.
    running               jsonb not null,
    tasks_completed       bigint not null,
    tasks_failed          bigint not null,
    -- Seconds spent on completed tasks.
    seconds_completed     bigint not null,
    created_at            timestamptz not null,
    primary key (tenant, id)
) with (fillfactor = 70);

create index agents_listed on read.agents (tenant, ordinal, id) where kind = 'agent';
create index agents_asked on read.agents (requested_at) where request is not null;

-- One line of an agent's log; (position, n) is its place in the event log.
create table read.agent_logs (
    position      bigint not null,
    n             integer not null,
    tenant        uuid not null,
    agent_id      text not null,
    agent_type    text not null,
    level         text not null,
    message       text not null,
    logged_at     timestamptz not null,
    session_id    text,
    execution_id  uuid,
    context       text,
    file          text,
    line          bigint,
    issue_number  bigint,
    primary key (position, n)
);

create index agent_logs_newest on read.agent_logs (tenant, agent_id, position desc, n desc);

-- Heartbeats that left no event. No read model: a crash may empty it, and the next heartbeats fill
-- it again. Every node writes it, every node judges by it.
create unlogged table agent_liveness (
    agent_id  text primary key,
    heard_at  timestamptz not null
) with (fillfactor = 50);

create index agents_by_key on read.agents (public_key) where public_key is not null;
