//! The Ed25519 keys of tokens: one signs, and every one that is not retired verifies.

mod bundle;
mod rotate;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use self::bundle::{Bundle, Kept};
pub use self::rotate::{KeyFile, Listed};
use crate::config::{ConfigError, keep_secret, read_secret};

const FILE: &str = "token.pem";

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key or its file is not usable; the text names the setting.
    #[error(transparent)]
    File(#[from] ConfigError),
    /// Not Ed25519 keys.
    #[error(
        "{0}: expected an Ed25519 private key in PKCS#8 PEM (`openssl genpkey -algorithm ed25519`), after \
         it the private or public keys that still verify"
    )]
    NotAKey(String),
    /// The new keys cannot be kept.
    #[error("cannot keep the token keys in {0}: {1}")]
    Keep(String, std::io::Error),
    /// The key that signs is no key to retire.
    #[error("this key signs; put another one in its place first with `pantheon token rotate`")]
    Signs,
    /// No key of that id.
    #[error("there is no such key; `pantheon token keys` lists them")]
    Unknown,
}

/// One key to sign with, and every key that verifies, by `kid`. The algorithm belongs to the key:
/// a token's header does not choose it.
pub struct TokenKeys {
    pub(super) kid: Arc<str>,
    pub(super) signing: EncodingKey,
    pub(super) verifying: HashMap<Arc<str>, DecodingKey>,
    /// The public halves, the one that signs first.
    public: Vec<(Arc<str>, [u8; 32])>,
}

impl std::fmt::Debug for TokenKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenKeys")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

impl TokenKeys {
    /// The configured keys, or those in `<data-dir>/keys`, of which one is made at the first start (mode
    /// 600).
    pub fn open(configured: Option<&SecretString>, data_dir: &Path) -> Result<Self, KeyError> {
        if let Some(found) = Self::find(configured, data_dir)? {
            return Ok(found);
        }
        let path = place(data_dir);
        let fresh = Bundle {
            keys: vec![Kept::generate()],
        };
        match keep_secret(&path, &fresh.text()) {
            Ok(()) => fresh.keys("the new key"),
            // Another process was faster: its key counts.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Self::kept(&path),
            Err(error) => Err(KeyError::Keep(path.display().to_string(), error)),
        }
    }

    /// The keys that [`open`](Self::open) would find; `None` where it would make one.
    pub fn find(
        configured: Option<&SecretString>,
        data_dir: &Path,
    ) -> Result<Option<Self>, KeyError> {
        if let Some(text) = configured {
            let place = "PANTHEON_TOKEN_KEY";
            return Bundle::read(text.expose_secret(), place)?
                .keys(place)
                .map(Some);
        }
        let path = place(data_dir);
        path.exists().then(|| Self::kept(&path)).transpose()
    }

    /// The configured keys, or those in the data directory, to verify with: public halves are enough.
    pub fn verifying(configured: Option<&SecretString>, data_dir: &Path) -> Result<Self, KeyError> {
        let place = "PANTHEON_TOKEN_KEY";
        let Some(text) = configured else {
            let found = Self::find(None, data_dir)?;
            return found.ok_or_else(|| KeyError::NotAKey(place.to_owned()));
        };
        Bundle::read_any(text.expose_secret(), place)?.only_verifying(place)
    }

    /// The keys of a file.
    pub(super) fn kept(path: &Path) -> Result<Self, KeyError> {
        let text = read_secret("PANTHEON_DATA_DIR", path)?;
        let place = path.display().to_string();
        Bundle::read(&text, &place)?.keys(&place)
    }

    /// The public halves as a JSON Web Key Set (RFC 7517, RFC 8037), the one that signs first.
    #[must_use]
    pub fn jwks(&self) -> Value {
        let keys = self.public.iter().map(|(kid, public)| {
            json!({
                "kty": "OKP",
                "crv": "Ed25519",
                "use": "sig",
                "alg": "EdDSA",
                "kid": kid,
                "x": URL_SAFE_NO_PAD.encode(public),
            })
        });
        json!({ "keys": keys.collect::<Vec<_>>() })
    }
}

/// Where the keys lie that nobody configured.
fn place(data_dir: &Path) -> PathBuf {
    data_dir.join("keys").join(FILE)
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
