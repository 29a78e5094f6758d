//! The private Postgres and nats-server, where none is named.

use std::path::PathBuf;

use pantheon_embedded::{Nats, NatsOptions, Postgres, PostgresOptions};
use pantheon_nats::{BusKeys, ServerConfig};

use crate::cli::database::PRIVATE;
use crate::cli::{Failure, database};
use crate::config::Config;
use crate::git::Repository;
use crate::migrations;
use crate::node::BusSettings;

/// What a development node runs on.
pub(super) struct Servers {
    postgres: Option<Postgres>,
    nats: Option<Nats>,
    pub database: String,
    pub bus: BusSettings,
}

impl Servers {
    /// Finds or starts Postgres and nats-server, and brings the schema up to date.
    pub(super) async fn start(config: &Config) -> Result<Self, Failure> {
        std::fs::create_dir_all(config.data_dir.join("keys"))?;
        let data = std::path::absolute(&config.data_dir)?;
        let (postgres, database) = match &config.database_url {
            Some(url) => (None, url.expose().to_owned()),
            None => {
                let options = PostgresOptions::new(data.join("postgres")).database(PRIVATE);
                let postgres = Postgres::start(options).await?;
                let url = postgres.url(PRIVATE);
                (Some(postgres), url)
            }
        };
        migrate(&database).await?;
        let keys = BusKeys::load_or_create(&config.bus_keys()).map_err(anyhow::Error::from)?;
        let (nats, url) = match &config.nats_url {
            Some(url) => (None, url.expose().to_owned()),
            None => {
                let nats = Nats::start(nats_options(&data, &keys)?).await?;
                let url = nats.url();
                (Some(nats), url)
            }
        };
        Ok(Self {
            postgres,
            nats,
            database,
            bus: BusSettings { url, keys },
        })
    }

    /// Stops what was started here, NATS first.
    pub(super) async fn stop(mut self) {
        if let Some(nats) = &mut self.nats
            && let Err(error) = nats.stop().await
        {
            tracing::warn!(%error, "nats-server did not stop well");
        }
        if let Some(postgres) = &mut self.postgres
            && let Err(error) = postgres.stop().await
        {
            tracing::warn!(%error, "Postgres did not stop well");
        }
    }
}

fn nats_options(data: &std::path::Path, keys: &BusKeys) -> Result<NatsOptions, Failure> {
    let probe = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let template = ServerConfig::new(probe, data.join("nats"), keys)
        .map_err(|error| Failure::failed(error.to_string()))?;
    Ok(NatsOptions::new(data.join("nats")).config(move |places| {
        let mut config = template.clone();
        config.listen.set_port(places.port);
        config.monitor_port = Some(places.http_port);
        config.store_dir = places.store_dir.clone();
        config.to_string()
    }))
}

/// A repository of this installation's own, empty at first. Without git there is none.
pub(super) async fn repository(config: &Config) -> Option<PathBuf> {
    let dir = config.data_dir.join("repository");
    match Repository::init(&dir).await {
        Ok(()) => Some(dir),
        Err(error) => {
            tracing::warn!(%error, "there is no repository to observe");
            None
        }
    }
}

async fn migrate(url: &str) -> Result<(), Failure> {
    let pool = database::connect(url).await?;
    migrations::up(&pool)
        .await
        .map_err(|error| Failure::failed(format!("the schema could not be brought up: {error}")))?;
    pool.close().await;
    Ok(())
}
