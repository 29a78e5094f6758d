//! `pantheon secrets`: the keys that seal passwords, credentials and what is said about people.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Value, json};
use sqlx::PgPool;

use super::{Exit, Failure, Global, database};
use crate::config::{Config, Mode, Sources};
use crate::secrets::{MasterKey, SecretError, in_use, rotate};

/// The keys that seal secrets.
#[derive(Debug, Subcommand)]
pub enum Secrets {
    /// Say which keys are in use, and which are configured.
    Status {
        /// The data directory that holds the keys.
        #[arg(long, value_name = "DIR")]
        data_dir: Option<PathBuf>,
    },
    /// Seal everything with the newest key, while nodes go on. One that broke off is called again.
    Rotate {
        /// Make a new key first, where the keys lie in the data directory.
        #[arg(long)]
        new_key: bool,
        /// The data directory that holds the keys.
        #[arg(long, value_name = "DIR")]
        data_dir: Option<PathBuf>,
    },
}

impl Secrets {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::Status { data_dir } => {
                let (pool, master) = open(data_dir).await?;
                let items = status(&pool, &master).await?;
                Ok(global
                    .output
                    .list(&items, &["key_id", "place", "secrets", "keys"])?)
            }
            Self::Rotate { new_key, data_dir } => {
                let (pool, master) = open(data_dir).await?;
                if new_key {
                    master.add().map_err(anyhow::Error::from)?;
                }
                let rotated = rotate(&pool, &master).await.map_err(failed)?;
                let newest = master.id();
                let left = in_use(&pool).await.map_err(failed)?;
                let left = left.iter().filter(|used| used.key_id != *newest);
                let left: i64 = left.map(|used| used.secrets + used.keys).sum();
                global.output.one(&json!({
                    "key_id": newest,
                    "secrets": rotated.secrets,
                    "keys": rotated.keys,
                    "failed": rotated.failed,
                    "left": left,
                }))?;
                match left {
                    0 => Ok(()),
                    left => Err(Failure::new(
                        Exit::Failed,
                        format!(
                            "{left} secrets are still under older keys; run `pantheon secrets rotate` \
                             again, and look at `pantheon secrets status` before a key is taken away"
                        ),
                    )),
                }
            }
        }
    }
}

/// The keys in use and the configured ones, the newest first.
async fn status(pool: &PgPool, master: &MasterKey) -> Result<Vec<Value>, Failure> {
    let used = in_use(pool).await.map_err(failed)?;
    let known = master.ids();
    let mut items = Vec::new();
    for (at, id) in known.iter().enumerate() {
        let used = used.iter().find(|used| used.key_id == **id);
        items.push(json!({
            "key_id": id,
            "place": if at == 0 { "newest" } else { "older" },
            "secrets": used.map_or(0, |used| used.secrets),
            "keys": used.map_or(0, |used| used.keys),
        }));
    }
    let unknown = used
        .iter()
        .filter(|used| known.iter().all(|id| **id != *used.key_id));
    items.extend(unknown.map(|used| {
        json!({
            "key_id": used.key_id,
            "place": "missing",
            "secrets": used.secrets,
            "keys": used.keys,
        })
    }));
    Ok(items)
}

async fn open(data_dir: Option<PathBuf>) -> Result<(PgPool, MasterKey), Failure> {
    let mut flags = BTreeMap::new();
    flags.extend(data_dir.map(|dir| ("data_dir", dir.display().to_string())));
    let config = Config::load(&Sources::process(Mode::Serve, flags))?;
    let pool = database::of(&config).await?;
    let master = MasterKey::open(config.secret_key.as_ref(), &config.data_dir);
    Ok((pool, master.map_err(anyhow::Error::from)?))
}

fn failed(error: SecretError) -> Failure {
    match error {
        SecretError::Database(error) => Failure::database("the vault did not answer", &error),
        other => Failure::failed(other.to_string()),
    }
}
