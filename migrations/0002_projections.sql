-- The read side: read models live in schema `read`, their bookkeeping in `public`.
--
-- SQL of the read side names tables without a schema; the connection's search_path decides. That is
-- how a rebuild runs the same code on tables beside the live ones.

create schema read;

-- Tools that connect without our search_path (psql, compile-time checks) see the read models as
-- well. New tables still go to `public` unless a migration says `read.`. Only the owner of the
-- database may set this, and nothing depends on it at run time.
do $$
begin
    execute format('alter database %I set search_path = public, read', current_database());
exception when insufficient_privilege then
    raise notice 'not the owner of the database: its default search_path stays as it is';
end
$$;

-- Where each projection stands. The row is also its lock: whoever applies a batch updates it first.
create table projection_checkpoints (
    name        text primary key,
    -- The version of the projector whose rows these are.
    version     integer not null,
    -- Rows are the fold of the log up to and including this position.
    position    bigint not null default 0 check (position >= 0),
    -- Grows with every step that is not a batch (pause, resume, replay, swap); whoever works with an
    -- older one has to look again.
    generation  bigint not null default 0,
    state       text not null default 'running' check (state in ('running', 'paused', 'halted')),
    error       text,
    updated_at  timestamptz not null default clock_timestamp()
) with (fillfactor = 50);

-- Streams that one projection could not apply: it skips all their events from `position` on.
create table parked_streams (
    projection      text not null,
    aggregate_type  text not null,
    aggregate_id    text not null,
    position        bigint not null,
    error           text not null,
    attempts        integer not null,
    parked_at       timestamptz not null default clock_timestamp(),
    primary key (projection, aggregate_type, aggregate_id)
);

-- Rebuilds and verifications, newest last.
create table projection_rebuilds (
    id            bigint generated always as identity primary key,
    projection    text not null,
    version       integer not null,
    kind          text not null check (kind in ('rebuild', 'verify')),
    state         text not null default 'building'
                  check (state in ('building', 'verified', 'swapped', 'failed', 'rolled_back')),
    position      bigint not null default 0,
    report        jsonb,
    error         text,
    -- What the swap replaced, for the way back: {"version", "position", "parked": [...]}.
    replaced      jsonb,
    started_at    timestamptz not null default clock_timestamp(),
    finished_at   timestamptz
);

create index projection_rebuilds_by_projection on projection_rebuilds (projection, id desc);
