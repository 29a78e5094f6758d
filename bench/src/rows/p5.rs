//! P5: commands per second over HTTP with authentication; 256 keep-alive connections, on a whole
//! node with its projections running.

use anyhow::Result;
use tokio_util::sync::CancellationToken;

use crate::load::{drive, quantiles, rate};
use crate::measure::{Bar, Measure};
use crate::noop;
use crate::served::Served;
use crate::stage::Stage;
use crate::vanilla::Vanilla;
use crate::workload::CALLERS;

const BAR: Bar = Bar::AtLeast(4.0);
const BAR_NOOP: Bar = Bar::AtLeast(0.25);

pub async fn measure(stage: &Stage) -> Result<Vec<Measure>> {
    let size = stage.size;
    let vanilla = Vanilla::open(stage, "p5v").await?;
    let served = Served::start(stage, "p5", None).await?;
    let stop = CancellationToken::new();
    let nothing = noop::start(served.node.app(), Vec::new(), stop.clone()).await?;
    served.beats(served.address(), size.warm_up).await?;
    served.beats(nothing, size.warm_up).await?;
    let (mut own, mut idle, mut other) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..size.rounds {
        own.push(served.beats(served.address(), size.round).await?);
        served.caught_up().await?;
        idle.push(served.beats(nothing, size.round).await?);
        vanilla.enrol_anew().await?;
        other.push(drive(vanilla.beats(CALLERS), size.round).await?);
    }
    stop.cancel();
    served.stop(stage, "p5").await?;
    stage.drop_database("p5v").await?;
    let note = format!(
        "{}, all projections running; vanilla in process",
        quantiles(&own)
    );
    let against = format!(
        "noop: same server, layers and token check; {}",
        quantiles(&idle)
    );
    let (of_vanilla, of_noop) = ((rate(&own), rate(&other)), (rate(&own), rate(&idle)));
    Ok(vec![
        Measure::ratio("P5", "commands/s", of_vanilla, BAR, note),
        Measure::ratio("P5.noop", "commands/s", of_noop, BAR_NOOP, against),
    ])
}
