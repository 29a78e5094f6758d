//! S07: what the console's user may try. Nothing is written, nothing of strangers is seen, and each
//! try ends – also where the first layer, which reads the text, is passed by.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use serde_json::Value;

use super::words::CANARY;
use crate::world::{World, reply};

/// The longest that a try may take: 6 s, and what a busy machine adds to it.
const LONGEST: Duration = Duration::from_secs(10);

/// Tries that want to change something.
const WRITES: &[&str] = &[
    "delete from tasks",
    "delete from read.tasks",
    "update read.tasks set name = 'x'",
    "insert into read.timeline values (1)",
    "truncate read.tasks",
    "truncate events",
    "drop table read.tasks",
    "drop table events cascade",
    "drop schema console cascade",
    "drop schema read cascade",
    "alter table read.tasks add column x int",
    "alter table events disable trigger all",
    "create table console.mine (a int)",
    "create table public.mine (a int)",
    "create table read.mine (a int)",
    "create view console.mine as select 1",
    "create function console.mine() returns int language sql as 'select 1'",
    "create schema mine",
    "create extension dblink",
    "create extension file_fdw",
    "create role mine superuser",
    "alter role postgres password 'x'",
    "grant all on schema read to public",
    "revoke all on schema console from public",
    "select 1; delete from read.tasks",
    "select 1;; drop table read.tasks",
    "commit; delete from read.tasks",
    "rollback; delete from read.tasks",
    "end; begin read write; delete from read.tasks; commit",
    "set transaction read write; delete from read.tasks",
    "set session characteristics as transaction read write; commit; delete from events",
    "select 1 /* */; delete from read.tasks --",
    "select '; delete from read.tasks --' ; delete from read.tasks",
    "select $$;$$; delete from read.tasks",
    "select 1 -- \n; delete from read.tasks",
    "select E'\\';delete from read.tasks--'; delete from read.tasks",
    "with gone as (delete from read.tasks returning *) select * from gone",
    "with gone as (delete from console.tasks returning *) select * from gone",
    "with new as (insert into read.timeline select 1 returning *) select * from new",
    "with new as (update read.tasks set name = 'x' returning *) select 1",
    "select * into public.mine from console.tasks",
    "select * into temp mine from console.tasks; select 1",
    "create table mine as select * from console.tasks",
    "explain analyze delete from read.tasks",
    "explain (analyze) delete from read.tasks",
    "explain analyze select * from console.tasks",
    "select * from console.tasks for update",
    "select * from console.tasks for share",
    "copy read.tasks from program 'id'",
    "copy (select 1) to program 'id'",
    "copy (select 1) to '/tmp/pantheon-console'",
    "copy console.tasks from stdin",
    "do $$ begin delete from read.tasks; end $$",
    "do language plpgsql 'begin perform 1; end'",
    "call console_admit('x')",
    "select console_admit('x')",
    "select public.console_admit('x')",
    "select public.console_views(array['users'], array['x'], 'public')",
    "select append_events(null, null)",
    "select lo_creat(-1)",
    "select lo_create(77)",
    "select lo_from_bytea(0, 'x')",
    "select lo_import('/etc/passwd')",
    "select lo_put(77, 0, 'x')",
    "select setval('projection_rebuilds_id_seq', 1)",
    "select nextval('projection_rebuilds_id_seq')",
    "select query_to_xml('delete from read.tasks', true, true, '')",
    "select pg_catalog.set_config('transaction_read_only', 'off', false)",
    "select set_config('default_transaction_read_only', 'off', false); commit; delete from read.tasks",
    "prepare x as delete from read.tasks; execute x",
    "declare c cursor for select 1; fetch c; delete from read.tasks",
    "vacuum",
    "analyze read.tasks",
    "reindex table read.tasks",
    "cluster read.tasks",
    "lock table read.tasks",
    "lock table events in exclusive mode",
    "comment on table read.tasks is 'x'",
    "notify x, 'y'",
    "listen x",
    "select pg_notify('x', 'y')",
    "refresh materialized view x",
    "merge into read.tasks using (select 1) s on true when matched then delete",
    "security label on table read.tasks is 'x'",
    "import foreign schema x from server y into z",
    "alter system set work_mem = '1GB'",
    "load 'auto_explain'",
    "checkpoint",
];

/// Tries that want to see what is not theirs.
const READS: &[&str] = &[
    "select * from read.tasks",
    "select * from read.users",
    "select * from users",
    "select * from events",
    "select * from public.events",
    "select * from vault",
    "select * from data_keys",
    "select * from console_connections",
    "select * from pg_authid",
    "select rolpassword from pg_catalog.pg_shadow",
    "table read.tasks",
    "select * from (select * from read.tasks) x",
    "select (select name from read.tasks limit 1)",
    "select 1 where exists (select 1 from read.tasks where name like 'canary%')",
    "select * from console.tasks union all select * from read.tasks",
    "with t as (select * from read.tasks) select * from t",
    "with tasks as (select * from read.tasks) select * from tasks",
    "select t.* from console.tasks c, lateral (select * from read.tasks) t",
    "select * from console.tasks, read.tasks x",
    "select * from \"read\".\"tasks\"",
    "select * from read . tasks",
    "select * from U&\"r\\0065ad\".tasks",
    "select * from re/**/ad.tasks",
    "select console.tenant()",
    "select query_to_xml('select * from read.tasks', true, true, '')",
    "select table_to_xml('read.tasks', true, true, '')",
    "select schema_to_xml('read', true, true, '')",
    "select database_to_xml(true, true, '')",
    "select pg_read_file('/etc/passwd')",
    "select pg_read_binary_file('postgresql.conf')",
    "select pg_ls_dir('/')",
    "select * from pg_stat_activity",
    "select * from dblink('dbname=postgres', 'select 1') as x(a int)",
    "select current_setting('data_directory')",
    "set role postgres; select * from read.tasks",
    "set session authorization postgres; select * from read.tasks",
    "reset role; select * from read.tasks",
    "select set_config('role', 'postgres', true), (select count(*) from read.tasks)",
    "select set_config('search_path', 'read', false); select * from tasks",
    "set search_path = read; select * from tasks",
    "select xpath('/x', query_to_xml('select name from read.tasks', true, true, ''))",
    "select name from console.tasks where name > (select max(name) from read.tasks)",
    "select cast(name as int) from read.tasks",
    "select ts_stat('select name from read.tasks')",
    "select * from console.tasks where tenant is not null",
    "insert into console_connections values (pg_backend_pid(), gen_random_uuid()); select * from console.tasks",
    "with x as (update console_connections set tenant = gen_random_uuid() returning 1) select * from console.tasks, x",
    "select * from information_schema.tables",
];

/// Tries that want to take long, or to hold others up.
const LOADS: &[&str] = &[
    "select pg_sleep(60)",
    "select pg_sleep_for('1 minute')",
    "select pg_sleep_until(now() + interval '1 minute')",
    "select count(*) from console.activity a, console.activity b, console.activity c, console.activity d, console.activity e",
    "select count(*) from console.agents a cross join console.agents b cross join console.agents c cross join console.agents d cross join console.agents e cross join console.agents f",
    "with recursive r(n) as (select 1 union all select n + 1 from r) select count(*) from r",
    "with recursive r(s) as (select 'x' union all select s || s from r) select length(s) from r",
    "select repeat('x', 1000000000)",
    "select generate_series(1, 1000000000)",
    "select count(*) from generate_series(1, 1000000000)",
    "select string_agg(a.title, b.title) from console.activity a, console.activity b, console.activity c",
    "select array_agg(a) from console.agents a, console.agents b, console.agents c, console.agents d, console.agents e",
    "select pg_advisory_lock(7883955210531274601)",
    "select pg_advisory_xact_lock(7883955210531274601)",
    "select pg_try_advisory_lock(7883955210531274601), pg_sleep(60)",
    "select pg_terminate_backend(pid) from pg_stat_activity",
    "select pg_cancel_backend(pid) from pg_stat_activity",
    "select pg_reload_conf()",
    "select pg_switch_wal()",
    "select 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' ~ '^(a+)+$'",
    "select regexp_replace('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', '(a*)*b', '')",
    "set statement_timeout = 0; select pg_sleep(60)",
    "select set_config('statement_timeout', '0', false), pg_sleep(60)",
    "select 10 ^ 100000, power(10, 300) * power(10, 300)",
    "select json_agg(x) from (select * from console.activity a, console.activity b) x",
];

/// What must be the same afterwards, of the whole database.
async fn state(world: &World) -> Vec<(String, i64)> {
    let pool = world.node.app().log.pool();
    let mut all = Vec::new();
    for sql in [
        "select count(*) from events where event_type <> 'database_query_executed' and aggregate_type <> 'node' and aggregate_type <> 'access_trail'",
        "select count(*) from read.tasks",
        "select coalesce(sum(hashtext(t::text)), 0)::bigint from read.tasks t",
        "select count(*) from pg_class where relkind in ('r', 'v', 'm', 'f') and relpersistence <> 't'",
        "select count(*) from pg_proc",
        "select count(*) from pg_namespace where nspname !~ '^pg_(toast_)?temp'",
        "select count(*) from pg_largeobject_metadata",
        "select count(*) from pg_extension",
        "select count(*) from pg_class where relname = 'tasks' and relrowsecurity",
    ] {
        let found: i64 = sqlx::query_scalar(sql)
            .fetch_one(pool)
            .await
            .expect("a count");
        all.push((sql.to_owned(), found));
    }
    all
}

async fn world() -> World {
    let world = World::new().await;
    world.elsewhere().await;
    world.task_named(&world.admin, "ours").await;
    world.task_named(&world.stranger(), CANARY).await;
    world.settled().await;
    // The role and its views are there before anybody looks.
    assert_eq!(
        world.rows("select count(*) as n from tasks").await[0]["n"],
        1
    );
    world
}

/// Commands go on, whatever is tried: each is answered well within a request's time.
async fn commands(world: &World) {
    for n in 0.. {
        let began = Instant::now();
        world
            .task_named(&world.admin, &format!("meanwhile {n}"))
            .await;
        assert!(
            began.elapsed() < LONGEST,
            "a command took {:?}",
            began.elapsed()
        );
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s07_no_hostile_query_writes_sees_strangers_or_goes_on() {
    let world = world().await;
    let before = state(&world).await;
    let all: Vec<&str> = [WRITES, READS, LOADS].concat();
    assert!(all.len() >= 120, "{}", all.len());
    let tried = stream::iter(all).map(|sql| {
        let world = &world;
        async move {
            let began = Instant::now();
            let answer = reply(world.question(&world.admin, sql)).await;
            let took = began.elapsed();
            assert!(took < LONGEST, "{sql} took {took:?}");
            let text = answer.body.to_string();
            assert!(!text.contains(CANARY), "{sql}: {text}");
            let status = answer.status.as_u16();
            assert!([200, 422].contains(&status), "{sql}: {status} {text}");
            (sql, status, answer.body)
        }
    });
    // One after the other: two at a time is all there is room for, and one of them may be a load.
    let tried: Vec<(&str, u16, Value)> = tried.buffered(1).collect().await;
    for (sql, status, body) in &tried {
        let harmless = LOADS.contains(sql);
        assert!(*status == 422 || harmless, "{sql} was answered: {body}");
    }
    assert_eq!(state(&world).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn s07_commands_go_on_while_a_question_takes_all_it_may() {
    let world = world().await;
    let load = LOADS[3];
    let asked = async {
        let console = &world.node.app().console;
        for sql in ["select pg_advisory_lock(1), pg_sleep(60)", load] {
            let began = Instant::now();
            let _ = console.run_unguarded(world.tenant, sql).await;
            assert!(
                began.elapsed() < LONGEST,
                "{sql} took {:?}",
                began.elapsed()
            );
        }
    };
    tokio::select! {
        () = asked => {}
        () = commands(&world) => {}
    }
    // Nothing of it is left behind.
    let pool = world.node.app().log.pool();
    pantheon_harness::soon(async || {
        let left: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity where application_name = 'pantheon-console' and datname = current_database()",
        )
        .fetch_one(pool)
        .await
        .expect("a count");
        left == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s07_the_role_alone_keeps_hostile_queries_from_writing_and_from_strangers() {
    let world = world().await;
    let before = state(&world).await;
    let console = &world.node.app().console;
    for sql in [WRITES, READS].concat() {
        let said = console.run_unguarded(world.tenant, sql).await;
        let values = said.unwrap_or_default();
        assert!(
            !values.iter().any(|value| value.contains(CANARY)),
            "{sql}: {values:?}"
        );
    }
    assert_eq!(state(&world).await, before);
    // The tenant is who was said to be asking, whatever the question makes of its own settings.
    let elsewhere = pantheon_events::TenantId::of_slug("elsewhere");
    let theirs = console
        .run_unguarded(elsewhere, "select name from tasks")
        .await;
    assert_eq!(theirs.expect("rows"), [CANARY]);
}
