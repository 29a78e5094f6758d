//! P11: events per second that 1,000 WebSockets on everything are given together; `pantheon serve`
//! in a process of its own.

use anyhow::Result;

use crate::measure::{Bar, Measure};
use crate::ours::{Ours, enrol};
use crate::rows::p10::{hear, listeners};
use crate::serve::Serve;
use crate::stage::Stage;

const BAR: Bar = Bar::AtLeast(300_000.0);
const CLIENTS: usize = 1_000;
const CONNECTIONS: usize = 64;
/// Events per second that are committed; times the clients, that is what can be delivered.
const RATE: usize = 1_500;

pub async fn measure(stage: &Stage) -> Result<Vec<Measure>> {
    let size = stage.size;
    let ours = Ours::open(stage, "p11").await?;
    enrol(&ours.commands.agents).await?;
    ours.close().await?;
    let serve = Serve::start(stage, "p11", &stage.url("p11")).await?;
    let listeners = listeners(&serve, CLIENTS).await?;
    let beats = serve.beats(CONNECTIONS).await?;
    let time = size.round * u32::try_from(size.rounds)?;
    let heard = hear(listeners, beats, RATE, size.warm_up, time).await?;
    let bytes = event_bytes(&serve).await?;
    let (_, most) = serve.memory()?;
    serve.stop().await?;
    stage.drop_database("p11").await?;
    let millis = |at| heard.latency.value_at_quantile(at) as f64 / 1000.0;
    let note = format!(
        "events of {bytes} bytes, {:.0}/s sent to {CLIENTS} clients, none missed; p50 {:.0} ms, p99 \
         {:.0} ms; RSS {most:.0} MiB",
        heard.rate,
        millis(0.5),
        millis(0.99),
    );
    let delivered = heard.delivered * CLIENTS as f64;
    Ok(vec![Measure::value("P11", "events/s", delivered, BAR, note)])
}

/// The size of one event as clients see it.
async fn event_bytes(serve: &Serve) -> Result<usize> {
    let one = "/api/v1/events?after=3000&limit=1";
    let mut asking = crate::connection::Asking::open(serve.address, one, &serve.operator()).await?;
    Ok(asking.ask().await?.len())
}
