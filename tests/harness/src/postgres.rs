//! Postgres for tests.

use std::sync::{Arc, LazyLock, Weak};

use anyhow::Result;
use pantheon_embedded::PostgresOptions;
use tokio::sync::Mutex;

use crate::cache;
use crate::database::Database;
use crate::scratch::Scratch;

/// A server with its directory; the server goes first.
#[derive(Debug)]
pub(crate) struct Server {
    postgres: pantheon_embedded::Postgres,
    _scratch: Scratch,
}

impl Server {
    async fn start(
        scratch: Scratch,
        configure: impl FnOnce(PostgresOptions) -> PostgresOptions,
    ) -> Result<Server> {
        cache::copy_into(scratch.path()).await?;
        let options = configure(PostgresOptions::new(scratch.path()));
        let postgres = pantheon_embedded::Postgres::start(options).await?;
        Ok(Server {
            postgres,
            _scratch: scratch,
        })
    }
}

/// The server that the tests of this process share, as long as one of them uses it.
static SHARED: LazyLock<Mutex<Weak<Server>>> = LazyLock::new(Mutex::default);

/// A Postgres of this test alone, to kill and start again.
#[derive(Debug)]
pub struct Postgres {
    server: Server,
}

impl Postgres {
    /// A fresh migrated database on the server that all tests of this process share.
    ///
    /// # Errors
    /// When no Postgres can be started; the message says what is missing.
    pub async fn shared() -> Result<Database> {
        let mut shared = SHARED.lock().await;
        let server = match shared.upgrade() {
            Some(server) => server,
            None => {
                let scratch = Scratch::in_memory("postgres")?;
                Arc::new(Server::start(scratch, PostgresOptions::throw_away).await?)
            }
        };
        *shared = Arc::downgrade(&server);
        drop(shared);
        Database::create(&server.postgres, Some(Arc::clone(&server))).await
    }

    /// A server of this test alone, which syncs to disk as in production.
    ///
    /// # Errors
    /// As [`shared`](Self::shared).
    pub async fn own() -> Result<Postgres> {
        Self::own_with(|options| options).await
    }

    /// As [`own`](Self::own), with settings of `postgresql.conf`.
    ///
    /// # Errors
    /// As [`shared`](Self::shared).
    pub async fn own_with(
        configure: impl FnOnce(PostgresOptions) -> PostgresOptions,
    ) -> Result<Postgres> {
        Ok(Postgres {
            server: Server::start(Scratch::new("postgres")?, configure).await?,
        })
    }

    /// A fresh migrated database on this server, which must outlive its use.
    ///
    /// # Errors
    /// When the server does not run.
    pub async fn database(&self) -> Result<Database> {
        Database::create(&self.server.postgres, None).await
    }

    /// The loopback port, which stays the same over restarts.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.server.postgres.port()
    }

    /// Kills every process of it with SIGKILL.
    pub async fn kill9(&mut self) {
        self.server.postgres.kill9().await;
    }

    /// Stops it cleanly.
    ///
    /// # Errors
    /// When it had to be killed.
    pub async fn stop(&mut self) -> Result<()> {
        self.server.postgres.stop().await
    }

    /// Starts it again on the same port and data.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn restart(&mut self) -> Result<()> {
        self.server.postgres.restart().await
    }
}
