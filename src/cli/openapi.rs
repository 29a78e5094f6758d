//! `pantheon openapi`.

use clap::Args;

use super::{Failure, Global};

/// Prints the OpenAPI document.
#[derive(Debug, Args)]
pub struct Openapi {}

impl Openapi {
    pub(super) fn run(self, global: &Global) -> Result<(), Failure> {
        Ok(global.output.document(&crate::http::routes().document())?)
    }
}
