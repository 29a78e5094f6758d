//! P1: commands per second in process; 512 callers, 1,000 aggregates, heartbeats.

use anyhow::Result;

use crate::load::{drive, quantiles, rate};
use crate::measure::{Bar, Measure};
use crate::ours::{Ours, enrol};
use crate::stage::Stage;
use crate::vanilla::Vanilla;
use crate::workload::CALLERS;

const BAR: Bar = Bar::AtLeast(8.0);

pub async fn measure(stage: &Stage) -> Result<Vec<Measure>> {
    let size = stage.size;
    let (ours, vanilla) = (
        Ours::open(stage, "p1").await?,
        Vanilla::open(stage, "p1v").await?,
    );
    enrol(&ours.commands.agents).await?;
    vanilla.enrol_anew().await?;
    drive(ours.beats(CALLERS), size.warm_up).await?;
    drive(vanilla.beats(CALLERS), size.warm_up).await?;
    let (mut own, mut other) = (Vec::new(), Vec::new());
    for _ in 0..size.rounds {
        own.push(drive(ours.beats(CALLERS), size.round).await?);
        vanilla.enrol_anew().await?;
        other.push(drive(vanilla.beats(CALLERS), size.round).await?);
    }
    let both = (rate(&own), rate(&other));
    let note = format!("{}; vanilla {}", quantiles(&own), quantiles(&other));
    ours.close().await?;
    stage.drop_database("p1").await?;
    stage.drop_database("p1v").await?;
    Ok(vec![Measure::ratio("P1", "commands/s", both, BAR, note)])
}
