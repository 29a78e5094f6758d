-- What agents, executions and deployments wrote, and the observed repository's history: one row per
-- entry, kept for a while. A read model: the log itself keeps everything.
create table read.logs (
    position      bigint      not null,
    n             integer     not null,
    -- Counts the entries from 1 on, so that the newest so many are found without counting.
    number        bigint      not null,
    tenant        uuid        not null,
    event_id      uuid        not null,
    logged_at     timestamptz not null,
    recorded_at   timestamptz not null,
    -- agent, execution, git or deployment.
    source        text        not null,
    level         text        not null,
    message       text        not null,
    session_id    text        not null,
    -- The id in the catalogue.
    agent_type    text,
    agent_id      text,
    execution_id  uuid,
    deployment_id uuid,
    context       text,
    file          text,
    line          bigint,
    issue_number  bigint,
    primary key (position, n)
);

create index logs_newest on read.logs (tenant, logged_at desc, position desc, n desc);
create index logs_of_deployment on read.logs (deployment_id, position desc, n desc)
    where deployment_id is not null;
-- What retention asks for.
create unique index logs_number on read.logs (number);
create index logs_recorded on read.logs (recorded_at);
