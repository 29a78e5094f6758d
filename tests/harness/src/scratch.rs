//! Directories of a test, removed with it, and with the next one if it was killed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use pantheon_embedded::RunAs;

const PREFIX: &str = "pantheon-test-";
/// Linux's file system in memory.
const MEMORY: &str = "/dev/shm";
/// What has to be free there, in bytes: containers often have 64 MiB.
const ROOM: u64 = 2 << 30;

/// A directory that goes when it is dropped. `<dir>.alive` is locked as long as its owner lives.
#[derive(Debug)]
pub struct Scratch {
    dir: PathBuf,
    _alive: File,
}

impl Scratch {
    /// A fresh directory in the system's temporary one.
    pub fn new(name: &str) -> Result<Scratch> {
        Self::within(&base(), name)
    }

    /// The same in memory where there is room, for what need not survive a power cut. A disk's file
    /// system takes ever longer to give out inodes while a thousand files come and go with each test.
    pub fn in_memory(name: &str) -> Result<Scratch> {
        let memory = Path::new(MEMORY);
        let room = rustix::fs::statvfs(memory)
            .is_ok_and(|found| found.f_bavail.saturating_mul(found.f_frsize) >= ROOM);
        let reached = RunAs::unprivileged().is_ok_and(|user| user.can_reach(memory));
        if room && reached {
            return Self::within(memory, name);
        }
        Self::new(name)
    }

    fn within(base: &Path, name: &str) -> Result<Scratch> {
        sweep(base);
        let dir = tempfile::Builder::new()
            .prefix(&format!("{PREFIX}{name}-"))
            .tempdir_in(base)
            .context("cannot create a temporary directory")?
            .keep();
        let alive = File::create(marker(&dir))?;
        alive
            .try_lock()
            .context("cannot lock a file that was just made")?;
        Ok(Scratch { dir, _alive: alive })
    }

    pub fn path(&self) -> &Path {
        &self.dir
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed now is swept by a later test.
        if fs::remove_dir_all(&self.dir).is_ok() || !self.dir.exists() {
            let _ = fs::remove_file(marker(&self.dir));
        }
    }
}

/// A temporary directory that Postgres can reach too.
fn base() -> PathBuf {
    RunAs::unprivileged().map_or_else(|_| std::env::temp_dir(), |user| user.temp_dir())
}

fn marker(dir: &Path) -> PathBuf {
    let mut name = dir.as_os_str().to_owned();
    name.push(".alive");
    name.into()
}

/// Removes what killed tests left behind.
fn sweep(base: &Path) {
    let Ok(entries) = fs::read_dir(base) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if name.starts_with(PREFIX) && name.ends_with(".alive") {
            remove_if_dead(&entry.path());
        }
    }
}

fn remove_if_dead(marker: &Path) {
    let Ok(file) = File::open(marker) else { return };
    if file.try_lock().is_ok() {
        let dir = marker.with_extension("");
        if fs::remove_dir_all(&dir).is_ok() || !dir.exists() {
            let _ = fs::remove_file(marker);
        }
    }
}
