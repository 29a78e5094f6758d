-- Alerts. Read model: a fold of the log, never written by hand.

create table read.system_alerts (
    id          uuid        primary key,
    tenant      uuid        not null,
    -- info, warning or critical.
    severity    text        not null,
    title       text        not null,
    description text        not null,
    -- What noticed it, and what it is about.
    source      text        not null,
    subject     text        not null,
    -- When it was raised last, and since when it is over.
    raised_at   timestamptz not null,
    resolved_at timestamptz
);

create index system_alerts_newest on read.system_alerts (tenant, raised_at desc, id desc);
create index system_alerts_open on read.system_alerts (tenant, raised_at desc, id desc)
    where resolved_at is null;
