-- The read model of the trail of access: sign-ins, failed ones, refusals, exports, tokens.

create table read.access_log (
    position    bigint      primary key,
    id          uuid        not null,
    tenant      uuid        not null,
    happened_at timestamptz not null,
    -- login, login_failed, denied, export, token_issued.
    kind        text        not null,
    -- human or agent; null when nobody knows who it was.
    actor_kind  text,
    actor_id    text,
    -- Whose key the next two are sealed with.
    subject     uuid,
    ip_address  text,
    user_agent  text,
    method      text,
    route       text,
    -- How many alike, and when the first of them was.
    count       bigint      not null,
    first_at    timestamptz not null,
    -- The refusal's code, what was exported, the way or the failure of a sign-in, a token's role.
    detail      text        not null
);

create index access_log_newest on read.access_log (tenant, position desc);
create index access_log_sign_ins on read.access_log (tenant, happened_at desc)
    where kind in ('login', 'login_failed');
