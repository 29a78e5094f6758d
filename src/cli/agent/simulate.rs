//! `pantheon agent simulate`: load that looks like a fleet.

use std::time::Duration;

use clap::{Args, ValueEnum};
use pantheon_nats::AgentCredentials;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::cli::client::Api;
use crate::cli::{Exit, Failure, Global};
use crate::simulate::{Fleet, Profile};

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
    #[arg(long, default_value_t = 10)]
    count: u32,
    /// Heartbeats a second, over all agents.
    #[arg(long, default_value_t = 10.0)]
    rate: f64,
    /// How long, in seconds; until Ctrl-C when left out.
    #[arg(long)]
    duration: Option<u64>,
    /// Makes a run repeatable.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How they behave.
    #[arg(long, value_enum, default_value = "worker")]
    profile: Behaviour,
    /// Where NATS is.
    #[arg(long, env = "NATS_URL")]
    nats: String,
}

impl Simulate {
    pub(super) async fn run(self, api: &Api, global: &Global) -> Result<(), Failure> {
        if self.rate <= 0.0 || self.count == 0 {
            return Err(Failure::usage("--rate and --count must be above 0"));
        }
        let credentials = self.enroll(api).await?;
        let stop = CancellationToken::new();
        let fleet = Fleet::start(&self.nats, credentials, self.behaviour(), self.seed, stop);
        match self.duration {
            Some(seconds) => tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(seconds)) => {}
                _ = tokio::signal::ctrl_c() => {}
            },
            None => tokio::signal::ctrl_c().await?,
        }
        let tally = fleet.tally().clone();
        fleet.stop().await;
        let report = serde_json::to_value(tally.report())
            .map_err(|error| Failure::failed(error.to_string()))?;
        global.output.one(&report)?;
        if report["acknowledged"] == 0 {
            let message = format!("no agent got an answer; is NATS at {}?", self.nats);
            return Err(Failure::new(Exit::Unreachable, message));
        }
        Ok(())
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

    /// Enrols the agents over HTTP, as an operator would.
    async fn enroll(&self, api: &Api) -> Result<Vec<AgentCredentials>, Failure> {
        let run = pantheon_events::CommandId::generate()
            .as_uuid()
            .simple()
            .to_string();
        let run = &run[20..];
        let mut all = Vec::new();
        for n in 0..self.count {
            let kind = &pantheon_events::agents::CATALOGUE[n as usize % 21];
            let body = json!({ "id": format!("sim-{run}-{n}"), "type": kind.id });
            all.push(read(&api.post("/api/v1/agents", &body).await?)?);
        }
        Ok(all)
    }
}

fn read(answer: &Value) -> Result<AgentCredentials, Failure> {
    let broken = || Failure::failed("the server's answer holds no credentials");
    let agent = answer["id"]
        .as_str()
        .and_then(|id| id.parse().ok())
        .ok_or_else(broken)?;
    let seed = find_seed(&answer["credentials"]).ok_or_else(broken)?;
    AgentCredentials::from_seed(agent, seed).map_err(|error| Failure::failed(error.to_string()))
}

fn find_seed(credentials: &Value) -> Option<String> {
    ["nkey_seed", "seed"]
        .iter()
        .find_map(|name| credentials[*name].as_str())
        .map(str::to_owned)
}
