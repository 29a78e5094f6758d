//! P15: from the start of `pantheon serve` on an existing log until `/readyz` says yes.

use anyhow::Result;

use crate::measure::{Bar, Measure, median};
use crate::ours::Ours;
use crate::ready::{self, Sample};
use crate::serve::Serve;
use crate::stage::Stage;

const BAR: Bar = Bar::AtMost(1_000.0);
const STARTS: usize = 5;

pub async fn measure(stage: &Stage) -> Result<Vec<Measure>> {
    let ours = Ours::open(stage, "p15").await?;
    let sample = Sample::take(&ours).await?;
    ours.close().await?;
    let url = stage.url("p15");
    let events = ready::fill(&url, &sample, stage.size.started_on).await?;
    // A log that a node has run on: its read models are there, and no process is behind.
    let before = Serve::start(stage, "p15", &url).await?;
    before.caught_up(events).await?;
    before.stop().await?;
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let serve = Serve::start(stage, "p15", &url).await?;
        starts.push(serve.took.as_secs_f64() * 1000.0);
        serve.stop().await?;
    }
    stage.drop_database("p15").await?;
    let slowest = starts.iter().copied().fold(0.0, f64::max);
    let note = format!("on {events} events, median of {STARTS}; slowest {slowest:.0} ms");
    Ok(vec![Measure::value("P15", "ms", median(starts), BAR, note)])
}
