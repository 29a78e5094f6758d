//! What starting either server has in common: ports that are lost to a race, and logs to quote.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Error, Result};

use crate::port::free_port;

const PORT_TRIES: u32 = 5;
const FREE_WITHIN: Duration = Duration::from_secs(10);

/// Why a server did not start.
pub enum Failure {
    /// Somebody else listens on its port.
    PortTaken(Error),
    /// Anything else.
    Other(Error),
}

impl Failure {
    pub fn into_error(self) -> Error {
        match self {
            Failure::PortTaken(error) | Failure::Other(error) => error,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Other(error)
    }
}

/// Starts on a free port, and on another when that one is taken in the meantime.
pub async fn on_some_port(mut start: impl AsyncFnMut(u16) -> Result<(), Failure>) -> Result<()> {
    let mut tries = 0;
    loop {
        tries += 1;
        match start(free_port()?).await {
            Err(Failure::PortTaken(_)) if tries < PORT_TRIES => {}
            result => return result.map_err(Failure::into_error),
        }
    }
}

/// Starts on a port of one's own, which somebody's connection may hold for a moment.
pub async fn until_free(mut start: impl AsyncFnMut() -> Result<(), Failure>) -> Result<()> {
    let deadline = Instant::now() + FREE_WITHIN;
    loop {
        match start().await {
            Err(Failure::PortTaken(_)) if Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            result => return result.map_err(Failure::into_error),
        }
    }
}

/// A server's log, to quote what this start added to it.
pub struct LogFile {
    path: PathBuf,
    start: usize,
}

impl LogFile {
    pub fn at_end(path: PathBuf) -> LogFile {
        let length = fs::metadata(&path).map_or(0, |meta| meta.len());
        LogFile {
            path,
            start: usize::try_from(length).unwrap_or(0),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The last twenty new lines.
    pub fn new_lines(&self) -> String {
        let bytes = fs::read(&self.path).unwrap_or_default();
        let text = String::from_utf8_lossy(bytes.get(self.start..).unwrap_or_default());
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}
