-- Secrets that are kept outside the log, and the read models of accounts and sessions.

-- What must not stand in the log: password hashes, credentials of outside services. A row is written
-- before the event that names it and means nothing until then.
create table vault (
    secret_id  uuid        primary key,
    tenant     uuid        not null,
    -- Nonce and ciphertext (XChaCha20-Poly1305); tenant and secret id are authenticated with it.
    ciphertext bytea       not null,
    -- Which master key it was sealed with.
    key_id     text        not null,
    created_at timestamptz not null default now()
);

-- Keys that are themselves sealed with the master key: one for each person's texts, one for login
-- names. Deleting a person's key erases every text of that person, in the log too.
create table data_keys (
    id         uuid        primary key,
    purpose    text        not null,
    wrapped    bytea       not null,
    key_id     text        not null,
    created_at timestamptz not null default now()
);

create table read.users (
    id             uuid        primary key,
    email_key      text        not null,
    -- Texts are sealed for the account (`1.…`).
    email          text        not null,
    username_key   text        not null,
    username       text        not null,
    full_name      text,
    avatar_url     text,
    github_id      bigint,
    role           text        not null,
    active         boolean     not null,
    email_verified boolean     not null,
    credential_id  uuid,
    locked_until   timestamptz,
    -- Tokens that were made before this position count no more.
    tokens_after   bigint,
    -- The same after a change of the password, but for one session.
    password_after bigint,
    password_keeps uuid,
    last_login_at  timestamptz,
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    sequence       bigint      not null
);

create table read.sessions (
    id               uuid        primary key,
    user_id          uuid        not null,
    way              text        not null,
    organization_id  uuid,
    started_at       timestamptz not null,
    last_activity_at timestamptz not null,
    -- Sealed for the account.
    ip_address       text,
    user_agent       text,
    ended_at         timestamptz,
    end_reason       text
);

create index sessions_of_user on read.sessions (user_id, started_at desc) where ended_at is null;
create index sessions_ended on read.sessions (ended_at) where ended_at is not null;
