-- Which node does what there is one of, and how far each process has come.

create table leases (
    name    text        primary key,
    holder  text        not null,
    until   timestamptz not null
);

comment on table leases is 'One row per single worker (relay, processes). Taken and renewed by compare-and-swap; never waited for.';

create table process_checkpoints (
    name       text        primary key,
    position   bigint      not null check (position >= 0),
    updated_at timestamptz not null default now()
);
