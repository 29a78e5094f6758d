//! Sealing what is said about people, and comparing the names they sign in with.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use data_encoding::HEXLOWER;
use hmac::{Hmac, Mac};
use pantheon_events::Sealed;
use pantheon_events::users::NameKey;
use sha2::Sha256;
use sqlx::PgPool;
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

use super::seal::{self, Key};
use super::{DataKeys, MasterKey, SecretError};

/// The one key that login names are compared with.
const NAMES: Uuid = Uuid::from_u128(0x6e61_6d65_7300_8000_8000_0000_0000_0001);
/// The one key that setup tokens are made with.
const SETUPS: Uuid = Uuid::from_u128(0x6e61_6d65_7300_8000_8000_0000_0000_0002);
const VERSION: &str = "1.";

/// Personal texts of an installation. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Personal {
    keys: DataKeys,
}

impl Personal {
    /// With keys in this database, sealed with this key.
    #[must_use]
    pub fn new(pool: PgPool, master: MasterKey) -> Self {
        Self {
            keys: DataKeys::new(pool, master),
        }
    }

    /// Makes sure that this master key is the one that the installation's keys are sealed with.
    ///
    /// # Errors
    /// Postgres did not answer; the keys were sealed with another master key.
    pub async fn check(&self) -> Result<(), SecretError> {
        self.keys.find_or_make(NAMES, "login names").await.map(drop)
    }

    /// Seals a text for a person. The same text of the same person gives the same ciphertext, so
    /// that a repeated command has the same body.
    ///
    /// # Errors
    /// Postgres did not answer; the person's key was sealed with another master key.
    pub async fn seal(&self, person: Uuid, text: &str) -> Result<Sealed, SecretError> {
        let key = self.keys.find_or_make(person, "person").await?;
        let digest = digest(&key, text);
        let mut nonce = [0; 24];
        nonce.copy_from_slice(&digest[..24]);
        let sealed = seal::seal(&key, nonce, text.as_bytes(), person.as_bytes());
        Ok(Sealed::new(format!(
            "{VERSION}{}",
            URL_SAFE_NO_PAD.encode(sealed)
        )))
    }

    /// Opens a text of a person; `None` = the person was erased.
    ///
    /// # Errors
    /// Postgres did not answer; the text is not one of this person's.
    pub async fn open(&self, person: Uuid, sealed: &str) -> Result<Option<String>, SecretError> {
        let Some(key) = self.keys.find(person).await? else {
            return Ok(None);
        };
        let text = sealed.strip_prefix(VERSION).ok_or(SecretError::Sealed)?;
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| SecretError::Sealed)?;
        let opened = seal::open(&key, &bytes, person.as_bytes())?;
        String::from_utf8(opened)
            .map(Some)
            .map_err(|_| SecretError::Sealed)
    }

    /// What a login name is compared by: HMAC-SHA256 of its NFKC lower-case form.
    ///
    /// # Errors
    /// Postgres did not answer; the key was sealed with another master key.
    pub async fn name_key(&self, name: &str) -> Result<NameKey, SecretError> {
        let key = self.keys.find_or_make(NAMES, "login names").await?;
        let plain: String = name.trim().nfkc().flat_map(char::to_lowercase).collect();
        let key = HEXLOWER.encode(&digest(&key, &plain));
        Ok(key.parse().expect("a SHA-256 in hex is a name's key"))
    }

    /// What a token that sets a password is made of: the same for the same request, so that a repeat of
    /// it gives the same token, and known to nobody else.
    ///
    /// # Errors
    /// Postgres did not answer; the key was sealed with another master key.
    pub async fn setup_secret(&self, request: &[u8]) -> Result<[u8; 32], SecretError> {
        let key = self.keys.find_or_make(SETUPS, "setup tokens").await?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes keys of any length");
        mac.update(request);
        Ok(mac.finalize().into_bytes().into())
    }

    /// Fetches the keys of many people at once, so that opening their texts asks for none.
    ///
    /// # Errors
    /// Postgres did not answer; a key was sealed with another master key.
    pub async fn fetch(&self, people: &[Uuid]) -> Result<(), SecretError> {
        self.keys.fetch(people).await
    }
}

fn digest(key: &Key, text: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}
