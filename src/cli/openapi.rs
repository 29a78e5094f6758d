//! `pantheon openapi`.

use clap::Args;

use super::{Failure, Global};

/// Prints the OpenAPI document.
#[derive(Debug, Args)]
pub struct Openapi {}

impl Openapi {
    pub(super) fn run(self, _: &Global) -> Result<(), Failure> {
        let document = crate::http::openapi()
            .to_pretty_json()
            .map_err(|error| Failure::failed(error.to_string()))?;
        Ok(super::output::line(&document)?)
    }
}
