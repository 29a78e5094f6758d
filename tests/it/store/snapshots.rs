//! Streams that are loaded from their last snapshot on.

use pantheon::domain::agents::Agent;
use pantheon::store::{Dispatcher, DispatcherOptions, EventStore, Loaded};
use pantheon_events::agents::{EnrollAgent, MemberKind, RecordHeartbeat, ReportedState};
use pantheon_events::{Actor, CommandContext, Sequence};
use pantheon_harness::soon;
use pantheon_nats::AgentCredentials;
use sqlx::PgPool;
use tokio_util::task::TaskTracker;

use crate::world::World;

const AGENT: &str = "codegen-7";
const BEATS: u32 = 1_100;

/// An agent with a long stream, of which a snapshot was taken on the way.
async fn long_lived(world: &World) -> PgPool {
    let agents = &world.node.app().commands.agents;
    let credentials = AgentCredentials::generate(AGENT.parse().expect("an id")).expect("a key");
    let enrol = EnrollAgent {
        public_key: credentials.public_key,
        agent_type: "codegen".to_owned(),
        kind: MemberKind::Agent,
        name: None,
        layer: None,
        capabilities: vec![],
    };
    let by = |actor| CommandContext::new(world.tenant, actor, None);
    let enrolled = agents.dispatch(AGENT, enrol, by(Actor::human("test")));
    enrolled.await.expect("enrolled");
    let beats = (0..BEATS).map(|n| {
        let beat = RecordHeartbeat {
            state: Some(ReportedState::Active),
            cpu_usage: Some(f64::from(n) / 11.0),
            ..RecordHeartbeat::default()
        };
        agents.dispatch(AGENT, beat, by(Actor::agent(AGENT)))
    });
    futures_util::future::try_join_all(beats)
        .await
        .expect("heard");
    let pool = world.node.app().log.pool().clone();
    soon(async || sequence(&pool).await.filter(|sequence| *sequence >= 1_000)).await;
    pool
}

async fn sequence(pool: &PgPool) -> Option<i64> {
    sqlx::query_scalar("select sequence from stream_snapshots where aggregate_id = $1")
        .bind(AGENT)
        .fetch_optional(pool)
        .await
        .expect("Postgres answers")
}

/// The stream, loaded by a node that has nothing in memory.
async fn loaded(world: &World) -> Loaded<Agent> {
    let app = world.node.app();
    let forgetful = Dispatcher::<Agent>::new(DispatcherOptions {
        pool: app.log.pool().clone(),
        writer: app.writer.clone(),
        clock: app.clock.clone(),
        tracker: TaskTracker::new(),
        cached_streams: 10,
    });
    forgetful.load(AGENT).await.expect("it is there")
}

/// The stream, folded from its first event.
async fn folded(world: &World, pool: &PgPool) -> Loaded<Agent> {
    run(pool, "delete from stream_snapshots").await;
    loaded(world).await
}

async fn run(pool: &PgPool, statement: &str) {
    let done = sqlx::query(statement).execute(pool).await;
    assert!(done.expect(statement).rows_affected() > 0, "{statement}");
}

fn assert_same(left: &Loaded<Agent>, right: &Loaded<Agent>) {
    assert_eq!(left.aggregate, right.aggregate);
    assert_eq!((left.sequence, left.tenant), (right.sequence, right.tenant));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_from_its_snapshot_is_the_fold_of_all_its_events() {
    let world = World::new().await;
    let pool = long_lived(&world).await;
    let short = loaded(&world).await;
    let whole = folded(&world, &pool).await;
    assert_same(&short, &whole);
    assert!(whole.sequence.get() > i64::from(BEATS));
    // Loading a long stream leaves a snapshot for the next one.
    assert_eq!(sequence(&pool).await, Some(whole.sequence.get()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_snapshot_that_arrives_late_does_not_replace_a_newer_one() {
    let world = World::new().await;
    let pool = long_lived(&world).await;
    let whole = folded(&world, &pool).await;
    let older = Loaded {
        sequence: Sequence::new(500),
        ..whole.clone()
    };
    let store = EventStore::<Agent>::new(pool.clone());
    store.keep(AGENT, &older).await;
    assert_eq!(sequence(&pool).await, Some(whole.sequence.get()));
    run(
        &pool,
        "update stream_snapshots set rules = 'of another build'",
    )
    .await;
    store.keep(AGENT, &older).await;
    assert_eq!(
        sequence(&pool).await,
        Some(500),
        "one that is void is replaced"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_of_other_rules_or_of_an_event_that_is_gone_counts_for_nothing() {
    let world = World::new().await;
    let pool = long_lived(&world).await;
    let whole = folded(&world, &pool).await;
    let wrong = r#"state = replace(state, 'codegen', 'somebody')"#;
    for made_void in [
        "rules = 'of another build'",
        "event_id = gen_random_uuid()",
        "sequence = sequence + 1000000",
    ] {
        let statement = format!("update stream_snapshots set {wrong}, {made_void}");
        run(&pool, &statement).await;
        assert_same(&loaded(&world).await, &whole);
    }
    run(&pool, "update stream_snapshots set state = 'torn'").await;
    assert_same(&loaded(&world).await, &whole);
}
