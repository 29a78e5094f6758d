//! P4: what a single caller waits for the answer to a heartbeat, in the middle.

use anyhow::Result;

use crate::load::{drive, micros, quantiles};
use crate::measure::{Bar, Measure};
use crate::ours::{Ours, enrol};
use crate::stage::Stage;
use crate::vanilla::Vanilla;

const BAR: Bar = Bar::AtMost(0.7);

pub async fn measure(stage: &Stage) -> Result<Vec<Measure>> {
    let size = stage.size;
    let (ours, vanilla) = (
        Ours::open(stage, "p4").await?,
        Vanilla::open(stage, "p4v").await?,
    );
    enrol(&ours.commands.agents).await?;
    vanilla.enrol_anew().await?;
    drive(ours.beats(1), size.warm_up).await?;
    drive(vanilla.beats(1), size.warm_up).await?;
    let (mut own, mut other) = (Vec::new(), Vec::new());
    for _ in 0..size.rounds {
        own.push(drive(ours.beats(1), size.round).await?);
        vanilla.enrol_anew().await?;
        other.push(drive(vanilla.beats(1), size.round).await?);
    }
    let both = (micros(&own, 0.5), micros(&other, 0.5));
    let note = format!("{}; vanilla {}", quantiles(&own), quantiles(&other));
    ours.close().await?;
    stage.drop_database("p4").await?;
    stage.drop_database("p4v").await?;
    Ok(vec![Measure::ratio("P4", "µs p50", both, BAR, note)])
}
