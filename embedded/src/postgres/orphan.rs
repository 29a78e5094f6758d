//! What an earlier owner left behind: a server that is still stopping, or just its pid file.
//!
//! Called with the directory's lock held, so whatever runs on this cluster belongs to nobody.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::sys::{self, Signal};

/// Ends a server that runs on this cluster and removes a stale `postmaster.pid`.
pub async fn clear(cluster: &Path) -> Result<()> {
    let file = cluster.join("postmaster.pid");
    let Some(pid) = read_pid(&file) else {
        return Ok(());
    };
    if runs_on(pid, cluster) {
        tracing::warn!(
            pid,
            "a Postgres of an earlier run still uses this data directory; stopping it"
        );
        end(pid, cluster).await?;
    }
    // The pid may belong to something else by now, which Postgres would take for a rival.
    match fs::remove_file(&file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Signals all processes of a postmaster and of its children, and waits until they are gone.
pub async fn kill_all(postmaster: u32) {
    let mut family = children(postmaster);
    let _ = sys::send(postmaster, Signal::Kill);
    family.extend(children(postmaster));
    for pid in &family {
        let _ = sys::send(*pid, Signal::Kill);
    }
    let deadline = Instant::now() + Duration::from_secs(10);
    while family.iter().any(|pid| is_alive(*pid)) && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn read_pid(file: &Path) -> Option<u32> {
    fs::read_to_string(file)
        .ok()?
        .lines()
        .next()?
        .trim()
        .parse()
        .ok()
}

/// Postgres makes its data directory its working directory.
fn runs_on(pid: u32, cluster: &Path) -> bool {
    let there: Option<PathBuf> = fs::read_link(format!("/proc/{pid}/cwd")).ok();
    there.is_some_and(|dir| fs::canonicalize(cluster).is_ok_and(|cluster| dir == cluster))
}

async fn end(pid: u32, cluster: &Path) -> Result<()> {
    for signal in [Signal::Interrupt, Signal::Quit] {
        let _ = sys::send(pid, signal);
        if gone_within(pid, cluster, Duration::from_secs(10)).await {
            return Ok(());
        }
    }
    kill_all(pid).await;
    if runs_on(pid, cluster) {
        bail!(
            "process {pid} is a Postgres on {} that does not end: stop it by hand",
            cluster.display()
        );
    }
    Ok(())
}

async fn gone_within(pid: u32, cluster: &Path, patience: Duration) -> bool {
    let deadline = Instant::now() + patience;
    while runs_on(pid, cluster) {
        if Instant::now() > deadline {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    true
}

fn children(parent: u32) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| stat(*pid).is_some_and(|(_, of)| of == parent))
        .collect()
}

fn is_alive(pid: u32) -> bool {
    stat(pid).is_some_and(|(state, _)| state != 'Z')
}

/// A process's state letter and its parent, as `/proc/<pid>/stat` has them after the name.
fn stat(pid: u32) -> Option<(char, u32)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}
