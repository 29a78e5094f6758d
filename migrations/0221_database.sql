-- The database as people use it by hand.

-- Exports: a read model; their files lie beside it, so that any node can give them out.
create table read.database_exports (
    id           uuid        primary key,
    tenant       uuid        not null,
    user_id      text        not null,
    -- pending, completed, failed or expired.
    status       text        not null,
    format       text        not null,
    tables       text[]      not null,
    rows         bigint,
    bytes        bigint,
    error        text,
    created_at   timestamptz not null,
    expires_at   timestamptz not null
);

create index database_exports_newest on read.database_exports (tenant, created_at desc, id desc);
create index database_exports_open on read.database_exports (expires_at)
    where status in ('pending', 'completed');

create table export_files (
    export_id uuid    not null,
    n         integer not null,
    data      bytea   not null,
    primary key (export_id, n)
);

-- The views that may be asked by hand. A node makes them, and makes them anew when a read model was
-- rebuilt: they belong to the tables of the moment.
create schema console;

-- Whom a connection of the console's role asks for: written by the node that opened it, before
-- anything is asked on it. The role itself can neither read nor write this.
create unlogged table console_connections (
    pid    integer primary key,
    tenant uuid    not null
);

create function console.tenant() returns uuid
    language sql stable security definer set search_path = ''
as $$
    select c.tenant from public.console_connections c where c.pid = pg_catalog.pg_backend_pid()
$$;

revoke all on function console.tenant() from public;

-- The role that the console connects as, one per database, with this password; its name. It owns
-- nothing and may only read the views.
create function console_admit(password text) returns text
    language plpgsql set search_path = '' set client_min_messages = 'warning'
as $$
declare
    -- Roles belong to the whole cluster, views to one of its databases.
    who text := (
        select 'pantheon_console_' || d.oid from pg_catalog.pg_database d
        where d.datname = pg_catalog.current_database()
    );
    setting text;
begin
    perform pg_catalog.pg_advisory_xact_lock(7883955210531274602);
    if not exists (select from pg_catalog.pg_roles r where r.rolname = who) then
        execute format('create role %I nosuperuser nocreatedb nocreaterole noreplication noinherit', who);
    end if;
    execute format('alter role %I with login password %L', who, password);
    execute format('grant connect on database %I to %I', pg_catalog.current_database(), who);
    execute format('grant usage on schema console to %I', who);
    execute format('grant execute on function console.tenant() to %I', who);
    foreach setting in array array[
        'default_transaction_read_only = on',
        'search_path = console',
        'statement_timeout = ''5s''',
        'lock_timeout = ''1s''',
        'idle_in_transaction_session_timeout = ''10s''',
        'work_mem = ''16MB''',
        'max_parallel_workers_per_gather = 0',
        'jit = off'
    ] loop
        execute format('alter role %I set %s', who, setting);
    end loop;
    -- What only a superuser may say.
    begin
        execute format('alter role %I set temp_file_limit = ''128MB''', who);
        revoke execute on function pg_catalog.lo_creat(integer) from public;
        revoke execute on function pg_catalog.lo_create(oid) from public;
        revoke execute on function pg_catalog.lo_from_bytea(oid, bytea) from public;
        revoke execute on function pg_catalog.lo_put(oid, bigint, bytea) from public;
        revoke execute on function pg_catalog.lo_unlink(oid) from public;
        revoke execute on function pg_catalog.lowrite(integer, bytea) from public;
    exception when insufficient_privilege then
        null;
    end;
    return who;
end
$$;

-- Makes the views of these tables as they are now: those columns that are not hidden, and of the
-- asking tenant's rows. How many it made. A table that this database does not have is passed over.
create function console_views(tables text[], hidden text[], who text) returns integer
    language plpgsql set search_path = '' set client_min_messages = 'warning'
as $$
declare
    wanted   text;
    source   oid;
    names    text;
    made     integer := 0;
    mark     text;
begin
    perform pg_catalog.pg_advisory_xact_lock(7883955210531274602);
    foreach wanted in array tables loop
        source := pg_catalog.to_regclass(format('read.%I', wanted));
        continue when source is null;
        select string_agg(format('t.%I', a.attname), ', ' order by a.attnum) into names
        from pg_catalog.pg_attribute a
        where a.attrelid = source and a.attnum > 0 and not a.attisdropped
            and a.attname <> 'tenant'
            and not (wanted || '.' || a.attname = any(hidden));
        mark := pg_catalog.md5(names) || ' ' || source;
        continue when mark = pg_catalog.obj_description(
            pg_catalog.to_regclass(format('console.%I', wanted)), 'pg_class');
        execute format('drop view if exists console.%I', wanted);
        execute format(
            'create view console.%I with (security_barrier) as select %s from read.%I t '
            'where t.tenant = (select console.tenant())', wanted, names, wanted);
        execute format('grant select on console.%I to %I', wanted, who);
        execute format('comment on view console.%I is %L', wanted, mark);
        made := made + 1;
    end loop;
    return made;
end
$$;

-- A function is everybody's to call unless somebody says otherwise.
revoke all on function console_admit(text) from public;
revoke all on function console_views(text[], text[], text) from public;
