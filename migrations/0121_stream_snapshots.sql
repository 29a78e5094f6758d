-- Folded streams, so that a long one is not read from its beginning. A cache: every row may be
-- deleted at any time.

create table stream_snapshots (
    aggregate_type text        collate "C" not null,
    aggregate_id   text        collate "C" not null,
    -- The last event that is folded in. While the log holds another one there, the row counts
    -- for nothing.
    sequence       bigint      not null check (sequence > 0),
    event_id       uuid        not null,
    -- The rules and events of the build that folded it. Another build does not use it.
    rules          text        not null,
    tenant         uuid,
    state          text        not null,
    taken_at       timestamptz not null default clock_timestamp(),
    constraint stream_snapshots_pkey primary key (aggregate_type, aggregate_id)
);
