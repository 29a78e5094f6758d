//! A migrated cluster on disk, from which each test process copies its own in a moment.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use pantheon_embedded::{PostgresBinaries, PostgresOptions, RunAs};

use crate::database::prepare_template;
use crate::migrations;
use crate::scratch::{self, Scratch};

/// Fills `home` with a copy of the cached cluster; the first caller makes it.
pub async fn copy_into(home: &Path) -> Result<()> {
    let cached = ensure().await?;
    let mut copy = Command::new("cp");
    copy.args(["-a", "--reflink=auto"])
        .arg(cached.join("."))
        .arg(home);
    let output = copy.output().context("cannot run cp")?;
    if !output.status.success() {
        bail!(
            "cannot copy the cached cluster: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

async fn ensure() -> Result<PathBuf> {
    let version = PostgresBinaries::find()?.version();
    let user = RunAs::unprivileged()?.name().replace(' ', "-");
    let print = migrations::fingerprint(&migrations::migrator().await?);
    let name = format!("pantheon-cluster-{user}-{version}-{print}");
    let cached = scratch::base().join(&name);
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(scratch::base().join(format!("{name}.lock")))
        .context("cannot open the cached cluster's lock")?;
    tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await??;
    if !cached.exists() {
        make(&cached).await?;
    }
    Ok(cached)
}

async fn make(cached: &Path) -> Result<()> {
    let scratch = Scratch::new("cluster")?;
    let options = PostgresOptions::new(scratch.path()).throw_away();
    let mut server = pantheon_embedded::Postgres::start(options).await?;
    prepare_template(&server.url("postgres")).await?;
    server.stop().await?;
    drop(server);
    fs::rename(scratch.path(), cached)
        .with_context(|| format!("cannot keep the cluster in {}", cached.display()))
}
