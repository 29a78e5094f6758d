//! The file that the keys lie in, and putting another key in force.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, SecondsFormat, Utc};
use tokio_util::sync::CancellationToken;

use super::bundle::{Bundle, Kept};
use super::{KeyError, TokenKeys, place};
use crate::auth::Auth;
use crate::config::{Config, read_secret, replace_secret};

/// A change of the file is looked for so often.
const LOOK: Duration = Duration::from_secs(1);

/// The file with the keys.
#[derive(Clone, Debug)]
pub struct KeyFile {
    path: PathBuf,
}

/// A key, without telling it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its id in tokens.
    pub kid: String,
    /// Whether it signs; the others verify only.
    pub signs: bool,
    /// What the file says of it.
    pub note: Option<String>,
}

/// What tells one content of a file from another.
type Mark = (SystemTime, u64, u64);

impl KeyFile {
    /// The file of these settings; `None` = the keys stand in the settings themselves.
    #[must_use]
    pub fn of(config: &Config) -> Option<Self> {
        let path = match &config.token_key {
            None => place(&config.data_dir),
            Some(_) => config.secret_file("token_key")?.to_owned(),
        };
        Some(Self { path })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its keys, the one that signs first.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn list(&self) -> Result<Vec<Listed>, KeyError> {
        Ok(listed(&self.read()?))
    }

    /// Puts a fresh key in force. The one before goes on verifying, by its public half.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn rotate(&self, now: DateTime<Utc>) -> Result<Vec<Listed>, KeyError> {
        let at = now.to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut keys = self.read()?.keys;
        let before = keys.remove(0);
        keys.insert(0, before.for_verifying(format!("signed until {at}")));
        keys.insert(0, Kept::generate().noted(format!("signs since {at}")));
        self.write(&Bundle { keys })
    }

    /// Takes a key away that does not sign: what it signed is refused.
    ///
    /// # Errors
    /// There is no such key, or it signs; the file cannot be read or written.
    pub fn retire(&self, kid: &str) -> Result<Vec<Listed>, KeyError> {
        let mut keys = self.read()?.keys;
        match keys.iter().position(|key| &*key.kid == kid) {
            None => Err(KeyError::Unknown),
            Some(0) => Err(KeyError::Signs),
            Some(_) => {
                keys.retain(|key| &*key.kid != kid);
                self.write(&Bundle { keys })
            }
        }
    }

    fn read(&self) -> Result<Bundle, KeyError> {
        let text = read_secret("PANTHEON_TOKEN_KEY", &self.path)?;
        Bundle::read(&text, &self.path.display().to_string())
    }

    fn write(&self, bundle: &Bundle) -> Result<Vec<Listed>, KeyError> {
        replace_secret(&self.path, &bundle.text())
            .map_err(|error| KeyError::Keep(self.path.display().to_string(), error))?;
        Ok(listed(bundle))
    }

    /// Gives a node the keys of the file whenever it changes, until `stop`. A file that cannot be used
    /// changes nothing: the keys that the node has stay.
    pub async fn keep_fresh(self, auth: Auth, stop: CancellationToken) {
        let mut seen = None;
        let mut ticks = tokio::time::interval(LOOK);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            self.look(&auth, &mut seen);
        }
    }

    fn look(&self, auth: &Auth, seen: &mut Option<Mark>) {
        let mark = mark(&self.path);
        if mark.is_none() || mark == *seen {
            return;
        }
        *seen = mark;
        match TokenKeys::kept(&self.path) {
            Ok(keys) => auth.replace_keys(keys),
            Err(error) => tracing::error!(%error, "the token keys in use stay"),
        }
    }
}

fn mark(path: &Path) -> Option<Mark> {
    use std::os::unix::fs::MetadataExt;

    let found = std::fs::metadata(path).ok()?;
    Some((found.modified().ok()?, found.len(), found.ino()))
}

fn listed(bundle: &Bundle) -> Vec<Listed> {
    let keys = bundle.keys.iter().enumerate();
    let listed = keys.map(|(at, key)| Listed {
        kid: key.kid.to_string(),
        signs: at == 0,
        note: key.note.clone(),
    });
    listed.collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::auth::Revoked;
    use crate::clock::Clock;

    fn file() -> (tempfile::TempDir, KeyFile) {
        let dir = tempfile::tempdir().expect("a folder");
        TokenKeys::open(None, dir.path()).expect("a new key");
        let path = place(dir.path());
        (dir, KeyFile { path })
    }

    #[test]
    fn the_key_before_verifies_until_it_is_retired() {
        let (_dir, file) = file();
        let old = file.list().expect("one key").remove(0).kid;
        let keys = file.rotate(DateTime::UNIX_EPOCH).expect("another key");
        assert_eq!(keys.len(), 2);
        assert!(keys[0].signs && keys[0].kid != old);
        assert_eq!((keys[1].kid.as_str(), keys[1].signs), (old.as_str(), false));
        assert_eq!(
            keys[1].note.as_deref(),
            Some("signed until 1970-01-01T00:00:00Z")
        );
        assert!(matches!(file.retire(&keys[0].kid), Err(KeyError::Signs)));
        assert!(matches!(file.retire("nobody"), Err(KeyError::Unknown)));
        assert_eq!(file.retire(&old).expect("retired"), keys[..1]);
        assert_eq!(file.list().expect("one key"), keys[..1]);
    }

    #[test]
    fn a_file_that_cannot_be_used_leaves_the_keys_in_force() {
        let (dir, file) = file();
        let keys = TokenKeys::open(None, dir.path()).expect("the key");
        let auth = Auth::new(keys, Clock::system(), Revoked::default());
        let (before, mut seen) = (auth.keys().jwks(), None);
        let good = std::fs::read_to_string(file.path()).expect("a text");
        for bad in ["nonsense", ""] {
            std::fs::write(file.path(), bad).expect("written");
            file.look(&auth, &mut seen);
            assert_eq!(auth.keys().jwks(), before);
        }
        std::fs::write(file.path(), good).expect("written");
        let keys = file.rotate(DateTime::UNIX_EPOCH).expect("another key");
        file.look(&auth, &mut seen);
        assert_eq!(*auth.keys().kid, *keys[0].kid);
    }

    #[test]
    fn a_file_that_was_rotated_is_its_owners_alone_and_holds_one_private_key() {
        let (_dir, file) = file();
        for _ in 0..3 {
            file.rotate(DateTime::UNIX_EPOCH).expect("another key");
        }
        let mode = std::fs::metadata(file.path()).expect("a file");
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(file.path()).expect("a text");
        assert_eq!(text.matches("BEGIN PRIVATE KEY").count(), 1);
        assert_eq!(text.matches("BEGIN PUBLIC KEY").count(), 3);
    }
}
