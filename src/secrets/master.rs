//! The master key: `PANTHEON_SECRET_KEY`, or a key that is made at the first start and kept in the
//! data directory.

use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::seal::{self, Key};
use super::{SecretError, seal::open};
use crate::config::{ConfigError, keep_secret, read_secret};

const FILE: &str = "secret.key";

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file is not usable; the text names the setting.
    #[error(transparent)]
    File(#[from] ConfigError),
    /// Too short, or no key at all.
    #[error("{0}: expected 32 random bytes in base64 (`openssl rand -base64 32`)")]
    Weak(String),
    /// The new key cannot be kept.
    #[error("cannot keep a new secret key in {0}: {1}")]
    Keep(String, std::io::Error),
}

/// The key that seals all others. Cheap to clone.
#[derive(Clone)]
pub struct MasterKey {
    sealing: Arc<Key>,
    id: Arc<str>,
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("MasterKey").field(&self.id).finish()
    }
}

impl MasterKey {
    /// The configured key, or the one in `<data-dir>/keys`, made at the first start (mode 600).
    pub fn open(
        configured: Option<&SecretString>,
        data_dir: &Path,
    ) -> Result<Self, MasterKeyError> {
        if let Some(key) = configured {
            return Self::of(key.expose_secret(), "PANTHEON_SECRET_KEY");
        }
        let path = data_dir.join("keys").join(FILE);
        if !path.exists() {
            let fresh = STANDARD.encode(rand::random::<Key>());
            match keep_secret(&path, &fresh) {
                // Another process was faster: its key counts.
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                    return Err(MasterKeyError::Keep(path.display().to_string(), error));
                }
                _ => {}
            }
        }
        let key = read_secret("PANTHEON_DATA_DIR", &path)?;
        Self::of(&key, &path.display().to_string())
    }

    fn of(text: &str, place: &str) -> Result<Self, MasterKeyError> {
        let weak = || MasterKeyError::Weak(place.to_owned());
        let key = STANDARD.decode(text.trim()).map_err(|_| weak())?;
        let key: Key = key.try_into().map_err(|_| weak())?;
        // Somebody's placeholder, not a random key.
        let kinds = key.iter().collect::<std::collections::BTreeSet<_>>();
        if kinds.len() < 8 {
            return Err(weak());
        }
        let derive = Hkdf::<Sha256>::new(None, &key);
        let expand = |info: &[u8], out: &mut [u8]| {
            // 32 bytes are far below the limit of 255 digests.
            derive.expand(info, out).expect("a short key is derived");
        };
        let (mut sealing, mut id) = ([0; 32], [0; 9]);
        expand(b"pantheon sealing 1", &mut sealing);
        expand(b"pantheon key id 1", &mut id);
        Ok(Self {
            sealing: Arc::new(sealing),
            id: URL_SAFE_NO_PAD.encode(id).into(),
        })
    }

    /// Names the key without telling anything about it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Seals for the place that `about` names.
    pub(super) fn seal(&self, secret: &[u8], about: &[u8]) -> Vec<u8> {
        seal::seal(&self.sealing, rand::random(), secret, about)
    }

    /// Opens what was sealed for the same place.
    pub(super) fn open_sealed(&self, sealed: &[u8], about: &[u8]) -> Result<Vec<u8>, SecretError> {
        open(&self.sealing, sealed, about)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_or_made_up_key_is_refused_and_the_setting_named() {
        for weak in [
            "",
            "changeme",
            "c2hvcnQ=",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        ] {
            let refused = MasterKey::of(weak, "PANTHEON_SECRET_KEY").expect_err(weak);
            assert!(refused.to_string().contains("PANTHEON_SECRET_KEY"));
        }
    }

    #[test]
    fn one_key_has_one_id_and_another_key_another() {
        let key = |n: u8| STANDARD.encode(std::array::from_fn::<u8, 32, _>(|at| at as u8 ^ n));
        let of = |n| MasterKey::of(&key(n), "here").expect("a good key");
        assert_eq!(of(0).id(), of(0).id());
        assert_ne!(of(0).id(), of(64).id());
        let sealed = of(0).seal(b"secret", b"here");
        assert!(of(64).open_sealed(&sealed, b"here").is_err());
        assert_eq!(
            of(0).open_sealed(&sealed, b"here").expect("opens"),
            b"secret"
        );
    }
}
