//! F13: projectors end in a panic, or with their whole node, at every point where they can.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use pantheon_harness::{Cluster, ClusterOptions, Trial};
use rand::Rng;
use rand::rngs::StdRng;

use crate::{Outcome, Run};

/// The points of a projector, and those of its neighbours.
const POINTS: [&str; 8] = [
    "projection.before_batch",
    "projection.before_commit",
    "projection.after_commit",
    "projection.after_batch",
    "relay.before_publish",
    "relay.after_publish",
    "append.before_commit",
    "append.after_commit",
];
/// Points that all projections pass may be passed so often before the next one ends there.
const PASSES: u32 = 60;
/// As the node says that one was reached.
const REACHED: &str = "failpoint ";
/// Panics per life of a node, before it ends itself.
const PANICS: u32 = 6;
/// A load passes every point all the time.
const QUIET: Duration = Duration::from_secs(90);
const LOOK: Duration = Duration::from_millis(50);

pub async fn run(run: &Run) -> Result<Outcome> {
    let installation = ClusterOptions::new(&run.armed).nodes(2);
    let mut trial = Trial::of(run.plan(installation)).await?;
    let mut random = run.seed.random(1);
    let usual = run.usual(&trial).await;
    let mut points = BTreeMap::new();
    for node in 0..trial.cluster.size() {
        arm(&mut trial.cluster, node, &mut random).await?;
    }
    // What the lives of the nodes that have ended came to.
    let mut past = 0;
    let mut seen = (0, Instant::now());
    loop {
        tokio::time::sleep(LOOK).await;
        let mut now = 0;
        for node in 0..trial.cluster.size() {
            match trial.cluster.revive_node(node).await {
                Ok(Some(said)) => {
                    past += count(said.lines(), &mut points);
                    trial.cluster.set_own(node, plan(&mut random));
                }
                Ok(None) => {
                    let said = trial.cluster.process(node)?.stderr();
                    now += count(said.iter().map(String::as_str), &mut BTreeMap::new());
                }
                // It has ended before it was ready, and is started anew at the next look.
                Err(error) => eprintln!("{error:#}"),
            }
        }
        if past + now >= run.count {
            break;
        }
        if past + now > seen.0 {
            seen = (past + now, Instant::now());
        }
        ensure!(
            seen.1.elapsed() < QUIET,
            "nothing ends at a failpoint: was {} built with --features failpoints?",
            run.armed.display()
        );
    }
    let mut crashes = past;
    for node in 0..trial.cluster.size() {
        let said = trial.cluster.process(node)?.stderr();
        crashes += count(said.iter().map(String::as_str), &mut points);
        trial.cluster.set_own(node, Vec::new());
        // It may be on its way down by itself.
        if trial.cluster.revive_node(node).await?.is_none() {
            trial.cluster.kill_node(node).await?;
            trial.cluster.start_node(node).await?;
        }
        trial.cluster.well(node).await?;
    }
    eprintln!("crashes by point: {points:?}");
    ensure!(!run.is_full() || points.len() == POINTS.len(), "{points:?}");
    run.recovers(&mut trial, usual).await;
    run.judge(trial, crashes).await
}

/// Starts a node again with points to end at.
async fn arm(cluster: &mut Cluster, node: usize, random: &mut StdRng) -> Result<()> {
    cluster.set_own(node, plan(random));
    cluster.kill_node(node).await?;
    cluster.start_node(node).await?;
    // For its next life.
    cluster.set_own(node, plan(random));
    Ok(())
}

/// Panics at some points, each after so many passes, and the end of the node at one of them.
fn plan(random: &mut StdRng) -> Vec<(String, String)> {
    let mut points: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for _ in 0..PANICS {
        let point = POINTS[random.random_range(0..4)];
        let passes = random.random_range(1..PASSES);
        points
            .entry(point)
            .or_default()
            .push(format!("{passes}*off->1*panic"));
    }
    let last = POINTS[random.random_range(0..POINTS.len())];
    let passes = random.random_range(PASSES..4 * PASSES);
    points
        .entry(last)
        .or_default()
        .push(format!("{passes}*off->1*return(crash)"));
    let text: Vec<String> = points
        .into_iter()
        .map(|(point, steps)| format!("{point}={}", steps.join("->")))
        .collect();
    vec![("FAILPOINTS".to_owned(), text.join(";"))]
}

/// How often a point was reached at which something ended.
fn count<'a>(lines: impl Iterator<Item = &'a str>, points: &mut BTreeMap<String, u64>) -> u64 {
    let mut all = 0;
    for line in lines {
        // Further lines only tell of it.
        let Some(rest) = line.strip_prefix(REACHED) else {
            continue;
        };
        let point = rest.split(' ').next().unwrap_or_default();
        if POINTS.contains(&point) {
            *points.entry(point.to_owned()).or_default() += 1;
            all += 1;
        }
    }
    all
}
