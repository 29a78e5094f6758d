//! What every campaign stands on: an installation under the base load, scaled to the run.

use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use pantheon_harness::checker::Report;
use pantheon_harness::evidence::Gauge;
use pantheon_harness::{ClusterOptions, Plan, Seed, Trial};
use rand::Rng;
use rand::rngs::StdRng;

use crate::{Campaign, Outcome};

/// Before the first fault, to know what is usual.
const CALM: Duration = Duration::from_secs(5);

/// The milliseconds that anything may take in a short form.
const LENIENT: u64 = 30_000;

/// How much is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// The base load and the pauses of a campaign.
    Full,
    /// As little as can still fail: for the tests.
    Short,
}

/// One run of a campaign.
#[derive(Clone, Debug)]
pub struct Run {
    /// Which campaign.
    pub campaign: Campaign,
    /// The binary under test.
    pub program: PathBuf,
    /// The same with failpoints compiled in.
    pub armed: PathBuf,
    /// Where the randomness comes from.
    pub seed: Seed,
    /// How often the fault comes.
    pub count: u64,
    /// How much is done beside it.
    pub scale: Scale,
    /// Where journals are kept; nowhere when left out.
    pub dir: Option<PathBuf>,
}

impl Run {
    /// The short form of a campaign, on a binary that has its failpoints compiled in.
    #[must_use]
    pub fn short(campaign: Campaign, program: impl Into<PathBuf>) -> Self {
        let program = program.into();
        Self {
            campaign,
            armed: program.clone(),
            program,
            seed: Seed::of_run(),
            count: campaign.count(Scale::Short),
            scale: Scale::Short,
            dir: None,
        }
    }

    /// Whether this is no short form.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.scale == Scale::Full
    }

    /// One or the other, as the scale says.
    #[must_use]
    pub fn pick<T>(&self, full: T, short: T) -> T {
        match self.scale {
            Scale::Full => full,
            Scale::Short => short,
        }
    }

    /// Two nodes.
    #[must_use]
    pub fn installation(&self) -> ClusterOptions {
        ClusterOptions::new(&self.program).nodes(2)
    }

    /// The base load on these nodes: 8 clients with 300 commands a second of the mix, 200 agents, 20
    /// live clients, one reader of JetStream; far less of each in the short form.
    #[must_use]
    pub fn plan(&self, cluster: ClusterOptions) -> Plan {
        Plan {
            callers: self.pick(8, 4),
            per_second: Some(self.pick(300, 80)),
            agents: self.pick(200, 6),
            live: self.pick(20, 2),
            journal: self.dir.as_ref().map(|dir| dir.join("journal.ndjson")),
            rebuild: self.is_full(),
            ..Plan::tasks(cluster, self.seed, 0)
        }
    }

    /// Two nodes under the base load.
    ///
    /// # Errors
    /// The installation did not start.
    pub async fn stage(&self) -> Result<Trial> {
        Trial::of(self.plan(self.installation())).await
    }

    /// What is usual before the first fault: commands answered in a second. Not measured in a short
    /// form, whose machine does other things as well.
    pub async fn usual(&self, trial: &Trial) -> Option<f64> {
        match self.scale {
            Scale::Full => Some(trial.pace(CALM).await),
            Scale::Short => None,
        }
    }

    /// Notes whether the usual is back within ten seconds of the last healing.
    pub async fn recovers(&self, trial: &mut Trial, usual: Option<f64>) {
        if let Some(usual) = usual {
            trial.recovers(usual).await;
        }
    }

    /// Lets the load go on between two faults: so many seconds, or in a short form for some commands.
    pub async fn lull(&self, trial: &Trial, random: &mut StdRng, seconds: Range<f64>) {
        match self.scale {
            Scale::Full => {
                let pause = random.random_range(seconds);
                tokio::time::sleep(Duration::from_secs_f64(pause)).await;
            }
            Scale::Short => trial.acknowledges(random.random_range(5..30)).await,
        }
    }

    /// Collects every sink and judges.
    ///
    /// # Errors
    /// Something could not be collected.
    pub async fn judge(&self, trial: Trial, faults: u64) -> Result<Outcome> {
        let odd = trial.odd();
        let (_cluster, report) = trial.conclude().await?;
        let mut outcome = self.outcome(faults, &report);
        for odd in odd {
            outcome.finds(format!(
                "an answer without a word on when to come back: {odd}"
            ));
        }
        Ok(outcome)
    }

    /// What became of it, from a report of its own.
    #[must_use]
    pub fn outcome(&self, faults: u64, report: &Report) -> Outcome {
        Outcome::judged(self.campaign, self.seed.number(), faults, report)
    }

    /// Something that may not take longer than so many milliseconds. Tests share their machine: there
    /// the limit only tells an end from none.
    #[must_use]
    pub fn within(&self, name: &str, millis: u64, most: u64) -> Gauge {
        Gauge {
            name: name.to_owned(),
            value: millis,
            most: self.pick(most, most.max(LENIENT)),
        }
    }
}
