//! P8: how old the oldest event is that the read models of agents, tasks and metrics have not
//! taken up yet, while P5 runs.

use std::time::Duration;

use anyhow::{Context, Result};
use hdrhistogram::Histogram;
use pantheon::app::App;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::load::histogram;
use crate::measure::{Bar, Measure};
use crate::served::Served;
use crate::stage::Stage;

const BAR: Bar = Bar::AtMost(250.0);
const NAMES: [&str; 3] = [
    "projection:agents",
    "projection:tasks",
    "projection:system_metrics",
];
const SAMPLE: Duration = Duration::from_millis(2);
/// What the lag of the last third may be above that of the first, for it not to grow.
const GROWTH: f64 = 2.0;
/// Below this many milliseconds nothing is said to grow.
const NOISE: f64 = 50.0;

pub async fn measure(stage: &Stage) -> Result<Vec<Measure>> {
    let size = stage.size;
    let served = Served::start(stage, "p8", None).await?;
    served.beats(served.address(), size.warm_up).await?;
    let parts = u32::try_from(size.rounds)?;
    let watched = watch(served.node.app(), size.round * parts);
    let load = served.beats(served.address(), size.round * parts);
    let (lags, load) = tokio::try_join!(watched, load)?;
    served.caught_up().await?;
    served.stop(stage, "p8").await?;
    let millis = |lag: &Histogram<u64>, at| lag.value_at_quantile(at) as f64 / 1000.0;
    let mut all = histogram()?;
    for lag in &lags {
        all.add(lag)?;
    }
    let [first, _, last] = lags.each_ref().map(|lag| millis(lag, 0.99));
    let grows = last > first * GROWTH && last > NOISE;
    let note = format!(
        "p99 of the oldest event's age at {:.0} commands/s; p50 {:.1}, first third {first:.1}, last \
         third {last:.1} ms",
        load.rate,
        millis(&all, 0.5),
    );
    Ok(vec![
        Measure::value("P8", "ms", millis(&all, 0.99), BAR, note).and(!grows),
    ])
}

/// The largest age of the three, sampled; one histogram for each third of the time.
async fn watch(app: &App, time: Duration) -> Result<[Histogram<u64>; 3]> {
    let mut lags = [histogram()?, histogram()?, histogram()?];
    let started = Instant::now();
    let mut ticks = interval(SAMPLE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let passed = started.elapsed();
        if passed >= time {
            return Ok(lags);
        }
        let report = app.health.report(&app.log);
        let three = report
            .iter()
            .filter(|follower| NAMES.contains(&follower.name.as_str()));
        let oldest = three.filter_map(|follower| follower.oldest_age).max();
        let micros = oldest.unwrap_or_default().as_micros();
        let third = (passed.as_secs_f64() / time.as_secs_f64() * 3.0) as usize;
        let lag = lags.get_mut(third.min(2)).context("three thirds")?;
        lag.record(u64::try_from(micros)?)?;
    }
}
