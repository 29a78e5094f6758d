//! P14: the memory of `pantheon serve` under P5 and P10 together, and while a read model is rebuilt
//! from a long log.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use sqlx::{Connection as _, PgConnection};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::connection::Connection;
use crate::listener::Look;
use crate::load::drive;
use crate::measure::{Bar, Measure};
use crate::ours::{Ours, enrol};
use crate::ready::{self, Sample};
use crate::rows::p10::{CLIENTS, listeners};
use crate::serve::Serve;
use crate::served::{CONNECTIONS, projected};
use crate::stage::Stage;

const BAR: Bar = Bar::AtMost(256.0);
/// What the last quarter may take more than the third, for memory to be flat: caches and the ring of
/// the log's end fill in the beginning.
const FLAT: f64 = 1.1;
const SAMPLE: Duration = Duration::from_millis(100);
/// So many times the usual load, to see whether memory grows.
const LONGER: u32 = 2;

pub async fn measure(stage: &Stage) -> Result<Vec<Measure>> {
    Ok(vec![loaded(stage).await?, rebuilding(stage).await?])
}

async fn loaded(stage: &Stage) -> Result<Measure> {
    let size = stage.size;
    let ours = Ours::open(stage, "p14").await?;
    enrol(&ours.commands.agents).await?;
    ours.close().await?;
    let serve = Serve::start(stage, "p14", &stage.url("p14")).await?;
    let time = size.round * u32::try_from(size.rounds)? * LONGER;
    let mut listening = JoinSet::new();
    for mut listener in listeners(&serve, CLIENTS).await? {
        let end = Instant::now() + time;
        // Not looked at: only taken.
        let take = |bytes: &[u8]| Look::Seen(bytes.len());
        listening.spawn(async move { listener.hear(end, take).await });
    }
    let beats = serve.beats(CONNECTIONS).await?;
    let load = drive(beats, time);
    let watched = watch(&serve, Instant::now() + time);
    let (load, memory) = tokio::try_join!(load, watched)?;
    while let Some(heard) = listening.join_next().await {
        heard??;
    }
    let (_, most) = serve.memory()?;
    serve.stop().await?;
    stage.drop_database("p14").await?;
    let (flat, from, to) = flat(&memory)?;
    let note = format!(
        "at most {most:.0} MiB at {:.0} commands/s and {CLIENTS} live clients for {} s; third \
         quarter {from:.0}, last {to:.0} MiB",
        load.rate,
        time.as_secs(),
    );
    Ok(Measure::value("P14.load", "MiB", most, BAR, note).and(flat))
}

async fn rebuilding(stage: &Stage) -> Result<Measure> {
    let ours = Ours::open(stage, "p14r").await?;
    let sample = Sample::take(&ours).await?;
    ours.close().await?;
    let url = stage.url("p14r");
    let events = ready::fill(&url, &sample, stage.size.watched).await?;
    let serve = Serve::start(stage, "p14r", &url).await?;
    // Every projection begins at the first event; then one is built beside the live one.
    projected(&url, events).await?;
    let started = Instant::now();
    let memory = rebuild_watched(&serve, &url).await?;
    let seconds = started.elapsed().as_secs_f64();
    let (_, most) = serve.memory()?;
    serve.stop().await?;
    stage.drop_database("p14r").await?;
    let (flat, from, to) = flat(&memory)?;
    let note = format!(
        "at most {most:.0} MiB while {events} events are projected and one read model is rebuilt in \
         {seconds:.1} s; third quarter {from:.0}, last {to:.0} MiB"
    );
    Ok(Measure::value("P14.rebuild", "MiB", most, BAR, note).and(flat))
}

async fn rebuild_watched(serve: &Serve, url: &str) -> Result<Vec<f64>> {
    let (mut memory, mut rebuilt) = (Vec::new(), std::pin::pin!(rebuild(serve, url)));
    loop {
        tokio::select! {
            done = &mut rebuilt => return done.map(|()| memory),
            () = tokio::time::sleep(SAMPLE) => memory.push(serve.memory()?.0),
        }
    }
}

/// Has the read model of agents built anew, and waits until it has taken the live one's place.
async fn rebuild(serve: &Serve, url: &str) -> Result<()> {
    let (address, token) = (serve.address, serve.operator());
    let request = format!(
        "POST /api/v1/projections/agents/rebuild HTTP/1.1\r\nHost: {address}\r\n\
         Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: 2\r\n\r\n{{}}"
    );
    // It goes on when the answer comes before its end.
    Connection::open(address)
        .await?
        .ask(request.as_bytes())
        .await?;
    let mut connection = PgConnection::connect(url).await?;
    loop {
        let (state, error): (String, Option<String>) = sqlx::query_as(
            "select state, error from projection_rebuilds order by id desc limit 1",
        )
        .fetch_one(&mut connection)
        .await?;
        match state.as_str() {
            "building" => tokio::time::sleep(SAMPLE).await,
            "swapped" => return Ok(()),
            other => bail!("the rebuild is {other}: {error:?}"),
        }
    }
}

async fn watch(serve: &Serve, end: Instant) -> Result<Vec<f64>> {
    let mut memory = Vec::new();
    while Instant::now() < end {
        memory.push(serve.memory()?.0);
        tokio::time::sleep(SAMPLE).await;
    }
    Ok(memory)
}

/// Whether the last quarter is about as large as the third, and the means of both.
fn flat(memory: &[f64]) -> Result<(bool, f64, f64)> {
    let quarters: Vec<f64> = memory
        .chunks(memory.len().div_ceil(4).max(1))
        .map(|quarter| quarter.iter().sum::<f64>() / quarter.len() as f64)
        .collect();
    let from = *quarters.get(2).context("memory was looked at")?;
    let to = *quarters.last().context("memory was looked at")?;
    Ok((to <= from * FLAT, from, to))
}
