//! How far a long command is: a bar on a terminal, a line every 10 s elsewhere. On stderr.

use std::io::{IsTerminal, stderr, stdout};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

const EVERY: Duration = Duration::from_secs(10);
const BAR: &str = "{msg} [{bar:30}] {pos}/{len}  {per_sec}  ETA {eta}";
const SPINNER: &str = "{spinner} {msg}  {pos}  {per_sec}";

/// Where the data of a command go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// To standard output, which may be the same terminal.
    Stdout,
    /// Elsewhere.
    Nothing,
}

/// One long command.
pub struct Progress {
    what: &'static str,
    total: Option<u64>,
    started: Instant,
    told: Instant,
    done: u64,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Nothing is done yet. `what` names the thing that is counted.
    pub fn new(what: &'static str, total: Option<u64>, beside: Beside) -> Self {
        // A bar and data on one terminal would write over each other.
        let data_on_screen = beside == Beside::Stdout && stdout().is_terminal();
        let bar = (stderr().is_terminal() && !data_on_screen).then(|| bar(what, total));
        let now = Instant::now();
        Self {
            what,
            total,
            started: now,
            told: now,
            done: 0,
            bar,
        }
    }

    /// So many are done.
    pub fn at(&mut self, done: u64) {
        self.done = done;
        match &self.bar {
            Some(bar) => bar.set_position(done),
            None if self.told.elapsed() >= EVERY => {
                self.told = Instant::now();
                let took = self.started.elapsed();
                eprintln!("{}", report(self.what, done, self.total, took));
            }
            None => {}
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(what: &'static str, total: Option<u64>) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
    let template = if total.is_some() { BAR } else { SPINNER };
    // Both templates are constants; a mistake in them leaves the library's own.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.with_message(what)
}

/// `events: 20000 of 50000, 4000/s, 8 s left`.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "told to people"
)]
fn report(what: &str, done: u64, total: Option<u64>, took: Duration) -> String {
    let rate = done as f64 / took.as_secs_f64().max(0.001);
    match total {
        Some(total) if rate > 0.0 => {
            let left = (total.saturating_sub(done) as f64 / rate) as u64;
            format!("{what}: {done} of {total}, {rate:.0}/s, {left} s left")
        }
        Some(total) => format!("{what}: {done} of {total}"),
        None => format!("{what}: {done}, {rate:.0}/s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_how_fast_and_how_long_still() {
        let took = Duration::from_secs(5);
        assert_eq!(
            report("events", 20_000, Some(50_000), took),
            "events: 20000 of 50000, 4000/s, 7 s left"
        );
        assert_eq!(report("events", 0, Some(5), took), "events: 0 of 5");
        assert_eq!(report("events", 50, None, took), "events: 50, 10/s");
    }
}
