//! P2: commands per second in process; 512 callers, a new aggregate each time.

use anyhow::Result;

use crate::load::{drive, quantiles, rate};
use crate::measure::{Bar, Measure};
use crate::ours::Ours;
use crate::stage::Stage;
use crate::vanilla::Vanilla;

const BAR: Bar = Bar::AtLeast(10.0);

pub async fn measure(stage: &Stage) -> Result<Vec<Measure>> {
    let size = stage.size;
    let (ours, vanilla) = (
        Ours::open(stage, "p2").await?,
        Vanilla::open(stage, "p2v").await?,
    );
    drive(ours.tasks(), size.warm_up).await?;
    drive(vanilla.tasks(), size.warm_up).await?;
    let (mut own, mut other) = (Vec::new(), Vec::new());
    for _ in 0..size.rounds {
        own.push(drive(ours.tasks(), size.round).await?);
        other.push(drive(vanilla.tasks(), size.round).await?);
    }
    let both = (rate(&own), rate(&other));
    let note = format!("{}; vanilla {}", quantiles(&own), quantiles(&other));
    ours.close().await?;
    stage.drop_database("p2").await?;
    stage.drop_database("p2v").await?;
    Ok(vec![Measure::ratio("P2", "commands/s", both, BAR, note)])
}
