//! Rebuilds: beside the live rows, compared, swapped in one step.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use pantheon_projections::engine::{Control, ControlError, RebuildError};
use tokio_util::sync::CancellationToken;

use super::probe::{NEXT, PARK, Poison, Probe};
use super::world::World;

/// Everything about the tables that a rebuild has to bring along.
async fn shape(world: &World) -> Result<Vec<String>> {
    let shape = sqlx::query_scalar(
        "select indexdef from pg_indexes where schemaname = 'read' and tablename like 'probe%'
         union all select conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
         where connamespace = 'read'::regnamespace and conname like 'probe%'
         union all select relname || reloptions::text from pg_class
         where relnamespace = 'read'::regnamespace and relname like 'probe%' and reloptions is not null
         order by 1",
    );
    Ok(shape.fetch_all(&world.pool).await?)
}

async fn tamper(world: &World) -> Result<()> {
    let statements = "update read.probe_counters set total = total + 1 where name = 'many-3';
        delete from read.probe_counters where name = 'many-4'";
    sqlx::raw_sql(statements).execute(&world.pool).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g06_a_rebuild_gives_the_same_rows() -> Result<()> {
    let world = World::new().await?;
    let probe = Probe::new(&PARK);
    let running = world.run(probe.clone()).await?;
    world.many(12_500, 60).await?;
    world.poison("sick", 1, Poison::Unstorable).await?;
    world.settled().await?;
    let (rows, lines, before) = (
        world.rows().await?,
        world.lines().await?,
        shape(&world).await?,
    );
    let report = world
        .control(probe)
        .rebuild("probe", CancellationToken::new())
        .await?;
    assert!(report.is_equal() && report.swapped, "{report:?}");
    assert_eq!((report.tables.len(), report.tables[0].rows), (2, 60));
    assert_eq!(report.parked.len(), 1, "the same events are parked");
    assert_eq!((world.rows().await?, world.lines().await?), (rows, lines));
    assert_eq!(shape(&world).await?, before);
    world.many(100, 60).await?;
    world.settled().await?;
    assert_eq!(world.rows().await?, world.fold(&["sick"]).await?);
    running.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_the_log_does_not_give_are_found_by_verify_and_healed_by_rebuild() -> Result<()> {
    let world = World::new().await?;
    let probe = Probe::new(&PARK);
    let running = world.run(probe.clone()).await?;
    world.many(300, 6).await?;
    world.settled().await?;
    tamper(&world).await?;
    let (control, stop) = (world.control(probe), CancellationToken::new());
    let found = control.verify("probe", stop.clone()).await?;
    assert!(!found.is_equal() && !found.swapped);
    assert_eq!(
        (found.tables[0].only_live, found.tables[0].only_rebuilt),
        (1, 2)
    );
    assert_eq!(found.tables[0].examples["live"][0]["name"], "many-3");
    let tampered = world.rows().await?;
    assert_ne!(tampered, world.fold(&[]).await?, "verify changes nothing");

    assert!(!control.rebuild("probe", stop.clone()).await?.is_equal());
    assert_eq!(world.rows().await?, world.fold(&[]).await?);
    assert!(control.verify("probe", stop).await?.is_equal());

    control.roll_back("probe").await?;
    assert_eq!(world.rows().await?, tampered);
    let states: Vec<_> = control
        .rebuilds("probe")
        .await?
        .into_iter()
        .map(|r| r.state)
        .collect();
    assert_eq!(states, ["verified", "rolled_back", "verified"]);
    let again = control.roll_back("probe").await;
    assert!(
        matches!(
            again,
            Err(ControlError::Rebuild(RebuildError::NothingKept(_)))
        ),
        "{again:?}"
    );
    world.count("many-5", 1).await?;
    world.settled().await?;
    running.stop().await;
    Ok(())
}

/// Reads until told to stop: in this log every event adds a line, so an answer is whole when it has
/// as many lines as its position says.
async fn keep_reading(world: Arc<World>, stop: Arc<AtomicBool>) -> Result<u64> {
    let reads = world.reads(None)?;
    let mut answers = 0;
    while !stop.load(Ordering::SeqCst) {
        let (lines, events, position): (i64, i64, i64) = sqlx::query_as(
            "select (select count(*) from probe_lines),
                    (select coalesce(sum(events), 0)::bigint from probe_counters),
                    (select position from projection_checkpoints where name = 'probe')",
        )
        .fetch_one(reads.pool())
        .await?;
        assert_eq!((lines, events), (position, position));
        answers += 1;
    }
    Ok(answers)
}

async fn rebuild_often(control: &Control) -> Result<()> {
    for _ in 0..5 {
        let report = control.rebuild("probe", CancellationToken::new()).await?;
        assert!(report.is_equal(), "{report:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_and_the_live_projection_never_notice_a_swap() -> Result<()> {
    let world = Arc::new(World::new().await?);
    let probe = Probe::new(&PARK);
    let running = world.run(probe.clone()).await?;
    world.many(2_500, 20).await?;
    world.settled().await?;
    let stop = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..3)
        .map(|_| tokio::spawn(keep_reading(Arc::clone(&world), Arc::clone(&stop))))
        .collect();
    let control = world.control(probe);
    let writing = async {
        while !stop.load(Ordering::SeqCst) {
            world.many(50, 20).await?;
        }
        anyhow::Ok(())
    };
    let rebuilding = async {
        let result = rebuild_often(&control).await;
        stop.store(true, Ordering::SeqCst);
        result
    };
    let (written, rebuilt) = tokio::join!(writing, rebuilding);
    written?;
    rebuilt?;
    for reader in readers {
        assert!(reader.await?? > 10);
    }
    world.settled().await?;
    assert_eq!(world.rows().await?, world.fold(&[]).await?);
    running.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_is_built_beside_the_old_rows_at_the_start() -> Result<()> {
    let world = World::new().await?;
    let running = world.run(Probe::new(&PARK)).await?;
    world.many(500, 5).await?;
    world.settled().await?;
    let old: i64 = world.rows().await?.iter().map(|row| row.total).sum();
    running.stop().await;

    let probe = Probe::new(&NEXT);
    let running = world.run(probe.clone()).await?;
    world.count("new", 21).await?;
    world.settled().await?;
    let new: i64 = world.rows().await?.iter().map(|row| row.total).sum();
    assert_eq!(new, 2 * old + 42);
    let control = world.control(probe);
    assert_eq!(control.list().await?[0].version, 2);

    // The way back needs the older build: this one waits.
    control.roll_back("probe").await?;
    let status = control.list().await?.remove(0);
    assert_eq!((status.version, status.state.as_str()), (1, "paused"));
    running.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_rebuild_at_a_time_and_none_of_what_has_never_run() -> Result<()> {
    let world = World::new().await?;
    let probe = Probe::new(&PARK);
    let control = world.control(probe.clone());
    let unknown = control.rebuild("probe", CancellationToken::new()).await;
    assert!(
        matches!(
            unknown,
            Err(ControlError::Rebuild(RebuildError::Unknown(_)))
        ),
        "{unknown:?}"
    );
    let running = world.run(probe).await?;
    world.many(4_000, 5).await?;
    world.settled().await?;
    let stop = CancellationToken::new();
    let (one, two) = tokio::join!(
        control.rebuild("probe", stop.clone()),
        control.verify("probe", stop.clone())
    );
    let busy = |error: &ControlError| matches!(error, ControlError::Rebuild(RebuildError::Busy(_)));
    assert!(one.as_ref().err().is_some_and(busy) || two.as_ref().err().is_some_and(busy));
    assert!(one.is_ok() || two.is_ok());
    stop.cancel();
    let stopped = control.rebuild("probe", stop).await;
    assert!(
        matches!(stopped, Err(ControlError::Rebuild(RebuildError::Stopped))),
        "{stopped:?}"
    );
    assert_eq!(world.rows().await?, world.fold(&[]).await?);
    running.stop().await;
    Ok(())
}
