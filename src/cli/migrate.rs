//! `pantheon migrate`: the database's schema.

use clap::Subcommand;
use serde_json::json;
use sqlx::PgPool;

use super::{Exit, Failure, Global};
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
        let pool = connect().await?;
        if matches!(self, Self::Up) {
            migrations::up(&pool)
                .await
                .map_err(|error| Failure::failed(format!("not migrated: {error}")))?;
        }
        let standing = migrations::standing(&pool)
            .await
            .map_err(|error| Failure::unreachable(error.to_string()))?;
        let (word, missing) = match standing {
            Standing::Current => ("current", 0),
            Standing::Behind(missing) => ("behind", missing),
            Standing::Ahead => ("ahead", 0),
        };
        global
            .output
            .one(&json!({ "status": word, "missing": missing }))?;
        match standing {
            Standing::Current => Ok(()),
            Standing::Behind(_) => Err(Failure::new(
                Exit::Behind,
                "migrations are missing; run `pantheon migrate up`",
            )),
            Standing::Ahead => Err(Failure::failed(
                "the database was migrated by a newer build; run that build, or a newer one",
            )),
        }
    }
}

/// A connection to the database that the settings name.
pub(super) async fn connect() -> Result<PgPool, Failure> {
    let config = Config::load(&Sources::process(Mode::Serve, Default::default()))
        .map_err(|error| Failure::usage(error.to_string()))?;
    let url = config
        .database_url
        .ok_or_else(|| Failure::usage("DATABASE_URL is not set; name the Postgres to look at"))?;
    PgPool::connect(url.expose())
        .await
        .map_err(|error| Failure::unreachable(format!("Postgres is not reachable: {error}")))
}
