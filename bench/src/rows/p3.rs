//! P3: P1 as a share of what the append function takes from clients with ready-made batches.

use anyhow::Result;

use crate::load::{drive, rate};
use crate::measure::{Bar, Measure, median};
use crate::ours::{Ours, enrol};
use crate::ready::{self, Sample};
use crate::stage::Stage;
use crate::workload::CALLERS;

const BAR: Bar = Bar::AtLeast(0.6);
/// How many clients take turns; the best number of them is the ceiling.
const CLIENTS: [usize; 3] = [1, 2, 4];

pub async fn measure(stage: &Stage) -> Result<Vec<Measure>> {
    let size = stage.size;
    let ours = Ours::open(stage, "p3").await?;
    enrol(&ours.commands.agents).await?;
    // The same log again, which no node looks at.
    let empty = Ours::open(stage, "p3c").await?;
    let sample = Sample::take(&empty).await?;
    empty.close().await?;
    let url = stage.url("p3c");
    drive(ours.beats(CALLERS), size.warm_up).await?;
    let mut own = Vec::new();
    let mut ceilings = vec![Vec::new(); CLIENTS.len()];
    for _ in 0..size.rounds {
        own.push(drive(ours.beats(CALLERS), size.round).await?);
        for (rates, count) in ceilings.iter_mut().zip(CLIENTS) {
            let clients = ready::clients(&url, &sample, count).await?;
            rates.push(ready::drive(clients, size.round).await?.1);
        }
    }
    ours.close().await?;
    stage.drop_database("p3").await?;
    stage.drop_database("p3c").await?;
    let ceilings = ceilings.into_iter().map(median).zip(CLIENTS);
    let (ceiling, clients) = ceilings.fold((0.0, 0), |best, this| {
        if this.0 > best.0 { this } else { best }
    });
    let note = format!("the ceiling is that of {clients} clients");
    let both = (rate(&own), ceiling);
    Ok(vec![Measure::ratio("P3", "commands/s", both, BAR, note)])
}
