//! P10: from the HTTP request to the event on every one of 200 WebSockets, at 1,000 events per
//! second; `pantheon serve` in a process of its own.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use hdrhistogram::Histogram;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::connection::Beats;
use crate::listener::{Listener, Look, marks};
use crate::load::histogram;
use crate::measure::{Bar, Measure};
use crate::ours::{Ours, enrol};
use crate::serve::Serve;
use crate::stage::Stage;
use crate::workload;

const BAR_P50: Bar = Bar::AtMost(5.0);
const BAR_P99: Bar = Bar::AtMost(20.0);
/// Who listens, and how many heartbeats per second they hear.
pub const CLIENTS: usize = 200;
pub const RATE: usize = 1_000;
const CONNECTIONS: usize = 50;
/// Stands before the time of sending in each event.
const MARK: &[u8] = b"bench-at-";
const DIGITS: usize = 16;
/// What is under way when sending ends arrives within this time, however busy the machine is.
const REST: Duration = Duration::from_secs(30);

pub async fn measure(stage: &Stage) -> Result<Vec<Measure>> {
    let size = stage.size;
    let ours = Ours::open(stage, "p10").await?;
    enrol(&ours.commands.agents).await?;
    ours.close().await?;
    let serve = Serve::start(stage, "p10", &stage.url("p10")).await?;
    let listeners = listeners(&serve, CLIENTS).await?;
    let beats = serve.beats(CONNECTIONS).await?;
    let time = size.round * u32::try_from(size.rounds)?;
    let heard = hear(listeners, beats, RATE, size.warm_up, time).await?;
    serve.stop().await?;
    stage.drop_database("p10").await?;
    let millis = |at| heard.latency.value_at_quantile(at) as f64 / 1000.0;
    let note = format!(
        "{} events at {:.0}/s to {CLIENTS} clients, none missed; max {:.1} ms",
        heard.events,
        heard.rate,
        millis(1.0)
    );
    let paced = heard.rate >= RATE as f64 * 0.95;
    Ok(vec![
        Measure::value("P10.p50", "ms", millis(0.5), BAR_P50, note.clone()).and(paced),
        Measure::value("P10.p99", "ms", millis(0.99), BAR_P99, note).and(paced),
    ])
}

/// Opens WebSockets that listen to everything.
pub async fn listeners(serve: &Serve, count: usize) -> Result<Vec<Listener>> {
    let mut listeners = Vec::with_capacity(count);
    for _ in 0..count {
        listeners.push(Listener::open(serve.address, &serve.operator()).await?);
    }
    Ok(listeners)
}

/// What all listeners together have heard.
pub struct Heard {
    /// From the request to the frame, in microseconds; over all events and listeners.
    pub latency: Histogram<u64>,
    /// How many were sent.
    pub events: u64,
    /// How many were sent per second.
    pub rate: f64,
    /// How many per second came to every listener, until the last had the last.
    pub delivered: f64,
}

/// Sends so many heartbeats per second and listens. Every listener has to hear every one of them.
pub async fn hear(
    listeners: Vec<Listener>,
    beats: Vec<Beats>,
    rate: usize,
    warm_up: Duration,
    time: Duration,
) -> Result<Heard> {
    let (start, end) = (Instant::now(), Instant::now() + warm_up + time);
    // How many there are to hear, once all are sent.
    let (total, all) = watch::channel(None);
    let mut hearing = JoinSet::new();
    for listener in listeners {
        hearing.spawn(listen(listener, start, warm_up, end + REST, all.clone()));
    }
    let mut sending = JoinSet::new();
    let (count, pause) = (beats.len(), pause(beats.len(), rate));
    for (n, beats) in beats.into_iter().enumerate() {
        let first = start + pause.mul_f64(n as f64 / count as f64);
        sending.spawn(send(beats, start, first, pause, end));
    }
    let mut events = 0;
    while let Some(sent) = sending.join_next().await {
        events += sent??;
    }
    let seconds = start.elapsed().as_secs_f64();
    total.send_replace(Some(events));
    let mut latency = histogram()?;
    while let Some(heard) = hearing.join_next().await {
        let (its, heard) = heard.context("a listener broke off")??;
        ensure!(heard == events, "a client heard {heard} of {events} events");
        latency.add(its)?;
    }
    Ok(Heard {
        latency,
        events,
        rate: events as f64 / seconds,
        delivered: events as f64 / start.elapsed().as_secs_f64(),
    })
}

/// Listens until everything was heard, or `end`.
async fn listen(
    mut listener: Listener,
    start: Instant,
    since: Duration,
    end: Instant,
    all: watch::Receiver<Option<u64>>,
) -> Result<(Histogram<u64>, u64)> {
    let (mut latency, mut heard) = (histogram()?, 0_u64);
    let look = |bytes: &[u8]| {
        let now = start.elapsed();
        let seen = marks(bytes, MARK, DIGITS, |at| {
            let sent = micros(at);
            let took = now.saturating_sub(sent).as_micros();
            let took = u64::try_from(took).unwrap_or(u64::MAX);
            // One that could not be written down counts as missed. (`saturating_record` would not let
            // the histogram grow: all of it would come out as 2 µs.)
            let counts = sent < since || latency.record(took).is_ok();
            heard += u64::from(counts);
        });
        match *all.borrow() {
            Some(all) if heard >= all => Look::Done,
            _ => Look::Seen(seen),
        }
    };
    listener.hear(end, look).await?;
    Ok((latency, heard))
}

/// The pause between two heartbeats of one connection.
fn pause(connections: usize, rate: usize) -> Duration {
    Duration::from_secs_f64(connections as f64 / rate as f64)
}

async fn send(
    mut beats: Beats,
    start: Instant,
    first: Instant,
    pause: Duration,
    end: Instant,
) -> Result<u64> {
    let mut ticks = interval_at(first, pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut sent = 0;
    loop {
        let due = ticks.tick().await;
        if due >= end {
            return Ok(sent);
        }
        let mut data = workload::heartbeat(sent);
        let at = start.elapsed().as_micros();
        data.session_id = Some(format!("bench-at-{at:0DIGITS$}"));
        beats.send(data).await?;
        sent += 1;
    }
}

fn micros(digits: &[u8]) -> Duration {
    let number = digits.iter().fold(0, |number, digit| {
        number * 10 + u64::from(digit.wrapping_sub(b'0'))
    });
    Duration::from_micros(number)
}
