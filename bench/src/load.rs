//! Callers that wait for each answer before they ask again.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use hdrhistogram::Histogram;
use tokio::task::JoinSet;

use crate::measure::median;

/// Somebody who sends one command at a time.
pub trait Caller: Send + 'static {
    /// Sends its `n`th command and waits for the answer. An error ends the measurement.
    fn call(&mut self, n: u64) -> impl Future<Output = Result<()>> + Send;
}

/// What one round brought.
pub struct Load {
    /// Answers per second, all callers together.
    pub rate: f64,
    /// In microseconds.
    pub latency: Histogram<u64>,
}

impl Load {
    /// Milliseconds within which this share of the answers came.
    pub fn millis(&self, quantile: f64) -> f64 {
        self.micros(quantile) / 1000.0
    }

    /// Microseconds within which this share of the answers came.
    pub fn micros(&self, quantile: f64) -> f64 {
        self.latency.value_at_quantile(quantile) as f64
    }
}

/// Lets all callers call for this long; the clock stops with the last answer.
pub async fn drive<C: Caller>(callers: Vec<C>, time: Duration) -> Result<Load> {
    let started = Instant::now();
    let mut running = JoinSet::new();
    for caller in callers {
        running.spawn(keep_calling(caller, started + time));
    }
    let mut latency = histogram()?;
    while let Some(done) = running.join_next().await {
        latency.add(done.context("a caller broke off")??)?;
    }
    let rate = latency.len() as f64 / started.elapsed().as_secs_f64();
    Ok(Load { rate, latency })
}

async fn keep_calling<C: Caller>(mut caller: C, until: Instant) -> Result<Histogram<u64>> {
    let mut latency = histogram()?;
    let (mut n, mut now) = (0, Instant::now());
    while now < until {
        caller.call(n).await?;
        let answered = Instant::now();
        latency.record(u64::try_from((answered - now).as_micros())?)?;
        (n, now) = (n + 1, answered);
    }
    Ok(latency)
}

/// For latencies in microseconds.
pub fn histogram() -> Result<Histogram<u64>> {
    Ok(Histogram::new(3)?)
}

/// The median round's rate.
pub fn rate(rounds: &[Load]) -> f64 {
    median(rounds.iter().map(|load| load.rate).collect())
}

/// The median round's value at a quantile, in microseconds.
pub fn micros(rounds: &[Load], quantile: f64) -> f64 {
    median(rounds.iter().map(|load| load.micros(quantile)).collect())
}

/// The p50 and p99 of the median round, for a note.
pub fn quantiles(rounds: &[Load]) -> String {
    let millis = |quantile| median(rounds.iter().map(|load| load.millis(quantile)).collect());
    format!("p50 {:.1} ms, p99 {:.1} ms", millis(0.5), millis(0.99))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_wait_is_told_as_long_also_when_histograms_are_put_together() -> Result<()> {
        let (mut all, mut one) = (histogram()?, histogram()?);
        one.record(60_000_000)?;
        all.add(&one)?;
        assert!(all.value_at_quantile(0.99) >= 60_000_000);
        Ok(())
    }
}
