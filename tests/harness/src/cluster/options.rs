//! What an installation is made of.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// What an installation is made of.
#[derive(Clone, Debug)]
pub struct ClusterOptions {
    pub(super) program: PathBuf,
    pub(super) nodes: usize,
    pub(super) proxied: bool,
    pub(super) settings: BTreeMap<String, String>,
    pub(super) own: BTreeMap<usize, Vec<(String, String)>>,
}

impl ClusterOptions {
    /// One node of this binary, usually `env!("CARGO_BIN_EXE_pantheon")`.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            nodes: 1,
            proxied: false,
            settings: BTreeMap::new(),
            own: BTreeMap::new(),
        }
    }

    /// So many nodes.
    #[must_use]
    pub fn nodes(mut self, count: usize) -> Self {
        self.nodes = count;
        self
    }

    /// Puts a proxy before Postgres and before nats-server for each node, to break its links.
    #[must_use]
    pub fn proxied(mut self) -> Self {
        self.proxied = true;
        self
    }

    /// A setting of all nodes.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.insert(name.to_owned(), value.to_owned());
        self
    }
}
