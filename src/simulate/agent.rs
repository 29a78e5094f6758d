//! One simulated agent: it beats, obeys, looks for work and does it.

use std::time::Duration;

use futures_util::StreamExt;
use pantheon_nats::AgentCredentials;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use uuid::Uuid;

use super::link::Link;
use super::{Profile, Tally, deployer, work};

/// What the agent has been told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Running,
    Paused,
    Stopped,
}

struct Body {
    link: Link,
    profile: Profile,
    random: StdRng,
    session: String,
    started: Instant,
    mode: Mode,
    /// The newest instruction it has obeyed.
    obeyed: u64,
}

/// Runs one agent for ever; connects anew when the connection is refused.
pub(super) async fn run(
    url: String,
    credentials: AgentCredentials,
    profile: Profile,
    seed: u64,
    tally: Tally,
) {
    let mut random = StdRng::seed_from_u64(seed);
    // Agents do not all beat at once.
    sleep(profile.heartbeat.mul_f64(random.random_range(0.0..0.5))).await;
    loop {
        let options = credentials.connect_options().retry_on_initial_connect();
        match options.connect(&url).await {
            Ok(client) => {
                let link = Link {
                    agent: credentials.agent.clone(),
                    client,
                    tally: tally.clone(),
                };
                let session = Uuid::from_u128(random.random()).to_string();
                Body {
                    link,
                    profile,
                    random: StdRng::from_rng(&mut random),
                    session,
                    started: Instant::now(),
                    mode: Mode::Running,
                    obeyed: 0,
                }
                .live()
                .await;
            }
            Err(error) => tracing::debug!(agent = %credentials.agent, %error, "not connected"),
        }
        sleep(Duration::from_secs(1)).await;
    }
}

impl Body {
    /// Until the subscription ends.
    async fn live(mut self) {
        let subject = format!("pantheon.agent.{}.tell", self.link.agent);
        let Ok(mut told) = self.link.client.subscribe(subject).await else {
            return;
        };
        let mut beats = interval(self.profile.heartbeat);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut looks = interval(self.profile.look);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.beat(None).await;
        loop {
            tokio::select! {
                message = told.next() => match message {
                    Some(message) => self.obey(&message.payload).await,
                    None => return,
                },
                _ = beats.tick() => self.beat(None).await,
                _ = looks.tick(), if self.mode == Mode::Running && self.profile.works => {
                    self.look().await;
                }
            }
        }
    }

    async fn beat(&mut self, task: Option<Value>) {
        let state = if self.mode == Mode::Running {
            "active"
        } else {
            "idle"
        };
        let busy = i32::from(task.is_some());
        let mut data = json!({
            "state": state,
            "session_id": self.session,
            "uptime_seconds": self.started.elapsed().as_secs(),
            "cpu_usage": round(self.random.random_range(5.0..65.0)),
            "memory_usage": round(self.random.random_range(20.0..60.0)),
            "active_tasks": busy,
            "version": env!("CARGO_PKG_VERSION"),
        });
        if let Some(task) = task {
            data["current_task"] = task;
        }
        self.link.heartbeat(data).await;
    }

    /// Instructions are numbered by log position: an old one that comes late is dropped.
    async fn obey(&mut self, payload: &[u8]) {
        let Ok(told) = serde_json::from_slice::<Value>(payload) else {
            return;
        };
        let position = told["position"]
            .as_str()
            .and_then(|p| p.parse().ok())
            .unwrap_or(0_u64);
        match told["tell"].as_str() {
            Some("deployment_requested") => {
                return deployer::deploy(&self.link, &told["data"], self.profile, &mut self.random)
                    .await;
            }
            _ if position != 0 && position <= self.obeyed => return,
            Some("start" | "resume") => self.mode = Mode::Running,
            Some("pause") => self.mode = Mode::Paused,
            Some("stop") => self.mode = Mode::Stopped,
            Some("restart") => {
                self.mode = Mode::Running;
                self.session = Uuid::from_u128(self.random.random()).to_string();
                self.started = Instant::now();
            }
            _ => return,
        }
        self.obeyed = position;
        self.link.command("confirm_control", json!({})).await;
        self.beat(None).await;
    }

    async fn look(&mut self) {
        let Some(task) = work::claim(&self.link).await else {
            return;
        };
        let current = json!({ "task_id": task["id"], "progress": 0.0 });
        self.beat(Some(current)).await;
        work::carry_out(&self.link, &task, self.profile, &mut self.random).await;
        self.beat(None).await;
    }
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
