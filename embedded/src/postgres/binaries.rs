//! Finding Postgres' programs.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::find::{self, Version};
use crate::run_as::RunAs;

/// The oldest Postgres that Pantheon works with.
pub const MINIMUM_POSTGRES: u32 = 15;

/// One installation of Postgres' server programs.
#[derive(Clone, Debug)]
pub struct PostgresBinaries {
    dir: PathBuf,
    version: Version,
}

impl PostgresBinaries {
    /// The installation to use: `PANTHEON_PG_BIN` alone if it is set, else the first one on `PATH`,
    /// else the newest below `/usr/lib/postgresql`.
    ///
    /// # Errors
    /// When there is none of version 15 or newer; the message says how to get one.
    pub fn find() -> Result<PostgresBinaries> {
        Self::find_for(None)
    }

    /// As [`find`](Self::find), of just that major version: a cluster's files belong to one.
    pub(crate) fn find_for(major: Option<u32>) -> Result<PostgresBinaries> {
        let (fitting, others): (Vec<_>, Vec<_>) = installed().into_iter().partition(|b| {
            b.version.major >= MINIMUM_POSTGRES && major.is_none_or(|m| b.version.major == m)
        });
        if let Some(binaries) = fitting.into_iter().next() {
            return Ok(binaries);
        }
        let wanted =
            major.map_or_else(|| format!("{MINIMUM_POSTGRES} or newer"), |m| m.to_string());
        let found = match others.as_slice() {
            [] => "none".to_owned(),
            others => others
                .iter()
                .map(PostgresBinaries::describe)
                .collect::<Vec<_>>()
                .join(", "),
        };
        bail!(
            "Pantheon needs the server programs of Postgres {wanted} (found: {found}). Run `make setup`, or \
             `apt-get install postgresql`, or set PANTHEON_PG_BIN to the directory that holds `initdb` and \
             `postgres`, or set DATABASE_URL to use a server that runs already"
        )
    }

    /// The directory of `postgres`, `initdb`, `psql`.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The version of `postgres`.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    fn describe(&self) -> String {
        format!("{} in {}", self.version, self.dir.display())
    }

    pub(crate) fn command(&self, program: &str, user: &RunAs) -> Result<Command> {
        let path = self.dir.join(program);
        if !user.can_reach(&self.dir) {
            bail!(
                "user {} cannot reach {}: Postgres does not run as root; install it where every user can run it",
                user.name(),
                path.display()
            );
        }
        let mut command = Command::new(path);
        // Localised messages and a caller's PG* variables would change what the programs do.
        command
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("LC_ALL", "C")
            .current_dir("/");
        user.apply(&mut command);
        Ok(command)
    }
}

fn installed() -> Vec<PostgresBinaries> {
    candidates()
        .into_iter()
        .filter(|dir| find::is_executable(&dir.join("initdb")))
        .filter_map(|dir| {
            let version = find::version_of(&dir.join("postgres"))?;
            Some(PostgresBinaries { dir, version })
        })
        .collect()
}

fn candidates() -> Vec<PathBuf> {
    if let Some(dir) = env::var_os("PANTHEON_PG_BIN").filter(|dir| !dir.is_empty()) {
        return vec![dir.into()];
    }
    let path = find::on_path("postgres");
    let path = path
        .iter()
        .filter_map(|file| Some(fs::canonicalize(file).ok()?.parent()?.to_owned()));
    path.chain(debian()).collect()
}

/// Debian keeps each major version in `/usr/lib/postgresql/<major>/bin`, off the `PATH`.
fn debian() -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir("/usr/lib/postgresql") else {
        return Vec::new();
    };
    let mut majors: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .collect();
    majors.sort_by_key(|(major, _)| std::cmp::Reverse(*major));
    majors.into_iter().map(|(_, dir)| dir).collect()
}

/// The major version that made a cluster, or `None` when there is no cluster.
pub(crate) fn major_of(cluster: &Path) -> Result<Option<u32>> {
    let file = cluster.join("PG_VERSION");
    if !file.exists() {
        return Ok(None);
    }
    let text =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let major = text
        .trim()
        .parse()
        .with_context(|| format!("{} holds no version: {text:?}", file.display()))?;
    Ok(Some(major))
}
