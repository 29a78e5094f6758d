//! The private nats-server.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Result;
use pantheon::node::BusSettings;
use pantheon_embedded::{Nats, NatsOptions};
use pantheon_nats::{BusKeys, ServerConfig};

/// A nats-server with JetStream, configured as Pantheon's nodes want it.
pub struct Bus {
    server: Nats,
    pub settings: BusSettings,
}

impl Bus {
    /// Starts one that keeps its files below `dir`.
    pub async fn start(dir: &Path) -> Result<Self> {
        let keys = BusKeys::generate()?;
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let template = ServerConfig::new(any, dir.to_path_buf(), &keys)?;
        let options = NatsOptions::new(dir).config(move |places| {
            let mut config = template.clone();
            config.listen.set_port(places.port);
            config.monitor_port = Some(places.http_port);
            config.store_dir = places.store_dir.clone();
            config.to_string()
        });
        let server = Nats::start(options).await?;
        let url = server.url();
        let settings = BusSettings { url, keys };
        Ok(Self { server, settings })
    }

    pub async fn stop(mut self) -> Result<()> {
        self.server.stop().await
    }
}
