//! One run of an installation under load: faults are the caller's, the judgement is the checker's.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use rand::Rng;
use serde_json::Value;
use tokio::sync::watch;

use crate::checker::{Report, check};
use crate::evidence::{self, Evidence, Gauge, Pace, Rebuilt, Scope, Transcript};
use crate::journal::{Answer, Operation};
use crate::load::{Fleet, Workload};
use crate::wait::eventually;
use crate::{
    Address, BusReader, Cluster, ClusterOptions, Door, Journal, LiveClient, Load, Process, Seed,
};

/// How long anything may take on a busy machine before it counts as not coming.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How long a read model of a long run may take to be built anew.
const REBUILD: Duration = Duration::from_secs(900);

/// What a run is made of.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The installation.
    pub cluster: ClusterOptions,
    /// Where the randomness comes from.
    pub seed: Seed,
    /// Clients that send commands.
    pub callers: u64,
    /// How many commands a second they send together; as many as are answered when left out.
    pub per_second: Option<u32>,
    /// Agents that beat. None = the clients make and change tasks alone.
    pub agents: usize,
    /// Live clients, on WebSocket and SSE in turn.
    pub live: usize,
    /// Where the journal is kept on disk; in memory alone when left out.
    pub journal: Option<PathBuf>,
    /// Whether every read model is also built anew by the product and held against its rows.
    pub rebuild: bool,
}

impl Plan {
    /// So many clients that make and change tasks as fast as they are answered.
    #[must_use]
    pub fn tasks(cluster: ClusterOptions, seed: Seed, callers: u64) -> Self {
        Self {
            cluster,
            seed,
            callers,
            per_second: None,
            agents: 0,
            live: 0,
            journal: None,
            rebuild: false,
        }
    }
}

/// An installation, clients that load it, and live clients that follow.
#[derive(Debug)]
pub struct Trial {
    /// The installation.
    pub cluster: Cluster,
    /// What the clients were told.
    pub journal: Arc<Journal>,
    /// Where the randomness comes from.
    pub seed: Seed,
    /// Limits that were watched while the run went on, judged with everything else.
    pub gauges: Vec<Gauge>,
    /// Throughput around faults, judged with everything else.
    pub paces: Vec<Pace>,
    load: Load,
    live: Vec<LiveClient>,
    reader: BusReader,
    awake: watch::Sender<bool>,
    rebuild: bool,
}

impl Trial {
    /// Starts everything, with so many clients that send commands.
    ///
    /// # Errors
    /// The installation did not start.
    pub async fn start(options: ClusterOptions, callers: u64) -> Result<Self> {
        Self::of(Plan::tasks(options, Seed::of_run(), callers)).await
    }

    /// Starts what is planned.
    ///
    /// # Errors
    /// The installation did not start.
    pub async fn of(plan: Plan) -> Result<Self> {
        let cluster = Cluster::start(plan.cluster).await?;
        let journal = Arc::new(match &plan.journal {
            Some(path) => Journal::at(path)?,
            None => Journal::in_memory(),
        });
        let products = usize::try_from(plan.callers)?;
        let fleet = match plan.agents {
            0 => None,
            agents => Some(Arc::new(Fleet::make(&cluster, agents, products).await?)),
        };
        let work = Workload {
            callers: plan.callers,
            per_second: plan.per_second,
            fleet,
        };
        let load = Load::start(cluster.apis()?, &journal, &work, plan.seed);
        let mut trial = Self {
            reader: BusReader::start(cluster.bus().await?),
            cluster,
            journal,
            seed: plan.seed,
            gauges: Vec::new(),
            paces: Vec::new(),
            load,
            live: Vec::new(),
            awake: watch::Sender::new(false),
            rebuild: plan.rebuild,
        };
        for number in 0..plan.live {
            trial.follow(if number % 2 == 0 {
                Door::WebSocket
            } else {
                Door::Sse
            });
        }
        Ok(trial)
    }

    /// Adds a live client that cuts its own connection at random and wants everything.
    pub fn follow(&mut self, door: Door) {
        self.follow_at(door, self.cluster.addresses());
    }

    /// The same over doors of the caller's choice.
    pub fn follow_at(&mut self, door: Door, nodes: Vec<Address>) {
        let number = u64::try_from(self.live.len()).unwrap_or(u64::MAX);
        let client = LiveClient::start(
            door,
            nodes,
            self.cluster.admin(),
            Scope::All,
            self.seed.random(2_000 + number),
        );
        self.live.push(client);
    }

    /// Adds a live client that asks for everything and reads nothing until it is woken.
    pub fn follow_silently(&mut self, door: Door) {
        let number = u64::try_from(self.live.len()).unwrap_or(u64::MAX);
        let client = LiveClient::silent(
            door,
            self.cluster.addresses(),
            self.cluster.admin(),
            Scope::All,
            self.seed.random(2_000 + number),
            self.awake.subscribe(),
        );
        self.live.push(client);
    }

    /// Lets the silent clients read.
    pub fn wake_silent(&self) {
        self.awake.send_replace(true);
    }

    /// How often the live clients have connected so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.live.iter().map(LiveClient::connections).sum()
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

    /// Lets the load go on for `time` and says how many commands were answered in a second.
    pub async fn pace(&self, time: Duration) -> f64 {
        let before = self.journal.acknowledged();
        tokio::time::sleep(time).await;
        let more = self.journal.acknowledged() - before;
        more as f64 / time.as_secs_f64()
    }

    /// Notes what was answered in the best stretch within ten seconds from now, beside `before` (I11).
    pub async fn recovers(&mut self, before: f64) {
        let mut after = 0.0_f64;
        for _ in 0..5 {
            after = after.max(self.pace(Duration::from_secs(2)).await);
        }
        self.paces.push(Pace { before, after });
    }

    /// The longest that anybody waited for an answer, in milliseconds. Who got none does not count.
    #[must_use]
    pub fn slowest(&self) -> u64 {
        let operations = self.journal.operations();
        let waits = operations.iter().flat_map(|operation| {
            let attempts = operation.sent.iter().zip(&operation.answers);
            let told = attempts.filter(|(_, (_, answer))| *answer != Answer::Unknown);
            told.map(|(sent, (at, _))| at.0.saturating_sub(sent.0) / 1_000)
        });
        waits.max().unwrap_or_default()
    }

    /// Answers that no client should see: of the kind 5xx, without a word on when to come back.
    #[must_use]
    pub fn odd(&self) -> Vec<String> {
        self.load.odd()
    }

    /// Clients that send commands beside the load, as fast as they are answered.
    ///
    /// # Errors
    /// When there is no client to be had.
    pub fn crowd(&self, callers: u64, part: u64) -> Result<Load> {
        let work = Workload::tasks(callers);
        let seed = self.seed.part(part);
        Ok(Load::start(
            self.cluster.apis()?,
            &self.journal,
            &work,
            seed,
        ))
    }

    /// Ends the load, lets everything catch up, collects every sink and judges.
    ///
    /// # Errors
    /// Something could not be collected, or a promise did not hold: the message has the report.
    pub async fn judge(self) -> Result<(Cluster, Report)> {
        let seed = self.seed;
        let (cluster, report) = self.conclude().await?;
        let shown: Vec<_> = report.violations.iter().take(10).collect();
        ensure!(
            report.holds(),
            "{seed:?}: {} violations, the first: {shown:#?}",
            report.violations.len()
        );
        Ok((cluster, report))
    }

    /// The same, and a promise that did not hold stands in the report alone.
    ///
    /// # Errors
    /// Something could not be collected.
    pub async fn conclude(self) -> Result<(Cluster, Report)> {
        // Also at this moment, before anything is asked again, no command may be there by half.
        let at_once = check(&Evidence {
            // The journal first: what was answered by then must be in the log.
            operations: self.journal.operations(),
            log: self.cluster.log().await?,
            ..Evidence::default()
        });
        self.load.settle(PATIENCE).await?;
        let log = self.cluster.log().await?;
        let head = log.last().map_or(0, |event| event.position);
        let mut live: Vec<Transcript> = vec![self.reader.up_to(head, PATIENCE).await?];
        for client in self.live {
            let (transcript, connections) = client.up_to(head, PATIENCE).await?;
            eprintln!("{} came over {connections} connections", transcript.client);
            live.push(transcript);
        }
        let mut evidence = collect(&self.cluster, self.journal.operations(), live, head).await?;
        evidence.gauges.extend(self.gauges);
        evidence.paces = self.paces;
        if self.rebuild {
            evidence.rebuilt = rebuilt(&self.cluster).await?;
        }
        let mut report = check(&evidence);
        let early = at_once.violations.into_iter();
        let early = early.filter(|violation| !report.violations.contains(violation));
        let early: Vec<_> = early.collect();
        report.violations.extend(early);
        eprintln!("{}", serde_json::to_string(&report)?);
        Ok((self.cluster, report))
    }
}

/// Lets the product build every read model anew and hold it against the rows that are there.
async fn rebuilt(cluster: &Cluster) -> Result<Vec<Rebuilt>> {
    let listed = cluster.api(0)?.get("/projections").await?.expect(200)?;
    let names = listed.body["items"].as_array().into_iter().flatten();
    let mut all = Vec::new();
    for name in names.filter_map(|item| item["name"].as_str()) {
        let args = ["projections", "verify", name, "-o", "json"];
        let mut process = Process::start(cluster.program(), args, cluster.as_admin(0))?;
        let status = process.wait(REBUILD).await?;
        let (out, err) = process.printed().await;
        let report: Value = serde_json::from_str(&out).unwrap_or_default();
        let differences = report["differences"].as_array().map(Vec::len);
        all.push(Rebuilt {
            name: name.to_owned(),
            equal: status.success() && differences == Some(0),
            report: format!("{status}: {out:.500} {err:.200}"),
        });
    }
    ensure!(!all.is_empty(), "no read models: {}", listed.text);
    Ok(all)
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
        ..Evidence::default()
    })
}
