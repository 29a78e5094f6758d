//! Finding nats-server.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::find::{self, Version};

/// The oldest nats-server that Pantheon works with.
pub const MINIMUM_NATS: Version = Version {
    major: 2,
    minor: 14,
};

/// One nats-server program that is new enough.
#[derive(Clone, Debug)]
pub struct NatsBinary {
    path: PathBuf,
    version: Version,
}

impl NatsBinary {
    /// The program to use: `PANTHEON_NATS_BIN` alone if it is set, else `.tools/bin/nats-server` in
    /// the working directory or above it, else the first new enough one on `PATH`.
    ///
    /// # Errors
    /// When there is none of version 2.14 or newer; the message says how to get one.
    pub fn find() -> Result<NatsBinary> {
        let mut too_old = Vec::new();
        for path in candidates() {
            match find::version_of(&path) {
                Some(version) if version >= MINIMUM_NATS => {
                    return Ok(NatsBinary { path, version });
                }
                Some(version) => too_old.push(format!("{version} in {}", path.display())),
                None => too_old.push(format!("{}, which does not run", path.display())),
            }
        }
        let found = if too_old.is_empty() {
            "none".to_owned()
        } else {
            too_old.join(", ")
        };
        bail!(
            "Pantheon needs nats-server {MINIMUM_NATS} or newer (found: {found}). Run `make setup`, which puts one \
             into .tools/bin, or set PANTHEON_NATS_BIN to the program, or set NATS_URL to use a server that runs already"
        )
    }

    /// The program.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }
}

fn candidates() -> Vec<PathBuf> {
    if let Some(path) = env::var_os("PANTHEON_NATS_BIN").filter(|path| !path.is_empty()) {
        return vec![path.into()];
    }
    let here = env::current_dir().unwrap_or_default();
    let local = here
        .ancestors()
        .map(|dir| dir.join(".tools/bin/nats-server"));
    local
        .filter(|path| find::is_executable(path))
        .chain(find::on_path("nats-server"))
        .collect()
}
