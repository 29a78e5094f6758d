//! The database, for the commands that need no server.

use std::str::FromStr;
use std::time::Duration;

use pantheon_embedded::Postgres;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool};
use tokio::time::{Instant, sleep, timeout_at};

use super::{Exit, Failure};
use crate::config::Config;

/// The name of the database in a private Postgres.
pub const PRIVATE: &str = "pantheon";

/// How long a database that is just starting is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(200);

/// The database that the settings name, else the one of a `pantheon dev` that runs on this data
/// directory.
pub async fn of(config: &Config) -> Result<PgPool, Failure> {
    if let Some(url) = &config.database_url {
        return connect(url.expose()).await;
    }
    match Postgres::running(&config.data_dir.join("postgres"), PRIVATE) {
        Some(url) => connect(&url).await,
        None => Err(Failure::usage(
            "DATABASE_URL is not set, and no `pantheon dev` runs on this data directory; name the \
             Postgres that holds the log",
        )),
    }
}

/// A pool of few connections, after one of them was had.
pub async fn connect(url: &str) -> Result<PgPool, Failure> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|error| Failure::usage(format!("DATABASE_URL is not a Postgres URL: {error}")))?
        .application_name("pantheon-cli");
    let connection = first(&options).await.map_err(|error| {
        let doing = match Exit::of_database(&error) {
            Exit::Denied => "Postgres does not let us in",
            Exit::Unreachable => "Postgres is not reachable",
            _ => "Postgres refused the connection",
        };
        Failure::database(doing, &error)
    })?;
    // It was asked for its error alone; the pool opens its own.
    let _ = connection.close().await;
    Ok(PgPoolOptions::new()
        .max_connections(2)
        .acquire_timeout(PATIENCE)
        .connect_lazy_with(options))
}

/// The first connection. A pool would hide the reason why there is none behind a time-out.
async fn first(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    let until = Instant::now() + PATIENCE;
    loop {
        let tried = timeout_at(until, PgConnection::connect_with(options)).await;
        match tried.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
            Err(error)
                if Exit::of_database(&error) == Exit::Unreachable
                    && Instant::now() + PAUSE < until =>
            {
                sleep(PAUSE).await;
            }
            done => return done,
        }
    }
}
