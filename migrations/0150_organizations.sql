-- The read models of organisations, their members and their teams.

create table read.organizations (
    -- The tenant.
    id               uuid        primary key,
    name             text        not null,
    slug             text        not null,
    description      text,
    avatar_url       text,
    github_org_login text,
    settings         jsonb       not null,
    plan             text        not null,
    -- {"sql_console", "git", "infrastructure", "deployments"}: booleans.
    features         jsonb       not null,
    owner_id         uuid,
    deleted          boolean     not null,
    created_at       timestamptz not null,
    updated_at       timestamptz not null,
    sequence         bigint      not null
);

create table read.organization_members (
    organization_id uuid        not null,
    user_id         uuid        not null,
    role            text        not null,
    status          text        not null,
    -- Permissions beside the role: code -> time until it counts, or null.
    grants          jsonb       not null,
    invited_at      timestamptz not null,
    joined_at       timestamptz,
    primary key (organization_id, user_id)
);

create index organization_members_of_user on read.organization_members (user_id);

create table read.teams (
    id              uuid        primary key,
    organization_id uuid        not null,
    name            text        not null,
    slug            text        not null,
    description     text,
    is_visible      boolean     not null,
    settings        jsonb       not null,
    deleted         boolean     not null,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    sequence        bigint      not null
);

create index teams_of_organization on read.teams (organization_id, name, id);

create table read.team_members (
    team_id         uuid        not null,
    user_id         uuid        not null,
    organization_id uuid        not null,
    role            text        not null,
    joined_at       timestamptz not null,
    primary key (team_id, user_id)
);

create index team_members_of_user on read.team_members (user_id, organization_id);

-- The organisation that somebody used last is asked at every sign-in.
create index sessions_by_activity on read.sessions (user_id, last_activity_at desc)
    where organization_id is not null;
