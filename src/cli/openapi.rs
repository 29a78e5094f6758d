//! `pantheon openapi`.

use clap::Args;

use super::{Failure, Global};

/// Prints the OpenAPI document.
#[derive(Debug, Args)]
pub struct Openapi {}

impl Openapi {
    pub(super) fn run(self, _: &Global) -> Result<(), Failure> {
        Ok(super::output::Format::Json.one(&crate::http::routes().document())?)
    }
}
