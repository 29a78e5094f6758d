//! Measures Pantheon side by side with its peers: `make bench`. `docs/PERFORMANCE.md` says what
//! each row means.

mod connection;
mod load;
mod measure;
mod noop;
mod ours;
mod rows;
mod stage;
mod vanilla;
mod workload;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

use crate::rows::Row;
use crate::stage::{Size, Stage};

/// Measures Pantheon against its peers, on a private Postgres with every guarantee on.
#[derive(Parser)]
struct Args {
    /// Smaller counts, to see a direction.
    #[arg(long)]
    quick: bool,
    /// These rows only, e.g. `P9` or `P1,P4`.
    #[arg(long, value_delimiter = ',', ignore_case = true)]
    only: Vec<Row>,
    /// Where the private Postgres keeps its files for the time of the run: on a real disk. The
    /// system's temporary directory when left out.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Where the table is written as JSON.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/results/latest.json"))]
    out: PathBuf,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let size = if args.quick {
        Size::quick()
    } else {
        Size::full()
    };
    let wanted = if args.only.is_empty() {
        Row::ALL
    } else {
        &args.only
    };
    let stage = Stage::open(args.dir.as_deref(), size).await?;
    let mut measures = Vec::new();
    for row in wanted {
        eprintln!("measuring {row:?} …");
        measures.extend(row.measure(&stage).await?);
    }
    stage.close().await?;
    println!("{}", measure::table(&measures));
    measure::write(&measures, &args.out)
}
