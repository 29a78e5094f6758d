//! `pantheon token`: operators' tokens.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::Subcommand;
use pantheon_events::TenantId;
use serde_json::json;
use uuid::Uuid;

use super::{Failure, Global};
use crate::auth::{Auth, Revoked, Role, TokenKeys, revoke};
use crate::clock::Clock;
use crate::config::{Config, Mode, Sources};

/// Operators' tokens.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Sign a token with this installation's key. It is printed once.
    Issue {
        /// What it may do: admin, developer, viewer or auditor.
        #[arg(long)]
        role: Role,
        /// Whose it is: a user's UUID or a script's name.
        #[arg(long)]
        subject: String,
        /// The organisation's slug.
        #[arg(long, default_value = "default")]
        organization: String,
        /// How long it is good for, in hours.
        #[arg(long, default_value_t = 12)]
        hours: u64,
        /// The data directory that holds the key.
        #[arg(long, value_name = "DIR")]
        data_dir: Option<std::path::PathBuf>,
    },
    /// Take a token back on every node.
    Revoke {
        /// The token's `jti`.
        id: Uuid,
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
                let mut flags = BTreeMap::new();
                flags.extend(data_dir.map(|dir| ("data_dir", dir.display().to_string())));
                let auth = auth(flags)?;
                let ttl = Duration::from_secs(hours.saturating_mul(3600));
                let tenant = TenantId::of_slug(&organization);
                let issued = auth.issue_operator(&subject, tenant, role, ttl);
                global.output.one(&json!({
                    "token": issued.token,
                    "id": issued.id,
                    "role": role.as_str(),
                    "tenant": tenant,
                    "expires_at": issued.expires_at,
                }))?;
            }
            Self::Revoke { id } => {
                let pool = super::migrate::connect().await?;
                let ends = Clock::system().now() + chrono::TimeDelta::days(3650);
                let new = revoke(&pool, id, "cli", ends)
                    .await
                    .map_err(|error| Failure::unreachable(error.to_string()))?;
                global
                    .output
                    .one(&json!({ "id": id, "revoked": true, "already": !new }))?;
            }
        }
        Ok(())
    }
}

fn auth(flags: BTreeMap<&'static str, String>) -> Result<Auth, Failure> {
    let config = Config::load(&Sources::process(Mode::Serve, flags))
        .map_err(|error| Failure::usage(error.to_string()))?;
    let keys = TokenKeys::open(config.token_key.as_ref(), &config.data_dir)
        .map_err(|error| Failure::usage(error.to_string()))?;
    Ok(Auth::new(keys, Clock::system(), Revoked::default()))
}
