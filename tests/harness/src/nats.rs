//! nats-server for tests.

use std::ops::{Deref, DerefMut};

use anyhow::{Context, Result};
use pantheon_embedded::NatsOptions;

use crate::scratch::Scratch;

/// A nats-server of this test alone, with JetStream in a directory of its own. Kill, restart, wipe
/// and reload are those of [`pantheon_embedded::Nats`].
#[derive(Debug)]
pub struct Nats {
    server: pantheon_embedded::Nats,
    _scratch: Scratch,
}

impl Nats {
    /// Starts one without accounts.
    ///
    /// # Errors
    /// When no nats-server can be started; the message says what is missing.
    pub async fn own() -> Result<Nats> {
        Self::own_with(|options| options).await
    }

    /// Starts one with a configuration or port of the caller's.
    ///
    /// # Errors
    /// As [`own`](Self::own).
    pub async fn own_with(configure: impl FnOnce(NatsOptions) -> NatsOptions) -> Result<Nats> {
        let scratch = Scratch::new("nats")?;
        let options = configure(NatsOptions::new(scratch.path()));
        let server = pantheon_embedded::Nats::start(options).await?;
        Ok(Nats {
            server,
            _scratch: scratch,
        })
    }

    /// A connection without credentials.
    ///
    /// # Errors
    /// When the server is down or asks for credentials.
    pub async fn client(&self) -> Result<async_nats::Client> {
        async_nats::connect(self.server.url())
            .await
            .context("cannot connect to the test's nats-server")
    }
}

impl Deref for Nats {
    type Target = pantheon_embedded::Nats;

    fn deref(&self) -> &Self::Target {
        &self.server
    }
}

impl DerefMut for Nats {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.server
    }
}
