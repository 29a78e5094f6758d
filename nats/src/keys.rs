//! The keys of an installation, and the credentials of an agent.
//!
//! | key | kind | held by | what for |
//! | --- | --- | --- | --- |
//! | issuer | account `SA…` | every node | signs what the auth callout answers |
//! | server | user `SU…` | every node | Pantheon's own connection, all rights in its account |
//! | system | user `SU…` | every node | the system account: finding and cutting connections |
//! | agent | user `SU…` | that agent alone | its own connection |

use std::fmt;
use std::io::Write;
use std::path::Path;

use nkeys::{KeyPair, KeyPairType};
use pantheon_events::AgentId;
use serde::{Deserialize, Serialize};

use crate::bus::{BusError, Credentials};
use crate::subject;

/// The seeds of Pantheon's own users and of the issuer.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusKeys {
    /// Signs what the auth callout answers (`SA…`).
    pub issuer: String,
    /// Pantheon's own user (`SU…`).
    pub server: String,
    /// Pantheon's user in the system account (`SU…`).
    pub system: String,
}

impl BusKeys {
    /// Fresh keys.
    pub fn generate() -> Result<Self, BusError> {
        Ok(Self {
            issuer: fresh(KeyPairType::Account)?,
            server: fresh(KeyPairType::User)?,
            system: fresh(KeyPairType::User)?,
        })
    }

    /// Reads the keys from a file, if there is one. A file that others may read is refused.
    pub fn load(path: &Path) -> Result<Option<Self>, BusError> {
        match std::fs::read(path) {
            Ok(text) => {
                refuse_readable_by_others(path)?;
                serde_json::from_slice(&text)
                    .map(Some)
                    .map_err(|e| setting(path, &format!("does not hold NATS keys ({e})")))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(setting(path, &format!("cannot be read ({error})"))),
        }
    }

    /// As [`load`](Self::load); where there is no file, makes the keys and writes it, readable by
    /// its owner alone.
    pub fn load_or_create(path: &Path) -> Result<Self, BusError> {
        if let Some(keys) = Self::load(path)? {
            return Ok(keys);
        }
        let keys = Self::generate()?;
        if let Some(dir) = path.parent() {
            std::fs::create_dir_all(dir)
                .map_err(|e| setting(path, &format!("cannot be written ({e})")))?;
        }
        let text = serde_json::to_vec_pretty(&keys).map_err(crate::bus::refused)?;
        write_private(path, &text)?;
        Ok(keys)
    }

    /// Who connects as Pantheon.
    #[must_use]
    pub fn server_credentials(&self) -> Credentials {
        Credentials::Seed(self.server.clone())
    }

    /// Who connects to the system account.
    #[must_use]
    pub fn system_credentials(&self) -> Credentials {
        Credentials::Seed(self.system.clone())
    }
}

impl fmt::Debug for BusKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BusKeys")
    }
}

/// What an agent needs to connect: hand it out once, keep only the public key.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentCredentials {
    /// The agent.
    pub agent: AgentId,
    /// The seed of its key (`SU…`): a secret.
    pub seed: String,
    /// Its public key (`U…`), which the enrolment records.
    pub public_key: String,
    /// The inbox prefix that its client has to set; the server lets it hear no other inbox.
    pub inbox_prefix: String,
}

impl AgentCredentials {
    /// A fresh key for an agent.
    pub fn generate(agent: AgentId) -> Result<Self, BusError> {
        Self::from_seed(agent, fresh(KeyPairType::User)?)
    }

    /// The credentials around a key that exists.
    pub fn from_seed(agent: AgentId, seed: String) -> Result<Self, BusError> {
        let public_key = public_key(&seed)?;
        let inbox_prefix = subject::agent_inbox(&agent);
        Ok(Self {
            agent,
            seed,
            public_key,
            inbox_prefix,
        })
    }

    /// Connects as this agent, its inbox prefix set.
    pub async fn connect(&self, url: &str) -> Result<async_nats::Client, BusError> {
        self.connect_options()
            .connect(url)
            .await
            .map_err(crate::bus::refused)
    }

    /// The client's options for this agent.
    #[must_use]
    pub fn connect_options(&self) -> async_nats::ConnectOptions {
        async_nats::ConnectOptions::with_nkey(self.seed.clone())
            .name(&self.agent)
            .custom_inbox_prefix(&self.inbox_prefix)
    }
}

impl fmt::Debug for AgentCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AgentCredentials({}, {})", self.agent, self.public_key)
    }
}

/// The public key of a seed.
pub fn public_key(seed: &str) -> Result<String, BusError> {
    Ok(key_pair(seed)?.public_key())
}

/// Whether a text is the public key of a user (`U…`), as an enrolment must bring it.
#[must_use]
pub fn is_user_key(text: &str) -> bool {
    text.starts_with('U') && KeyPair::from_public_key(text).is_ok()
}

pub(crate) fn key_pair(seed: &str) -> Result<KeyPair, BusError> {
    KeyPair::from_seed(seed)
        .map_err(|_| BusError::Setting("a NATS key is not an NKey seed (S…)".to_owned()))
}

fn fresh(kind: KeyPairType) -> Result<String, BusError> {
    KeyPair::new(kind).seed().map_err(crate::bus::refused)
}

fn setting(path: &Path, what: &str) -> BusError {
    BusError::Setting(format!("the NATS key file {} {what}", path.display()))
}

fn refuse_readable_by_others(path: &Path) -> Result<(), BusError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path)
        .map_err(|e| setting(path, &e.to_string()))?
        .permissions()
        .mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(setting(path, "can be read by others; run chmod 600 on it"))
}

fn write_private(path: &Path, bytes: &[u8]) -> Result<(), BusError> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    let written = file.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.map_err(|e| setting(path, &format!("cannot be written ({e})")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_once_and_kept_private() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("nats.keys");
        let made = BusKeys::load_or_create(&path).expect("made");
        let read = BusKeys::load_or_create(&path).expect("read");
        assert_eq!(
            (made.issuer, made.server, made.system),
            (read.issuer, read.server, read.system)
        );
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("chmod");
        let refused = BusKeys::load_or_create(&path).expect_err("readable by others");
        assert!(refused.to_string().contains("chmod 600"), "{refused}");
    }

    #[test]
    fn an_agent_knows_its_inbox() {
        let agent = AgentCredentials::generate("a1".parse().expect("an agent id")).expect("made");
        assert_eq!(agent.inbox_prefix, "_INBOX.a1");
        assert!(
            is_user_key(&agent.public_key) && !is_user_key(&agent.seed) && !is_user_key("UABC")
        );
        assert!(!format!("{agent:?}").contains(&agent.seed));
    }
}
