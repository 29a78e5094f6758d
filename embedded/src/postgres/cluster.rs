//! Making a cluster.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::binaries::PostgresBinaries;
use super::home::Home;
use crate::port::secret;
use crate::run_as::RunAs;

/// The superuser of every private Postgres.
pub const SUPERUSER: &str = "pantheon";

/// Runs `initdb` unless there is a cluster already. It works in a directory beside the real one,
/// so that one that was interrupted leaves nothing that looks like a cluster.
pub fn ensure(home: &Home, binaries: &PostgresBinaries, user: &RunAs, durable: bool) -> Result<()> {
    let cluster = home.cluster();
    if cluster.join("PG_VERSION").exists() {
        return Ok(());
    }
    if cluster.exists() {
        bail!(
            "{} exists and is no Postgres cluster: move it away, or choose another --data-dir",
            cluster.display()
        );
    }
    let unfinished = home.dir().join("data.new");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)
            .with_context(|| format!("cannot remove {}", unfinished.display()))?;
    }
    write_password(&home.password_file(), user)?;
    let mut initdb = binaries.command("initdb", user)?;
    initdb
        .arg("--pgdata")
        .arg(&unfinished)
        .args([
            "--username",
            SUPERUSER,
            "--encoding",
            "UTF8",
            "--locale",
            "C",
        ])
        .args(["--auth", "scram-sha-256", "--data-checksums"])
        .arg("--pwfile")
        .arg(home.password_file());
    if !durable {
        initdb.arg("--no-sync");
    }
    run(&mut initdb).context("cannot make a Postgres cluster")?;
    fs::rename(&unfinished, &cluster)
        .with_context(|| format!("cannot rename {}", unfinished.display()))
}

/// The password that `initdb` was given.
pub fn password(home: &Home) -> Result<String> {
    let file = home.password_file();
    fs::read_to_string(&file)
        .map(|text| text.trim().to_owned())
        .with_context(|| {
            format!(
                "cannot read the password of the private Postgres in {}",
                file.display()
            )
        })
}

fn write_password(path: &Path, user: &RunAs) -> Result<()> {
    let _ = fs::remove_file(path);
    let mut file = fs::File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    writeln!(file, "{}", secret()?)?;
    user.own(path)
}

/// Runs a short-lived program; its output becomes the error's text.
pub fn run(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .with_context(|| format!("cannot run {name}"))?;
    if !output.status.success() {
        bail!(
            "{name} failed ({}): {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
