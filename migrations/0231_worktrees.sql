-- Worktrees. Read model: a fold of the log, never written by hand.

create table read.worktrees (
    id           uuid        primary key,
    tenant       uuid        not null,
    branch       text        not null,
    -- Nothing of one that was made outside.
    base_branch  text,
    path         text        not null,
    -- How far git is: requested, ready, failed or gone.
    stage        text        not null,
    -- Active, Idle, Completed or Error.
    status       text        not null,
    -- The type of the agent that works in it or worked in it last.
    agent_type   text,
    issue_number bigint,
    error        text,
    created_at   timestamptz not null,
    updated_at   timestamptz not null
);

create index worktrees_newest on read.worktrees (tenant, created_at desc, id desc) where stage <> 'gone';
create index worktrees_by_stage on read.worktrees (stage, updated_at);
