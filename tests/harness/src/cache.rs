//! A migrated cluster on disk, from which each test process copies its own in a moment.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use pantheon_embedded::{PostgresBinaries, PostgresOptions, RunAs};

use crate::database::make_template;
use crate::migrations;
use crate::scratch::Scratch;

/// Fills `home` with a copy of the cached cluster; the first caller makes it.
pub async fn copy_into(home: &Path) -> Result<()> {
    copy(&ensure().await?, home)
}

async fn ensure() -> Result<PathBuf> {
    let version = PostgresBinaries::find()?.version();
    let user = RunAs::unprivileged()?.name().replace(' ', "-");
    let print = migrations::fingerprint(&migrations::migrator().await?);
    let name = format!("postgres-{version}-{user}-{print}");
    let dir = dir()?;
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(dir.join(format!("{name}.lock")))
        .context("cannot open the cached cluster's lock")?;
    let _held = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await??;
    let cached = dir.join(&name);
    if !cached.exists() {
        make(&cached, &dir.join(format!("{name}.unfinished"))).await?;
    }
    Ok(cached)
}

/// Cargo's target directory, which `cargo clean` clears.
fn dir() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program
        .ancestors()
        .find(|dir| dir.join("CACHEDIR.TAG").exists());
    let dir = target
        .map_or_else(std::env::temp_dir, Path::to_owned)
        .join("pantheon-test");
    fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    Ok(dir)
}

async fn make(cached: &Path, unfinished: &Path) -> Result<()> {
    let scratch = Scratch::new("cluster")?;
    let options = PostgresOptions::new(scratch.path()).throw_away();
    let mut server = pantheon_embedded::Postgres::start(options).await?;
    make_template(&server).await?;
    server.stop().await?;
    let _ = fs::remove_dir_all(unfinished);
    copy(server.dir(), unfinished)?;
    fs::rename(unfinished, cached)
        .with_context(|| format!("cannot keep the cluster in {}", cached.display()))
}

/// Copies a directory's content with its owners.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    let mut copy = Command::new("cp");
    let output = copy
        .args(["-a", "--reflink=auto"])
        .arg(from.join("."))
        .arg(to)
        .output();
    let output = output.context("cannot run cp")?;
    if !output.status.success() {
        bail!(
            "cannot copy a cluster: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}
