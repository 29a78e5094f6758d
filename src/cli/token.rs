//! `pantheon token`: operators' tokens.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Subcommand;
use pantheon_events::TenantId;
use pantheon_log::{Log, LogOptions, Writer, WriterOptions};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::{Failure, Global, database};
use crate::audit::token_issued;
use crate::auth::{Auth, Issued, KeyFile, Listed, Revoked, Role, TokenKeys, revoke};
use crate::clock::Clock;
use crate::config::{Config, Mode, Sources};
use crate::migrations;
use crate::store::{Commands, DispatcherOptions};

/// Operators' tokens.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Sign a token with this installation's key. It is put on record and printed once.
    Issue {
        /// What it may do: admin, developer, viewer or auditor.
        #[arg(long)]
        role: Role,
        /// Whose it is: a user's UUID or a script's name.
        #[arg(long, default_value = "operator", value_parser = plain)]
        subject: String,
        /// The organisation's slug.
        #[arg(long, default_value = "default")]
        organization: String,
        /// How long it is good for, in hours.
        #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u64).range(1..=87_600))]
        hours: u64,
        /// The data directory that holds the key.
        #[arg(long, value_name = "DIR")]
        data_dir: Option<PathBuf>,
    },
    /// List the keys that tokens are signed and verified with; none is shown.
    Keys {
        /// The data directory that holds the keys.
        #[arg(long, value_name = "DIR")]
        data_dir: Option<PathBuf>,
    },
    /// Sign with a fresh key from now on. Nobody is signed out: the key before verifies until it is
    /// retired. Nodes that run see it within a second.
    Rotate {
        /// The data directory that holds the keys.
        #[arg(long, value_name = "DIR")]
        data_dir: Option<PathBuf>,
    },
    /// Refuse what a key signed that does not sign any more.
    Retire {
        /// The key's id, as `token keys` lists it.
        #[arg(allow_hyphen_values = true)]
        kid: String,
        /// The data directory that holds the keys.
        #[arg(long, value_name = "DIR")]
        data_dir: Option<PathBuf>,
    },
    /// Take a token back on every node.
    Revoke {
        /// The token's id (`jti`), or the token itself.
        token: String,
        /// The data directory of a `pantheon dev`, where DATABASE_URL is not set.
        #[arg(long, value_name = "DIR")]
        data_dir: Option<PathBuf>,
    },
}

impl Token {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::Issue {
                role,
                subject,
                organization,
                hours,
                data_dir,
            } => {
                let config = settings(data_dir)?;
                let made = TokenKeys::find(config.token_key.as_ref(), &config.data_dir);
                let made = made.map_err(anyhow::Error::from)?.is_none();
                let auth = auth(&config)?;
                if made {
                    let keys = config.data_dir.join("keys");
                    eprintln!(
                        "pantheon: there was no key in {}, so one was made; a server with another data \
                         directory does not know it (name that one with --data-dir)",
                        keys.display()
                    );
                }
                let ttl = Duration::from_secs(hours * 3600);
                let tenant = TenantId::of_slug(&organization);
                let issued = auth.issue_operator(&subject, tenant, role, ttl);
                // On record before anybody can come with it. Whoever has the key can sign without this
                // program, so a database that is away keeps nobody from it.
                let recorded = record(&config, &issued, &subject, role, tenant).await;
                if let Err(failure) = recorded {
                    eprintln!("pantheon: the token is not on record: {}", failure.message);
                }
                global.output.one(&json!({
                    "token": issued.token,
                    "id": issued.id,
                    "role": role.as_str(),
                    "tenant": tenant,
                    "expires_at": issued.expires_at,
                }))?;
            }
            Self::Keys { data_dir } => {
                let keys = file(data_dir)?.list();
                print(global, keys.map_err(anyhow::Error::from)?)?;
            }
            Self::Rotate { data_dir } => {
                let keys = file(data_dir)?.rotate(Clock::system().now());
                print(global, keys.map_err(anyhow::Error::from)?)?;
            }
            Self::Retire { kid, data_dir } => {
                let keys = file(data_dir)?.retire(&kid);
                print(global, keys.map_err(anyhow::Error::from)?)?;
            }
            Self::Revoke { token, data_dir } => {
                let id = id_of(&token)?;
                let pool = database::of(&settings(data_dir)?).await?;
                let ends = Clock::system().now() + chrono::TimeDelta::days(3650);
                let new = revoke(&pool, id, "cli", ends)
                    .await
                    .map_err(|error| Failure::database("the token was not taken back", &error))?;
                global
                    .output
                    .one(&json!({ "id": id, "revoked": true, "already": !new }))?;
            }
        }
        Ok(())
    }
}

/// Puts the token's issue into the log.
async fn record(
    config: &Config,
    issued: &Issued,
    subject: &str,
    role: Role,
    tenant: TenantId,
) -> Result<(), Failure> {
    let pool = database::of(config).await?;
    let standing = migrations::standing(&pool).await;
    let standing = standing.map_err(|error| Failure::database("the log cannot be read", &error))?;
    standing.ready().map_err(anyhow::Error::from)?;
    let connect = pool.connect_options().as_ref().clone();
    let stop = CancellationToken::new();
    let log = Log::open(pool.clone(), LogOptions::default()).await;
    let log = log.map_err(anyhow::Error::from)?;
    let (writer, task) = Writer::start(connect, &log, WriterOptions::default(), stop.clone());
    let commands = Commands::new(&DispatcherOptions {
        pool,
        writer,
        clock: Clock::system(),
        tracker: TaskTracker::new(),
        cached_streams: 1,
    });
    let told = token_issued(&commands.trails, issued, subject, role.as_str(), tenant).await;
    drop(commands);
    stop.cancel();
    let ended = task.await;
    told.map_err(anyhow::Error::from)?;
    Ok(ended.map_err(anyhow::Error::from)?)
}

/// A client reads a token's payload with a decoder that knows neither `-` nor `_` of base64url: what
/// stands in it must not need them.
fn plain(subject: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '>' | '?' | '~');
    if subject.is_empty() || subject.len() > 100 || !subject.chars().all(is_plain) {
        return Err(
            "expected 1 to 100 ASCII characters without spaces, `>`, `?` and `~`".to_owned(),
        );
    }
    Ok(subject.to_owned())
}

fn settings(data_dir: Option<PathBuf>) -> Result<Config, Failure> {
    let mut flags = BTreeMap::new();
    flags.extend(data_dir.map(|dir| ("data_dir", dir.display().to_string())));
    Ok(Config::load(&Sources::process(Mode::Serve, flags))?)
}

/// The file with the keys.
fn file(data_dir: Option<PathBuf>) -> Result<KeyFile, Failure> {
    let config = settings(data_dir)?;
    KeyFile::of(&config).ok_or_else(|| {
        Failure::usage(
            "the keys stand in PANTHEON_TOKEN_KEY itself; name their file with PANTHEON_TOKEN_KEY_FILE, or \
             write the new key before the others there (docs/OPERATIONS.md)",
        )
    })
}

fn print(global: &Global, keys: Vec<Listed>) -> Result<(), Failure> {
    let rows = keys
        .into_iter()
        .map(|key| json!({ "kid": key.kid, "signs": key.signs, "note": key.note }));
    let rows: Vec<_> = rows.collect();
    Ok(global.output.list(&rows, &["kid", "signs", "note"])?)
}

fn auth(config: &Config) -> Result<Auth, Failure> {
    let keys = TokenKeys::open(config.token_key.as_ref(), &config.data_dir)
        .map_err(anyhow::Error::from)?;
    Ok(Auth::new(keys, Clock::system(), Revoked::default()))
}

/// The id, or the one that stands in a token. Whether the token is any good does not matter: its
/// id is refused from now on.
fn id_of(text: &str) -> Result<Uuid, Failure> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let claims = text
        .split('.')
        .nth(1)
        .and_then(|part| URL_SAFE_NO_PAD.decode(part).ok())
        .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    claims
        .and_then(|claims| claims["jti"].as_str()?.parse().ok())
        .ok_or_else(|| {
            Failure::usage("expected a token's id, as `token issue` printed it, or a token")
        })
}
