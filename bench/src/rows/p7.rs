//! P7: how fast the relay copies the log to JetStream, each message under the sequence it follows;
//! against the commands per second of P5, whose events it copies.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use pantheon_events::Position;

use crate::bus::Bus;
use crate::load::rate;
use crate::measure::{Bar, Measure, median};
use crate::served::{Served, node};
use crate::stage::Stage;

const BAR: Bar = Bar::AtLeast(2.0);
const LOOK: Duration = Duration::from_millis(1);
const PATIENCE: Duration = Duration::from_secs(120);
const FILLS: usize = 3;

pub async fn measure(stage: &Stage) -> Result<Vec<Measure>> {
    let size = stage.size;
    let served = Served::start(stage, "p7", None).await?;
    served.beats(served.address(), size.warm_up).await?;
    let mut commands = Vec::new();
    for _ in 0..size.rounds {
        commands.push(served.beats(served.address(), size.round).await?);
        served.caught_up().await?;
    }
    let Served { node, url, .. } = served;
    let head = node.app().log.head();
    node.stop().await;
    let mut rates = Vec::new();
    for n in 0..FILLS {
        rates.push(relay(stage, n, &url, head).await?);
    }
    stage.drop_database("p7").await?;
    let note = format!("{head} events; against the commands/s of P5 without a bus");
    let both = (median(rates), rate(&commands));
    Ok(vec![Measure::ratio("P7", "events/s", both, BAR, note)])
}

/// Fills an empty JetStream; events per second from the first batch on.
async fn relay(stage: &Stage, n: usize, url: &str, head: Position) -> Result<f64> {
    let bus = Bus::start(&stage.dir().join(format!("p7-nats-{n}"))).await?;
    let node = node(stage, "p7", url, "relay", Some(bus.settings.clone())).await?;
    let status = node
        .app()
        .health
        .get("relay")
        .context("the node has a relay")?;
    let until = Instant::now() + PATIENCE;
    let mut first = None;
    while status.position() < head {
        ensure!(Instant::now() < until, "the relay does not get to the end");
        if first.is_none() && status.position() > Position::ZERO {
            first = Some((Instant::now(), status.position()));
        }
        tokio::time::sleep(LOOK).await;
    }
    let (started, at) = first.context("the log is larger than one batch")?;
    let seconds = started.elapsed().as_secs_f64();
    node.stop().await;
    bus.stop().await?;
    Ok((head.get() - at.get()) as f64 / seconds)
}
