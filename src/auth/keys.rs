//! The Ed25519 key that signs tokens, and the keys that tokens are verified with.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use jsonwebtoken::{DecodingKey, EncodingKey};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::config::{ConfigError, keep_secret, read_secret};

const FILE: &str = "token.pem";

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key or its file is not usable; the text names the setting.
    #[error(transparent)]
    File(#[from] ConfigError),
    /// Not an Ed25519 key.
    #[error(
        "{0}: expected an Ed25519 private key in PKCS#8 PEM (`openssl genpkey -algorithm ed25519`)"
    )]
    NotAKey(String),
    /// The new key cannot be kept.
    #[error("cannot keep a new token key in {0}: {1}")]
    Keep(String, std::io::Error),
}

/// One key to sign with, and every key that verifies, by `kid`. The algorithm belongs to the key:
/// a token's header does not choose it.
pub struct TokenKeys {
    pub(super) kid: String,
    pub(super) signing: EncodingKey,
    pub(super) verifying: HashMap<String, DecodingKey>,
}

impl std::fmt::Debug for TokenKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenKeys")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

impl TokenKeys {
    /// The configured key, or the one in `<data-dir>/keys`, made at the first start (mode 600).
    pub fn open(configured: Option<&SecretString>, data_dir: &Path) -> Result<Self, KeyError> {
        if let Some(found) = Self::find(configured, data_dir)? {
            return Ok(found);
        }
        let (path, pem) = (place(data_dir), generate());
        match keep_secret(&path, &pem) {
            Ok(()) => Self::from_pem(&pem, "the new key"),
            // Another process was faster: its key counts.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Self::kept(&path),
            Err(error) => Err(KeyError::Keep(path.display().to_string(), error)),
        }
    }

    /// The key that [`open`](Self::open) would find; `None` where it would make one.
    pub fn find(
        configured: Option<&SecretString>,
        data_dir: &Path,
    ) -> Result<Option<Self>, KeyError> {
        if let Some(pem) = configured {
            return Self::from_pem(pem.expose_secret(), "PANTHEON_TOKEN_KEY").map(Some);
        }
        let path = place(data_dir);
        path.exists().then(|| Self::kept(&path)).transpose()
    }

    fn kept(path: &Path) -> Result<Self, KeyError> {
        let pem = read_secret("PANTHEON_DATA_DIR", path)?;
        Self::from_pem(&pem, &path.display().to_string())
    }

    fn from_pem(pem: &str, place: &str) -> Result<Self, KeyError> {
        let not_a_key = || KeyError::NotAKey(place.to_owned());
        let key = SigningKey::from_pkcs8_pem(pem).map_err(|_| not_a_key())?;
        let der = key.to_pkcs8_der().map_err(|_| not_a_key())?;
        let public = key.verifying_key().to_bytes();
        let kid = URL_SAFE_NO_PAD.encode(&Sha256::digest(public)[..9]);
        let verifying = DecodingKey::from_ed_der(&public);
        Ok(Self {
            signing: EncodingKey::from_ed_der(der.as_bytes()),
            verifying: HashMap::from([(kid.clone(), verifying)]),
            kid,
        })
    }
}

fn place(data_dir: &Path) -> PathBuf {
    data_dir.join("keys").join(FILE)
}

fn generate() -> String {
    let key = SigningKey::from_bytes(&rand::random());
    let pem = key.to_pkcs8_pem(LineEnding::LF);
    // The encoding of 32 bytes in memory has no way to fail.
    pem.expect("a fresh key encodes").to_string()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_key_is_made_once_and_only_its_owner_can_read_it() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let first = TokenKeys::open(None, dir.path()).expect("a new key");
        let again = TokenKeys::open(None, dir.path()).expect("the same key");
        assert_eq!(first.kid, again.kid);
        let path = dir.path().join("keys").join(FILE);
        let mode = std::fs::metadata(&path)
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        let open = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(&path, open).expect("the mode is set");
        let error = TokenKeys::open(None, dir.path()).expect_err("others can read it");
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }

    #[test]
    fn what_is_not_a_key_names_the_setting() {
        let configured = SecretString::from("secret");
        let error = TokenKeys::open(Some(&configured), Path::new("/")).expect_err("not a key");
        assert!(
            error.to_string().starts_with("PANTHEON_TOKEN_KEY:"),
            "{error}"
        );
    }
}
