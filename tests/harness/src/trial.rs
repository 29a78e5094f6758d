//! One run of an installation under load: faults are the caller's, the judgement is the checker's.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rand::Rng;

use crate::checker::{Report, check};
use crate::evidence::{self, Evidence, Gauge, Scope, Transcript};
use crate::journal::Operation;
use crate::wait::eventually;
use crate::{BusReader, Cluster, ClusterOptions, Door, Journal, LiveClient, Load, Seed};

/// How long anything may take on a busy machine before it counts as not coming.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// An installation, clients that load it, and live clients that follow.
#[derive(Debug)]
pub struct Trial {
    /// The installation.
    pub cluster: Cluster,
    /// What the clients were told.
    pub journal: Arc<Journal>,
    /// Where the randomness comes from.
    pub seed: Seed,
    load: Load,
    live: Vec<LiveClient>,
    reader: BusReader,
}

impl Trial {
    /// Starts everything, with so many clients that send commands.
    ///
    /// # Errors
    /// The installation did not start.
    pub async fn start(options: ClusterOptions, callers: u64) -> Result<Self> {
        let seed = Seed::of_run();
        let cluster = Cluster::start(options).await?;
        let journal = Arc::new(Journal::in_memory());
        let load = Load::start(cluster.apis()?, &journal, callers, seed);
        Ok(Self {
            reader: BusReader::start(cluster.bus().await?),
            cluster,
            journal,
            seed,
            load,
            live: Vec::new(),
        })
    }

    /// Adds a live client that cuts its own connection at random and wants everything.
    pub fn follow(&mut self, door: Door) {
        let number = u64::try_from(self.live.len()).unwrap_or(u64::MAX);
        let client = LiveClient::start(
            door,
            self.cluster.addresses(),
            self.cluster.admin(),
            Scope::All,
            self.seed.random(2_000 + number),
        );
        self.live.push(client);
    }

    /// Waits until so many more commands were answered 2xx.
    ///
    /// # Panics
    /// When they are not in time.
    pub async fn acknowledges(&self, more: usize) {
        let wanted = self.journal.acknowledged() + more;
        eventually(PATIENCE, async || {
            let now = self.journal.acknowledged();
            ensure!(now >= wanted, "{now} of {wanted} commands are answered");
            Ok(())
        })
        .await;
    }

    /// Waits until a random number of commands more were answered.
    ///
    /// # Panics
    /// When they are not in time.
    pub async fn goes_on(&self, random: &mut impl Rng) {
        self.acknowledges(random.random_range(20..120)).await;
    }

    /// Ends the load, lets everything catch up, collects every sink and judges.
    ///
    /// # Errors
    /// Something could not be collected, or a promise did not hold: the message has the report.
    pub async fn judge(self) -> Result<(Cluster, Report)> {
        // Also at this moment, before anything is asked again, no command may be there by half.
        let now = checked(
            self.seed,
            &Evidence {
                // The journal first: what was answered by then must be in the log.
                operations: self.journal.operations(),
                log: self.cluster.log().await?,
                ..Evidence::default()
            },
        );
        now.context("before anything was asked again")?;
        self.load.settle(PATIENCE).await?;
        let log = self.cluster.log().await?;
        let head = log.last().map_or(0, |event| event.position);
        let mut live: Vec<Transcript> = vec![self.reader.up_to(head, PATIENCE).await?];
        for client in self.live {
            let (transcript, connections) = client.up_to(head, PATIENCE).await?;
            eprintln!("{} came over {connections} connections", transcript.client);
            live.push(transcript);
        }
        let evidence = collect(&self.cluster, self.journal.operations(), live, head).await?;
        let report = checked(self.seed, &evidence)?;
        eprintln!("{}", serde_json::to_string(&report)?);
        Ok((self.cluster, report))
    }
}

/// Waits until everything has dealt with the log up to `head`, and reads all sinks.
async fn collect(
    cluster: &Cluster,
    operations: Vec<Operation>,
    live: Vec<Transcript>,
    head: i64,
) -> Result<Evidence> {
    let mirror = cluster.mirror_up_to(head).await?;
    let pool = cluster.pool();
    eventually(PATIENCE, async || {
        let at = evidence::models_at(pool).await?;
        ensure!(at >= head, "a read model is at {at} of {head}");
        Ok(())
    })
    .await;
    let mut gauges = Vec::new();
    for (node, api) in cluster.apis()?.iter().enumerate() {
        let seen = api.metric("pantheon_integrity_violations_total").await?;
        gauges.push(Gauge {
            name: format!("integrity violations seen by node {node}"),
            value: seen as u64,
            most: 0,
        });
    }
    // Once more, last: the copy may hold what was committed meanwhile.
    let log = cluster.log().await?;
    Ok(Evidence {
        operations,
        mirror: Some(mirror),
        live,
        models: vec![evidence::tasks(pool, &log).await?],
        gauges,
        log,
    })
}

fn checked(seed: Seed, evidence: &Evidence) -> Result<Report> {
    let report = check(evidence);
    let shown: Vec<_> = report.violations.iter().take(10).collect();
    ensure!(
        report.holds(),
        "{:?}: {} violations, the first: {shown:#?}",
        seed,
        report.violations.len()
    );
    Ok(report)
}
