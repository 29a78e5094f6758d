//! `pantheon user`: accounts. They come with sign-in; until then operators have tokens.

use clap::Subcommand;

use super::Failure;

/// Accounts.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Add an account (comes with sign-in; until then see `pantheon token issue`).
    Add {
        /// Its e-mail address.
        email: Option<String>,
    },
}

impl User {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self::Add { .. } = self;
        Err(Failure::failed(
            "this build has no accounts yet: they come with sign-in. `pantheon token issue --role \
             … --subject …` gives a person or a script a token today.",
        ))
    }
}
