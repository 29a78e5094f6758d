//! How a private Postgres is to run.

use std::path::PathBuf;

/// What [`Postgres::start`](crate::Postgres::start) needs to know.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    pub(crate) dir: PathBuf,
    pub(crate) port: Option<u16>,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) database: Option<String>,
}

impl PostgresOptions {
    /// A Postgres that keeps everything in `dir`: the cluster, its password, its log. As root, when
    /// the user that Postgres runs as cannot reach `dir`, the data lies elsewhere and `dir` is a
    /// link to it.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> PostgresOptions {
        PostgresOptions {
            dir: dir.into(),
            port: None,
            settings: Vec::new(),
            database: None,
        }
    }

    /// The loopback port; without it a free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> PostgresOptions {
        self.port = Some(port);
        self
    }

    /// A database to create at the first start.
    #[must_use]
    pub fn database(mut self, name: impl Into<String>) -> PostgresOptions {
        self.database = Some(name.into());
        self
    }

    /// A line of `postgresql.conf`; the last one of a name holds.
    #[must_use]
    pub fn set(mut self, name: impl Into<String>, value: impl Into<String>) -> PostgresOptions {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// Lets the cluster lose everything when the machine stops, and start faster. A crash of
    /// Postgres itself still loses nothing.
    #[must_use]
    pub fn throw_away(self) -> PostgresOptions {
        self.set("fsync", "off")
            .set("shared_buffers", "32MB")
            .set("max_wal_size", "256MB")
    }

    pub(crate) fn setting(&self, name: &str) -> Option<&str> {
        self.settings
            .iter()
            .rev()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }
}
