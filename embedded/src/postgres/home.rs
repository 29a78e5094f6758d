//! Where a private Postgres keeps its files.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::run_as::RunAs;

/// Where root keeps data that the unprivileged user cannot reach in the caller's directory.
const SHELTER: &str = "/var/lib/pantheon";

/// A unix socket's path may have 107 bytes, and Postgres adds `/.s.PGSQL.<port>.lock`.
const LONGEST_SOCKET_DIR: usize = 80;

/// The directory of one private Postgres, owned by the user it runs as.
#[derive(Clone)]
pub struct Home {
    dir: PathBuf,
}

impl Home {
    /// Makes the directory, or finds it again. When `user` cannot reach it, it is made below
    /// `/var/lib/pantheon` and `dir` becomes a link to it.
    pub fn prepare(dir: &Path, user: &RunAs) -> Result<Home> {
        let wanted = std::path::absolute(dir)?;
        if !wanted.exists() {
            create(&wanted, user)?;
        }
        let dir = fs::canonicalize(&wanted)
            .with_context(|| format!("cannot open {}", wanted.display()))?;
        let parent = dir.parent().unwrap_or(&dir);
        if !user.can_reach(parent) {
            bail!(
                "user {} cannot reach {}: allow it with `chmod a+x` on the directories above, or move the data",
                user.name(),
                dir.display()
            );
        }
        user.own(&dir)?;
        Ok(Home { dir })
    }

    /// The real directory, not the link to it.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Postgres' own data directory.
    pub fn cluster(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// The superuser's password, mode 600.
    pub fn password_file(&self) -> PathBuf {
        self.dir.join("password")
    }

    /// What Postgres prints.
    pub fn log(&self) -> PathBuf {
        self.dir.join("postgres.log")
    }

    /// Whether the unix socket can lie here: its path must be short.
    pub fn fits_sockets(&self) -> bool {
        self.dir.as_os_str().len() <= LONGEST_SOCKET_DIR
    }
}

fn create(wanted: &Path, user: &RunAs) -> Result<()> {
    let parent = wanted
        .parent()
        .context("the data directory has no parent")?;
    fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    let real = fs::canonicalize(parent)?;
    if user.can_reach(&real) {
        return fs::DirBuilder::new()
            .mode(0o700)
            .create(wanted)
            .with_context(|| format!("cannot create {}", wanted.display()));
    }
    let sheltered = shelter()?;
    if wanted.is_symlink() {
        // The link's target is gone; Postgres starts anew.
        fs::remove_file(wanted)?;
    }
    symlink(&sheltered, wanted)
        .with_context(|| format!("cannot create the link {}", wanted.display()))?;
    tracing::info!(
        data = %sheltered.display(), link = %wanted.display(), user = user.name(),
        "the user Postgres runs as cannot reach the data directory; its data lies elsewhere"
    );
    Ok(())
}

fn shelter() -> Result<PathBuf> {
    fs::create_dir_all(SHELTER).with_context(|| format!("cannot create {SHELTER}"))?;
    fs::set_permissions(SHELTER, fs::Permissions::from_mode(0o711))?;
    let dir = tempfile::Builder::new()
        .prefix("postgres-")
        .tempdir_in(SHELTER)?;
    Ok(dir.keep())
}
