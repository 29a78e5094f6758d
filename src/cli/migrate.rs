//! `pantheon migrate`: the database's schema.

use clap::Subcommand;
use serde_json::json;

use super::{Failure, Global, database};
use crate::config::{Config, Mode, Sources};
use crate::migrations::{self, Standing};

/// The database's schema.
#[derive(Debug, Subcommand)]
pub enum Migrate {
    /// Apply what is missing.
    Up,
    /// Say how it stands; exit 7 when migrations are missing.
    Status,
}

impl Migrate {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let config = Config::load(&Sources::process(Mode::Serve, Default::default()))?;
        let pool = database::of(&config).await?;
        if matches!(self, Self::Up) {
            migrations::up(&pool)
                .await
                .map_err(|error| Failure::failed(format!("not migrated: {error}")))?;
        }
        let standing = migrations::standing(&pool)
            .await
            .map_err(|error| Failure::database("Postgres did not answer", &error))?;
        let (word, missing) = match standing {
            Standing::Current => ("current", 0),
            Standing::Behind(missing) => ("behind", missing),
            Standing::Ahead => ("ahead", 0),
        };
        global
            .output
            .one(&json!({ "status": word, "missing": missing }))?;
        Ok(standing.ready().map_err(anyhow::Error::from)?)
    }
}
