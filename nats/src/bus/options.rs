//! How to connect, and as whom.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Who connects.
#[derive(Clone)]
pub enum Credentials {
    /// Nobody in particular (a server without accounts, in tests).
    None,
    /// A name and a password.
    Password {
        /// The user's name.
        user: String,
        /// The password.
        password: String,
    },
    /// The seed of a user NKey (`SU…`).
    Seed(String),
    /// A file that holds such a seed.
    SeedFile(PathBuf),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Password { .. } => "Password",
            Self::Seed(_) => "Seed",
            Self::SeedFile(_) => "SeedFile",
        })
    }
}

/// How to connect.
#[derive(Clone, Debug)]
pub struct BusOptions {
    /// `nats://host:port`, several separated by commas.
    pub url: String,
    /// Who connects.
    pub credentials: Credentials,
    /// The connection's name, as the server's monitoring shows it. Unique among the nodes.
    pub name: String,
    /// How often the connection is probed.
    pub ping_interval: Duration,
    /// How long one attempt to connect may take.
    pub connect_timeout: Duration,
    /// How long any request waits for its answer.
    pub request_timeout: Duration,
    /// How many messages a subscription holds before it drops (and says so).
    pub subscription_capacity: usize,
}

impl BusOptions {
    /// The usual settings for a server and a user.
    #[must_use]
    pub fn new(url: impl Into<String>, credentials: Credentials, name: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            credentials,
            name: name.into(),
            // A server that is silent for three pings is gone.
            ping_interval: Duration::from_secs(1),
            connect_timeout: Duration::from_secs(3),
            request_timeout: Duration::from_secs(3),
            subscription_capacity: 4_096,
        }
    }
}
