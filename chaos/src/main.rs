//! `make chaos`: runs campaigns and says of each in one line of JSON what became of it.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use futures_util::FutureExt;
use pantheon_chaos::{Campaign, Outcome, Run, Scale};
use pantheon_harness::Seed;

/// Breaks a running installation in every way that its promises cover, and judges them.
#[derive(Parser)]
struct Args {
    /// These campaigns only, e.g. `F01` or `F01,F11`; all when left out.
    #[arg(long, value_delimiter = ',', ignore_case = true)]
    only: Vec<Campaign>,
    /// How often the fault comes; the campaign's own count when left out.
    #[arg(long)]
    count: Option<u64>,
    /// The seed of a run to repeat.
    #[arg(long)]
    seed: Option<u64>,
    /// The short forms, as the tests run them.
    #[arg(long)]
    short: bool,
    /// The binary under test; `pantheon` beside this program when left out.
    #[arg(long)]
    program: Option<PathBuf>,
    /// The binary with failpoints compiled in; that of the profile `dev` when left out.
    #[arg(long)]
    armed: Option<PathBuf>,
    /// Where journals are kept while a run goes on, and after it has failed.
    #[arg(long, default_value = "target/chaos")]
    dir: PathBuf,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let own = std::env::current_exe()?;
    let program = args
        .program
        .unwrap_or_else(|| own.with_file_name("pantheon"));
    // Beside `release` lies `debug`, which is also beside itself.
    let profiles = own.ancestors().nth(2).context("a target directory")?;
    let armed = args
        .armed
        .unwrap_or_else(|| profiles.join("debug/pantheon"));
    let scale = if args.short {
        Scale::Short
    } else {
        Scale::Full
    };
    let wanted = match args.only.is_empty() {
        true => Campaign::ALL,
        false => &args.only,
    };
    let mut well = true;
    for campaign in wanted.iter().copied() {
        let seed = args.seed.unwrap_or_else(|| Seed::of_run().number());
        let dir = args.dir.join(format!("{campaign}-{seed}"));
        // What is left of an earlier run with this seed makes room.
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir)
            .with_context(|| format!("cannot create {}", dir.display()))?;
        let run = Run {
            campaign,
            program: program.clone(),
            armed: armed.clone(),
            seed: Seed::of(seed),
            count: args.count.unwrap_or_else(|| campaign.count(scale)),
            scale,
            dir: Some(dir.clone()),
        };
        let outcome = performed(&run).await;
        told(&run, &outcome, &dir)?;
        well &= outcome.ok;
    }
    Ok(if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Runs it to its end, also when a wait in vain ends in a panic.
async fn performed(run: &Run) -> Outcome {
    let (campaign, seed) = (run.campaign, run.seed.number());
    eprintln!("{campaign}: {} times, seed {seed}", run.count);
    match AssertUnwindSafe(campaign.run(run)).catch_unwind().await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(error)) => Outcome::broken(campaign, seed, format!("{error:#}")),
        Err(panic) => {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
            Outcome::broken(campaign, seed, said.unwrap_or("a panic").to_owned())
        }
    }
}

/// One line of JSON; before it, when something did not hold, what it was and how to see it again.
fn told(run: &Run, outcome: &Outcome, dir: &Path) -> Result<()> {
    if outcome.ok {
        std::fs::remove_dir_all(dir)?;
    } else {
        for finding in outcome.findings.iter().take(20) {
            eprintln!("{}: {finding}", run.campaign);
        }
        let (campaign, count, seed) = (run.campaign, run.count, run.seed.number());
        let short = match run.scale {
            Scale::Full => "",
            Scale::Short => " ARGS=--short",
        };
        eprintln!(
            "{campaign} failed; its journal is kept in {}",
            dir.display()
        );
        eprintln!("repeat it with: make chaos F={campaign} N={count} SEED={seed}{short}");
    }
    println!("{}", serde_json::to_string(outcome)?);
    Ok(())
}
