//! `pantheon asyncapi`.

use clap::Args;

use super::{Failure, Global};

/// Prints the AsyncAPI document.
#[derive(Debug, Args)]
pub struct Asyncapi {}

impl Asyncapi {
    pub(super) fn run(self, global: &Global) -> Result<(), Failure> {
        Ok(global.output.document(crate::asyncapi::document())?)
    }
}
