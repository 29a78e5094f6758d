//! `pantheon agent simulate`: load that looks like a fleet.

use std::time::Duration;

use clap::{Args, ValueEnum};
use pantheon_events::agents::CATALOGUE;
use pantheon_nats::AgentCredentials;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::cli::client::Api;
use crate::cli::output::Format;
use crate::cli::progress::{Beside, Progress};
use crate::cli::signals::{interrupted, interruptible};
use crate::cli::{Failure, duration};
use crate::simulate::{Fleet, Profile, Tally};

const LOOK: Duration = Duration::from_secs(1);

/// What simulated agents do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Behaviour {
    /// Heartbeats only.
    Idle,
    /// Heartbeats, and tasks with a failure now and then.
    Worker,
    /// As a worker, with every third attempt failing.
    Flaky,
}

/// Runs simulated agents and reports.
#[derive(Debug, Args)]
pub struct Simulate {
    /// How many agents.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    count: u32,
    /// Heartbeats a second, over all agents.
    #[arg(long, default_value_t = 10.0)]
    rate: f64,
    /// How long, as in 30, 30s or 5m; until Ctrl-C when left out.
    #[arg(long, value_parser = duration)]
    duration: Option<Duration>,
    /// Makes a run repeatable.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How they behave.
    #[arg(long, value_enum, default_value = "worker")]
    profile: Behaviour,
    /// Where NATS is; where the server says it is when left out.
    #[arg(long, env = "NATS_URL", hide_env_values = true)]
    nats: Option<String>,
}

impl Simulate {
    pub(super) async fn run(self, api: &Api, format: Format) -> Result<(), Failure> {
        if !self.rate.is_finite() || self.rate <= 0.0 {
            return Err(Failure::usage("--rate must be above 0"));
        }
        let (credentials, told) = interruptible(self.enroll(api)).await?;
        let nats = self.nats.clone().filter(|url| !url.is_empty()).or(told);
        let nats = nats.ok_or_else(|| {
            Failure::usage(
                "the server has no bus of its own to name; say where NATS is with --nats",
            )
        })?;
        let stop = CancellationToken::new();
        let fleet = Fleet::start(&nats, credentials, self.behaviour(), self.seed, stop);
        let tally = fleet.tally().clone();
        let interrupted = self.wait(&tally).await;
        fleet.stop().await;
        let report = serde_json::to_value(tally.report())
            .map_err(|error| Failure::failed(error.to_string()))?;
        format.one(&report)?;
        if report["sent"] != 0 && report["acknowledged"] == 0 {
            return Err(Failure::unreachable(format!(
                "no agent got an answer from NATS at {nats}"
            )));
        }
        match (interrupted, self.duration) {
            // Without a duration, being interrupted is how it is to end.
            (Some(failure), Some(_)) => Err(failure),
            _ => Ok(()),
        }
    }

    /// Until the time is up, or a signal.
    async fn wait(&self, tally: &Tally) -> Option<Failure> {
        let mut progress = Progress::new("requests", None, Beside::Nothing);
        let counting = async {
            loop {
                tokio::time::sleep(LOOK).await;
                progress.at(tally.report().sent);
            }
        };
        let over = async {
            match self.duration {
                Some(duration) => tokio::time::sleep(duration).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = counting => None,
            () = over => None,
            failure = interrupted() => Some(failure),
        }
    }

    fn behaviour(&self) -> Profile {
        let heartbeat = Duration::from_secs_f64(f64::from(self.count) / self.rate);
        let profile = Profile {
            heartbeat,
            ..Profile::default()
        };
        match self.profile {
            Behaviour::Idle => Profile {
                works: false,
                ..profile
            },
            Behaviour::Worker => profile,
            Behaviour::Flaky => Profile {
                failures: 33,
                ..profile
            },
        }
    }

    /// Enrols the agents over HTTP, as an operator would. Each answer says where NATS is.
    async fn enroll(&self, api: &Api) -> Result<(Vec<AgentCredentials>, Option<String>), Failure> {
        let run = pantheon_events::CommandId::generate()
            .as_uuid()
            .simple()
            .to_string();
        let run = &run[20..];
        let total = Some(u64::from(self.count));
        let mut progress = Progress::new("agents", total, Beside::Nothing);
        let (mut all, mut nats) = (Vec::new(), None);
        for n in 0..self.count {
            let kind = &CATALOGUE[n as usize % CATALOGUE.len()];
            let body = json!({ "id": format!("sim-{run}-{n}"), "type": kind.id });
            let enrolled = api.post("/api/v1/agents", &body).await?;
            nats = enrolled["credentials"]["nats_url"]
                .as_str()
                .map(str::to_owned);
            all.push(read(&enrolled)?);
            progress.at(u64::from(n) + 1);
        }
        Ok((all, nats))
    }
}

fn read(answer: &Value) -> Result<AgentCredentials, Failure> {
    let broken = || Failure::failed("the server's answer holds no credentials");
    let agent = answer["id"]
        .as_str()
        .and_then(|id| id.parse().ok())
        .ok_or_else(broken)?;
    let seed = answer["credentials"]["seed"].as_str().ok_or_else(broken)?;
    AgentCredentials::from_seed(agent, seed.to_owned())
        .map_err(|error| Failure::failed(error.to_string()))
}
