//! How a private nats-server is to run.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Where a nats-server is to listen and keep its files; what its configuration is written from.
#[derive(Clone, Debug)]
pub struct NatsPlaces {
    /// The clients' port on 127.0.0.1.
    pub port: u16,
    /// The monitoring port on 127.0.0.1.
    pub http_port: u16,
    /// JetStream's directory.
    pub store_dir: PathBuf,
    /// The directory of configuration and log, for files that the configuration names.
    pub dir: PathBuf,
}

impl NatsPlaces {
    /// The lines every configuration needs: where to listen, and JetStream in `store_dir`.
    #[must_use]
    pub fn base_config(&self) -> String {
        format!(
            "listen: \"127.0.0.1:{}\"\nhttp: \"127.0.0.1:{}\"\njetstream {{ store_dir: {:?} }}\n",
            self.port, self.http_port, self.store_dir
        )
    }
}

type Render = dyn Fn(&NatsPlaces) -> String + Send + Sync;

/// What [`Nats::start`](crate::Nats::start) needs to know.
#[derive(Clone)]
pub struct NatsOptions {
    pub(crate) dir: PathBuf,
    pub(crate) port: Option<u16>,
    pub(crate) config: Arc<Render>,
}

impl NatsOptions {
    /// A server that keeps everything in `dir`, with JetStream and without accounts.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> NatsOptions {
        NatsOptions {
            dir: dir.into(),
            port: None,
            config: Arc::new(NatsPlaces::base_config),
        }
    }

    /// The clients' loopback port; without it a free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> NatsOptions {
        self.port = Some(port);
        self
    }

    /// Writes the whole configuration from the places; start with [`NatsPlaces::base_config`].
    #[must_use]
    pub fn config(
        mut self,
        render: impl Fn(&NatsPlaces) -> String + Send + Sync + 'static,
    ) -> NatsOptions {
        self.config = Arc::new(render);
        self
    }
}

impl fmt::Debug for NatsOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsOptions")
            .field("dir", &self.dir)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}
