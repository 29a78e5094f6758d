//! One look at a server, for those who set it up: is it there, does it let us in, will it do.

use std::time::Duration;

use async_nats::client::RequestErrorKind;
use async_nats::{ConnectErrorKind, ConnectOptions};

use crate::bus::{self, BusError, Credentials};

const PATIENCE: Duration = Duration::from_secs(5);
const JETSTREAM: &str = "$JS.API.INFO";

/// Why a server will not do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// The setting cannot be used.
    #[error(transparent)]
    Setting(BusError),
    /// Nobody is there.
    #[error("not reachable: {0}")]
    Unreachable(String),
    /// It does not know our keys.
    #[error("it does not let these keys in: {0}")]
    Denied(String),
    /// It is too old.
    #[error("{0}")]
    TooOld(String),
    /// It has no JetStream for us.
    #[error("it has no JetStream in this account")]
    NoJetStream,
}

/// Looks at the server once; gives its version.
///
/// # Errors
/// See [`ProbeError`].
pub async fn probe(url: &str, credentials: &Credentials) -> Result<String, ProbeError> {
    let servers = bus::addresses(url).map_err(ProbeError::Setting)?;
    let options = bus::with_credentials(ConnectOptions::new(), credentials);
    let options = options
        .map_err(ProbeError::Setting)?
        .name("pantheon-doctor")
        .connection_timeout(PATIENCE)
        .request_timeout(Some(PATIENCE));
    let client = options.connect(servers).await.map_err(|error| {
        let why = error.to_string();
        match error.kind() {
            ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => {
                ProbeError::Denied(why)
            }
            _ => ProbeError::Unreachable(why),
        }
    })?;
    let info = client.server_info();
    let version = info.version;
    bus::check_version(&version).map_err(ProbeError::TooOld)?;
    match client.request(JETSTREAM, "".into()).await {
        Ok(_) => Ok(version),
        Err(error) if error.kind() == RequestErrorKind::NoResponders => {
            Err(ProbeError::NoJetStream)
        }
        // A server whose auth callout nobody answers lets nobody in and does not say so at once.
        Err(error) if error.kind() == RequestErrorKind::TimedOut && info.auth_required => Err(
            ProbeError::Denied("it asked for a key and did not take it".to_owned()),
        ),
        Err(error) => Err(ProbeError::Unreachable(error.to_string())),
    }
}
