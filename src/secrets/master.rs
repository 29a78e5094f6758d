//! The master keys: `PANTHEON_SECRET_KEY`, or a key that is made at the first start and kept in the
//! data directory.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

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
    #[error(
        "{0}: expected 32 random bytes in base64 (`openssl rand -base64 32`); several keys stand \
         between commas, the newest first"
    )]
    Weak(String),
    /// The new key cannot be kept.
    #[error("cannot keep a new secret key in {0}: {1}")]
    Keep(String, std::io::Error),
    /// Keys that are configured are added where they are configured.
    #[error(
        "the keys are configured by PANTHEON_SECRET_KEY: put a new one (`openssl rand -base64 32`) in \
         front of them there, with a comma between, restart every node, and run this again without \
         --new-key"
    )]
    Configured,
}

/// The keys that seal all others, the newest first: it seals, all of them open. Cheap to clone.
///
/// Keys that lie in the data directory are read again when the file changes, so that
/// `pantheon secrets rotate` needs no restart.
#[derive(Clone)]
pub struct MasterKey {
    inner: Arc<Inner>,
}

struct Inner {
    /// Where the keys are read from, and its time when that was done; `None` = they are configured.
    file: Option<PathBuf>,
    known: RwLock<Known>,
}

#[derive(Clone)]
struct Known {
    keys: Arc<[One]>,
    read_at: Option<SystemTime>,
}

#[derive(Clone)]
struct One {
    sealing: Key,
    console: Key,
    id: Arc<str>,
}

/// A sealed secret, and the key that opens it.
#[derive(Debug)]
pub(super) struct Envelope {
    pub sealed: Vec<u8>,
    pub key_id: Arc<str>,
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("MasterKey").field(&self.ids()).finish()
    }
}

impl MasterKey {
    /// The keys that a node would start with; `None` = it would make the first one.
    pub fn present(
        configured: Option<&SecretString>,
        data_dir: &Path,
    ) -> Result<Option<Self>, MasterKeyError> {
        let there = data_dir.join("keys").join(FILE).exists();
        (configured.is_some() || there)
            .then(|| Self::open(configured, data_dir))
            .transpose()
    }

    /// The configured keys, or those in `<data-dir>/keys`, made at the first start (mode 600).
    pub fn open(
        configured: Option<&SecretString>,
        data_dir: &Path,
    ) -> Result<Self, MasterKeyError> {
        if let Some(keys) = configured {
            let keys = all(keys.expose_secret(), "PANTHEON_SECRET_KEY")?;
            return Ok(Self::of(keys, None, None));
        }
        let path = data_dir.join("keys").join(FILE);
        if !path.exists() {
            match keep_secret(&path, &fresh()) {
                // Another process was faster: its key counts.
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                    return Err(MasterKeyError::Keep(path.display().to_string(), error));
                }
                _ => {}
            }
        }
        let read_at = changed(&path);
        let keys = read(&path)?;
        Ok(Self::of(keys, Some(path), read_at))
    }

    /// A key of this process's own, for one that seals nothing: what others sealed stays closed to it.
    ///
    /// # Errors
    /// None that a fresh key has.
    pub fn passing() -> Result<Self, MasterKeyError> {
        Ok(Self::of(all(&fresh(), "a fresh key")?, None, None))
    }

    fn of(keys: Vec<One>, file: Option<PathBuf>, read_at: Option<SystemTime>) -> Self {
        let known = Known {
            keys: keys.into(),
            read_at,
        };
        Self {
            inner: Arc::new(Inner {
                file,
                known: RwLock::new(known),
            }),
        }
    }

    /// Puts a new key in front of those in the data directory.
    ///
    /// # Errors
    /// The keys are configured; the file cannot be written.
    pub fn add(&self) -> Result<(), MasterKeyError> {
        let Some(path) = &self.inner.file else {
            return Err(MasterKeyError::Configured);
        };
        let keep = |error| MasterKeyError::Keep(path.display().to_string(), error);
        let before = read_secret("PANTHEON_DATA_DIR", path)?;
        // Beside the file and then in its place: whoever reads has the one or the other, whole.
        let beside = path.with_extension("new");
        keep_secret(&beside, &format!("{}\n{}\n", fresh(), before.trim())).map_err(keep)?;
        std::fs::rename(&beside, path).map_err(keep)?;
        self.refresh();
        Ok(())
    }

    /// Names the key that seals, without telling anything about it.
    #[must_use]
    pub fn id(&self) -> Arc<str> {
        Arc::clone(&self.newest().id)
    }

    /// The password of the role that queries by hand are asked with: the same on every node that has
    /// this key. Nothing that was sealed follows from it.
    #[must_use]
    pub fn console_password(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.newest().console)
    }

    /// Names all keys, the newest first.
    #[must_use]
    pub fn ids(&self) -> Vec<Arc<str>> {
        let keys = self.keys();
        keys.iter().map(|key| Arc::clone(&key.id)).collect()
    }

    /// Seals for the place that `about` names.
    pub(super) fn seal(&self, secret: &[u8], about: &[u8]) -> Envelope {
        self.refresh();
        let newest = self.newest();
        Envelope {
            sealed: seal::seal(&newest.sealing, rand::random(), secret, about),
            key_id: newest.id,
        }
    }

    /// Opens what was sealed with this key for the same place.
    pub(super) fn open_sealed(
        &self,
        key_id: &str,
        sealed: &[u8],
        about: &[u8],
    ) -> Result<Vec<u8>, SecretError> {
        let key = self.find(key_id).or_else(|| {
            self.refresh();
            self.find(key_id)
        });
        let key = key.ok_or_else(|| SecretError::UnknownKey(key_id.to_owned()))?;
        open(&key.sealing, sealed, about)
    }

    fn find(&self, key_id: &str) -> Option<One> {
        self.keys().iter().find(|key| &*key.id == key_id).cloned()
    }

    fn newest(&self) -> One {
        let keys = self.keys();
        keys.first()
            .cloned()
            .expect("there is no ring without a key")
    }

    fn keys(&self) -> Arc<[One]> {
        let known = self.inner.known.read();
        Arc::clone(&known.unwrap_or_else(PoisonError::into_inner).keys)
    }

    /// Reads the file again if it changed. One that cannot be read changes nothing.
    fn refresh(&self) {
        let Some(path) = &self.inner.file else {
            return;
        };
        let read_at = changed(path);
        let same = {
            let known = self.inner.known.read();
            known.unwrap_or_else(PoisonError::into_inner).read_at == read_at
        };
        if same {
            return;
        }
        match read(path) {
            Ok(keys) => {
                let known = self.inner.known.write();
                *known.unwrap_or_else(PoisonError::into_inner) = Known {
                    keys: keys.into(),
                    read_at,
                };
            }
            Err(error) => tracing::warn!(%error, "the secret keys cannot be read again"),
        }
    }
}

fn fresh() -> String {
    STANDARD.encode(rand::random::<Key>())
}

fn changed(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path)
        .and_then(|file| file.modified())
        .ok()
}

fn read(path: &Path) -> Result<Vec<One>, MasterKeyError> {
    let text = read_secret("PANTHEON_DATA_DIR", path)?;
    all(&text, &path.display().to_string())
}

/// Keys between commas or lines, the newest first.
fn all(text: &str, place: &str) -> Result<Vec<One>, MasterKeyError> {
    let texts = text.split([',', '\n', ' ']).map(str::trim);
    let keys = texts.filter(|text| !text.is_empty());
    let keys: Vec<One> = keys
        .map(|text| one(text, place))
        .collect::<Result<_, _>>()?;
    match keys.is_empty() {
        true => Err(MasterKeyError::Weak(place.to_owned())),
        false => Ok(keys),
    }
}

fn one(text: &str, place: &str) -> Result<One, MasterKeyError> {
    let weak = || MasterKeyError::Weak(place.to_owned());
    let key = STANDARD.decode(text).map_err(|_| weak())?;
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
    let (mut sealing, mut console, mut id) = ([0; 32], [0; 32], [0; 9]);
    expand(b"pantheon sealing 1", &mut sealing);
    expand(b"pantheon console 1", &mut console);
    expand(b"pantheon key id 1", &mut id);
    Ok(One {
        sealing,
        console,
        id: URL_SAFE_NO_PAD.encode(id).into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A good key.
    fn key(n: u8) -> String {
        STANDARD.encode(std::array::from_fn::<u8, 32, _>(|at| at as u8 ^ n))
    }

    fn ring(text: &str) -> MasterKey {
        MasterKey::of(all(text, "here").expect("good keys"), None, None)
    }

    #[test]
    fn a_short_or_made_up_key_is_refused_and_the_setting_named() {
        for weak in [
            "",
            " , ",
            "changeme",
            "c2hvcnQ=",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        ] {
            for text in [weak.to_owned(), format!("{weak},{weak}")] {
                let refused = all(&text, "PANTHEON_SECRET_KEY").err().expect(weak);
                assert!(refused.to_string().contains("PANTHEON_SECRET_KEY"));
            }
        }
        assert!(all(&format!("{},changeme", key(0)), "here").is_err());
    }

    #[test]
    fn the_newest_key_seals_and_every_one_opens() {
        let old = ring(&key(0));
        let both = ring(&format!("{}, {}", key(64), key(0)));
        assert_eq!(both.ids()[1], old.id());
        let before = old.seal(b"secret", b"here");
        let opened = both.open_sealed(&before.key_id, &before.sealed, b"here");
        assert_eq!(opened.expect("opens"), b"secret");
        let after = both.seal(b"secret", b"here");
        assert_eq!(after.key_id, ring(&key(64)).id());
        assert!(matches!(
            old.open_sealed(&after.key_id, &after.sealed, b"here"),
            Err(SecretError::UnknownKey(id)) if *id == *after.key_id
        ));
        // Under another's name it does not open.
        assert!(
            both.open_sealed(&before.key_id, &after.sealed, b"here")
                .is_err()
        );
    }

    #[test]
    fn a_key_that_is_added_to_the_file_is_known_to_whoever_had_read_it_before() {
        let dir = tempfile::tempdir().expect("a folder");
        let one = MasterKey::open(None, dir.path()).expect("a key");
        let other = MasterKey::open(None, dir.path()).expect("the same key");
        assert_eq!(one.ids(), other.ids());
        let before = other.id();
        one.add().expect("another key");
        assert_eq!((one.ids().len(), &one.ids()[1]), (2, &before));
        let sealed = one.seal(b"secret", b"here");
        let opened = other.open_sealed(&sealed.key_id, &sealed.sealed, b"here");
        assert_eq!(opened.expect("opens"), b"secret");
        assert_eq!(other.ids(), one.ids());
        let configured = ring(&key(0));
        assert!(matches!(configured.add(), Err(MasterKeyError::Configured)));
    }
}
