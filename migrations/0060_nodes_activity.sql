-- Nodes and their machines; what happened, for people; the fleet's states over time. Read models:
-- folds of the log, never written by hand.

create table read.nodes (
    id              text        primary key,
    tenant          uuid        not null,
    version         text        not null,
    started_at      timestamptz not null,
    stopped_at      timestamptz,
    sampled_at      timestamptz,
    -- Percent, 0 to 100.
    cpu_usage       double precision,
    memory_usage    double precision,
    disk_usage      double precision,
    uptime_seconds  bigint      not null
);

create index nodes_live on read.nodes (tenant, sampled_at) where stopped_at is null;

create table read.activity (
    position    bigint      primary key,
    tenant      uuid        not null,
    event_id    uuid        not null,
    happened_at timestamptz not null,
    title       text        not null,
    description text        not null,
    category    text        not null,
    severity    text        not null
);

create index activity_newest on read.activity (tenant, position desc);

-- How much happened on each day (UTC), so that nobody counts the table above.
create table read.activity_days (
    tenant uuid   not null,
    day    date   not null,
    events bigint not null,
    primary key (tenant, day)
);

create table read.timeline (
    position    bigint      primary key,
    tenant      uuid        not null,
    happened_at timestamptz not null,
    agent       text        not null,
    -- RUN, IDLE or DEAD.
    state       text        not null
);

create index timeline_newest on read.timeline (tenant, position desc);
