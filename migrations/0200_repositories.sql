-- Repositories. Read model: a fold of the log, never written by hand.

create table read.repositories (
    -- Follows from the tenant and the name in lower case.
    id             uuid        primary key,
    tenant         uuid        not null,
    -- Who took it up last.
    user_id        uuid        not null,
    owner          text        not null,
    name           text        not null,
    full_name      text        not null,
    is_active      boolean     not null,
    -- Let go; kept because executions refer to it.
    removed        boolean     not null,
    -- GitHub's number, 0 until it is known.
    github_repo_id bigint      not null,
    default_branch text,
    -- pending, linked, failed or not_configured.
    link_status    text        not null,
    -- When its issues were read last, until when they are known, and whether that was all of them.
    synced_at      timestamptz,
    synced_through timestamptz,
    synced_whole   boolean     not null,
    -- Whether somebody waits for them.
    awaited        boolean     not null,
    sync_error     text,
    created_at     timestamptz not null,
    updated_at     timestamptz not null
);

create index repositories_newest on read.repositories (tenant, updated_at desc, id desc)
    where not removed;
-- For GitHub's webhook, which names a repository and no tenant.
create index repositories_by_name on read.repositories (lower(full_name)) where not removed;
