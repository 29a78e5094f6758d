-- Infrastructure: what the installation runs on. Read models: folds of the log, never written by hand.

-- A place is a cloud account or, under the account `local`, the installation itself.
create table read.infrastructure_places (
    id        uuid        primary key,
    tenant    uuid        not null,
    account   text        not null,
    name      text,
    region    text,
    -- When it was looked at last with success, when somebody asked for a look last and whether that
    -- is still to come, and why the last one failed.
    synced_at timestamptz,
    asked_at  timestamptz,
    waiting   boolean     not null,
    failed    text
);

create index infrastructure_places_of on read.infrastructure_places (tenant, account);
create index infrastructure_places_asked on read.infrastructure_places (asked_at desc);

create table read.infrastructure_resources (
    place             uuid        not null,
    id                text        not null,
    tenant            uuid        not null,
    account           text        not null,
    region            text,
    name              text        not null,
    -- vpc, subnet … and planned, creating, available, updating, deleting, failed.
    kind              text        not null,
    state             text        not null,
    arn               text,
    cidr              text,
    availability_zone text,
    parent            text,
    created_at        timestamptz,
    connections       text[]      not null,
    -- What else is known of it, and what people wrote on it: names to texts.
    metadata          jsonb       not null,
    tags              jsonb       not null,
    primary key (place, id)
);

create index infrastructure_resources_of on read.infrastructure_resources (tenant, kind, id);

create table read.infrastructure_containers (
    place  uuid   not null,
    name   text   not null,
    tenant uuid   not null,
    -- Docker's word; healthy, unhealthy, starting or none.
    status text   not null,
    health text   not null,
    ports  text[] not null,
    image  text,
    primary key (place, name)
);

create index infrastructure_containers_of on read.infrastructure_containers (tenant, name);

create table read.infrastructure_services (
    place  uuid not null,
    name   text not null,
    tenant uuid not null,
    -- part or node; running, stopped or degraded.
    kind   text not null,
    status text not null,
    url    text,
    port   integer,
    primary key (place, name)
);

create index infrastructure_services_of on read.infrastructure_services (tenant, name);

-- Which parts a node runs. Nodes of the builds before do not say it.
alter table read.nodes add column parts text[] not null default '{}';
