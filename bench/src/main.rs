//! Measures Pantheon side by side with its peers: `make bench`. `docs/PERFORMANCE.md` says what
//! each row means.

mod bus;
mod connection;
mod listener;
mod load;
mod measure;
mod noop;
mod ours;
mod ready;
mod rows;
mod serve;
mod served;
mod speaker;
mod stage;
mod vanilla;
mod workload;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Parser;
use pantheon::clock::Clock;
use pantheon::config::LogFormat;
use pantheon::telemetry;

use crate::measure::Measure;
use crate::rows::Row;
use crate::stage::{Size, Stage};

/// The one that the product runs with: its hot paths are measured in this process, and so are the peers'.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Measures Pantheon against its peers, on a private Postgres with every guarantee on.
#[derive(Parser)]
struct Args {
    /// Smaller counts, to see a direction in a few minutes.
    #[arg(long, conflicts_with = "medium")]
    quick: bool,
    /// Shorter rounds, and logs of a million events at the most: about a quarter of an hour.
    #[arg(long)]
    medium: bool,
    /// These rows only, e.g. `P9` or `P1,P4`.
    #[arg(long, value_delimiter = ',', ignore_case = true)]
    only: Vec<Row>,
    /// Where the private servers keep their files for the time of the run: on a real disk. The
    /// system's temporary directory when left out.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Where the table is written as JSON. A run of all rows writes `bench/results/latest.json` and
    /// the table in `docs/PERFORMANCE.md` when this is left out.
    #[arg(long)]
    out: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    // As a node's own settings have it: what a log line and a metric cost is paid here too.
    telemetry::start_log("info", LogFormat::Text)?;
    if let Some(metrics) = telemetry::metrics() {
        tokio::spawn(telemetry::keep_metrics(metrics));
    }
    let (size, command) = match (args.quick, args.medium) {
        (true, _) => (Size::quick(), "make bench-quick"),
        (_, true) => (Size::medium(), "make bench ARGS=--medium"),
        _ => (Size::full(), "make bench"),
    };
    let heading = heading(command)?;
    let wanted = if args.only.is_empty() {
        Row::ALL
    } else {
        &args.only
    };
    let stage = Stage::open(args.dir.as_deref(), size).await?;
    let mut measures = Vec::new();
    for row in wanted {
        eprintln!("measuring {row:?} …");
        let measured = match row.measure(&stage).await {
            Ok(measured) => measured,
            Err(error) => vec![Measure::failed(format!("{row:?}"), &error)],
        };
        eprintln!("{}", measure::table(&measured));
        measures.extend(measured);
    }
    stage.close().await?;
    println!("{}", measure::table(&measures));
    match args.out {
        Some(path) => measure::write(&measures, &path),
        None if args.only.is_empty() => keep(&measures, &heading),
        None => Ok(()),
    }
}

/// What was run, when, and on what machine.
fn heading(command: &str) -> Result<String> {
    let today = Clock::system().now().date_naive();
    let cores = std::thread::available_parallelism()?;
    // What others did on the machine; Linux only.
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("unknown");
    Ok(format!(
        "`{command}`, {today}, {cores} cores, load of the machine before the run {load}:"
    ))
}

/// A run of all rows is the last run.
fn keep(measures: &[Measure], heading: &str) -> Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    measure::write(measures, &here.join("results/latest.json"))?;
    measure::publish(measures, heading, &here.join("../docs/PERFORMANCE.md"))
}
