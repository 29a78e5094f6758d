-- Tokens that were taken back before their end. Every node reads the table once a second.

create table revoked_tokens (
    jti        uuid        primary key,
    revoked_at timestamptz not null default now(),
    by         text        not null,
    expires_at timestamptz not null
);

comment on table revoked_tokens is 'A row may go once expires_at has passed: the token is refused by its own end then.';
