//! The process log and the metrics.

mod redact;

use std::io::{self, Write};
use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::LogFormat;

/// Upper bounds of every histogram of seconds: 0.1 ms to 30 s.
const SECONDS: [f64; 17] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0, 30.0,
];
/// What an alarm is set on.
const FROM_ZERO: [&str; 5] = [
    "pantheon_integrity_violations_total",
    "pantheon_append_overloaded_total",
    "pantheon_append_retries_total",
    "pantheon_connections_refused_total",
    "pantheon_liveness_dropped_total",
];
const UPKEEP: Duration = Duration::from_secs(5);

/// Why there is no process log.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// `PANTHEON_LOG` cannot be read.
    #[error("log: not a filter: {0}; write e.g. `info,pantheon=debug`")]
    Filter(String),
    /// It was set up before.
    #[error("the process log is already set up")]
    Twice,
}

/// Writes the process log to stderr; stdout belongs to the commands. Tokens, seeds and passwords
/// are blacked out whoever logs them.
pub fn start_log(filter: &str, format: LogFormat) -> Result<(), TelemetryError> {
    let filter = read_filter(filter)?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Redacted);
    let set = match format {
        LogFormat::Text => log.with_ansi(false).finish().try_init(),
        LogFormat::Json => log.json().flatten_event(true).finish().try_init(),
    };
    set.map_err(|_| TelemetryError::Twice)
}

/// Reads `PANTHEON_LOG`.
///
/// # Errors
/// It is no filter.
pub fn read_filter(text: &str) -> Result<EnvFilter, TelemetryError> {
    EnvFilter::try_new(text).map_err(|error| TelemetryError::Filter(error.to_string()))
}

/// The process's metrics; set up at the first call.
pub fn metrics() -> Option<PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let seconds = Matcher::Suffix("_seconds".to_owned());
            let builder = PrometheusBuilder::new().set_buckets_for_metric(seconds, &SECONDS);
            let handle = builder.ok()?.install_recorder().ok()?;
            show_zeros();
            Some(handle)
        })
        .clone()
}

/// Counters that are there before the first time, so that "none" can be told from "not counted".
fn show_zeros() {
    for name in FROM_ZERO {
        metrics::counter!(name).increment(0);
    }
    for reason in ["overloaded", "reply_subject"] {
        metrics::counter!("pantheon_nats_refused_total", "reason" => reason).increment(0);
    }
}

/// Keeps the metrics' memory small, for as long as the process lives.
pub async fn keep_metrics(handle: PrometheusHandle) {
    loop {
        tokio::time::sleep(UPKEEP).await;
        handle.run_upkeep();
    }
}

/// Standard error behind the redaction.
#[derive(Clone, Copy)]
struct Redacted;

impl<'w> MakeWriter<'w> for Redacted {
    type Writer = Line;

    fn make_writer(&'w self) -> Line {
        Line
    }
}

/// One line of the log; the formatter writes it whole.
struct Line;

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stderr()
            .lock()
            .write_all(redact::redact(&String::from_utf8_lossy(bytes)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
