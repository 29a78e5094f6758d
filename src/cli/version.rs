//! `pantheon version`.

use clap::Args;
use serde_json::json;

use super::output::{Format, line};
use super::{Failure, Global};

/// Prints the version.
#[derive(Debug, Args)]
pub struct Version {}

impl Version {
    pub(super) fn run(self, global: &Global) -> Result<(), Failure> {
        let version = env!("CARGO_PKG_VERSION");
        match global.output {
            Format::Table => line(&format!("pantheon {version}"))?,
            other => other.one(&json!({ "name": "pantheon", "version": version }))?,
        }
        Ok(())
    }
}
