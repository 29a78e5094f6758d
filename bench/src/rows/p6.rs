//! P6: heartbeats over NATS with a reply after the commit; 200 agents that keep some under way.

use anyhow::Result;
use pantheon_events::agents::{EnrollAgent, MemberKind};
use pantheon_nats::AgentCredentials;
use tokio::task::JoinSet;

use crate::bus::Bus;
use crate::load::{self, quantiles, rate};
use crate::measure::{Bar, Measure};
use crate::served::{Served, admitted};
use crate::speaker::{Speaker, drive};
use crate::stage::Stage;
use crate::vanilla::Vanilla;
use crate::workload::{self, CALLERS};

const BAR: Bar = Bar::AtLeast(5.0);
const AGENTS: usize = 200;
/// Heartbeats that one agent has under way.
const DEPTH: usize = 4;

pub async fn measure(stage: &Stage) -> Result<Vec<Measure>> {
    let size = stage.size;
    let vanilla = Vanilla::open(stage, "p6v").await?;
    let bus = Bus::start(&stage.dir().join("p6-nats")).await?;
    let served = Served::start(stage, "p6", Some(bus.settings.clone())).await?;
    let mut speakers = connect(&served, &bus).await?;
    (speakers, _) = drive(speakers, DEPTH, size.warm_up).await?;
    let (mut own, mut other) = (Vec::new(), Vec::new());
    for _ in 0..size.rounds {
        let round;
        (speakers, round) = drive(speakers, DEPTH, size.round).await?;
        own.push(round);
        served.caught_up().await?;
        vanilla.enrol_anew().await?;
        other.push(load::drive(vanilla.beats(CALLERS), size.round).await?);
    }
    drop(speakers);
    served.stop(stage, "p6").await?;
    bus.stop().await?;
    stage.drop_database("p6v").await?;
    let note = format!(
        "{DEPTH} under way each, {}, all projections running; vanilla in process",
        quantiles(&own)
    );
    let both = (rate(&own), rate(&other));
    Ok(vec![Measure::ratio("P6", "commands/s", both, BAR, note)])
}

/// Gives agents real keys and connects with them.
async fn connect(served: &Served, bus: &Bus) -> Result<Vec<Speaker>> {
    let mut all = Vec::with_capacity(AGENTS);
    for n in 0..AGENTS {
        let credentials = AgentCredentials::generate(format!("speaker-{n:03}").parse()?)?;
        let command = EnrollAgent {
            public_key: credentials.public_key.clone(),
            agent_type: "codegen".to_owned(),
            kind: MemberKind::Agent,
            name: None,
            layer: None,
            capabilities: vec![],
        };
        let agents = &served.node.app().commands.agents;
        let by = workload::by_operator();
        agents
            .dispatch(credentials.agent.as_str(), command, by)
            .await?;
        all.push(credentials);
    }
    admitted(&served.node).await?;
    let mut running = JoinSet::new();
    for credentials in all {
        let url = bus.settings.url.clone();
        running.spawn(async move { Speaker::connect(&url, &credentials).await });
    }
    let mut speakers = Vec::with_capacity(AGENTS);
    while let Some(connected) = running.join_next().await {
        speakers.push(connected??);
    }
    Ok(speakers)
}
