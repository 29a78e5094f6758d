//! Several keys in one text: PEM blocks one after the other. The first one signs; all of them verify, and
//! of those that only verify the public half is enough.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use ed25519_dalek::{SigningKey, VerifyingKey};
use jsonwebtoken::{DecodingKey, EncodingKey};
use sha2::{Digest, Sha256};

use super::{KeyError, TokenKeys};

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";

/// The keys of a text, in its order.
#[derive(Debug)]
pub(super) struct Bundle {
    pub keys: Vec<Kept>,
}

/// One key of a bundle.
pub(super) struct Kept {
    pub kid: Arc<str>,
    /// What the line before it says of it.
    pub note: Option<String>,
    pub public: VerifyingKey,
    private: Option<SigningKey>,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Kept").field(&self.kid).finish()
    }
}

impl Kept {
    /// A fresh key, whose id nobody takes for an option on a command line.
    pub(super) fn generate() -> Self {
        loop {
            let key = SigningKey::from_bytes(&rand::random());
            let kept = Self::of(key.verifying_key(), Some(key), None);
            if !kept.kid.starts_with('-') {
                return kept;
            }
        }
    }

    /// The same with a line before it.
    pub(super) fn noted(self, note: String) -> Self {
        Self {
            note: Some(note),
            ..self
        }
    }

    /// The same for verifying only.
    pub(super) fn for_verifying(self, note: String) -> Self {
        Self::of(self.public, None, Some(note))
    }

    fn of(public: VerifyingKey, private: Option<SigningKey>, note: Option<String>) -> Self {
        let digest = Sha256::digest(public.to_bytes());
        Self {
            kid: URL_SAFE_NO_PAD.encode(&digest[..9]).into(),
            note,
            public,
            private,
        }
    }

    fn read(pem: &str, note: Option<String>) -> Option<Self> {
        if let Ok(private) = SigningKey::from_pkcs8_pem(pem) {
            return Some(Self::of(private.verifying_key(), Some(private), note));
        }
        let public = VerifyingKey::from_public_key_pem(pem).ok()?;
        Some(Self::of(public, None, note))
    }

    fn write(&self, into: &mut String) {
        if let Some(note) = &self.note {
            into.push_str(&format!("# {note}\n"));
        }
        // The encoding of 32 bytes in memory has no way to fail.
        let pem = match &self.private {
            Some(key) => key
                .to_pkcs8_pem(LineEnding::LF)
                .expect("a key encodes")
                .to_string(),
            None => {
                let pem = self.public.to_public_key_pem(LineEnding::LF);
                pem.expect("a public key encodes")
            }
        };
        into.push_str(&pem);
    }
}

impl Bundle {
    /// The keys of a text. Beside them only empty lines and comments (`#`) may stand there, so that a key
    /// that was mangled is not overlooked.
    pub(super) fn read(text: &str, place: &str) -> Result<Self, KeyError> {
        let bundle = Self::read_any(text, place)?;
        let signs = bundle.keys.first().is_some_and(|key| key.private.is_some());
        match signs {
            true => Ok(bundle),
            false => Err(KeyError::NotAKey(place.to_owned())),
        }
    }

    /// The same without the demand that the first one signs.
    pub(super) fn read_any(text: &str, place: &str) -> Result<Self, KeyError> {
        let not_keys = || KeyError::NotAKey(place.to_owned());
        let (mut keys, mut block, mut note) = (Vec::new(), None::<String>, None);
        for line in text.lines().map(str::trim) {
            match &mut block {
                Some(pem) => {
                    pem.push_str(line);
                    pem.push('\n');
                }
                None if line.starts_with(BEGIN) => block = Some(format!("{line}\n")),
                None if line.is_empty() => {}
                None => {
                    let said = line.strip_prefix('#').ok_or_else(not_keys)?;
                    note = Some(said.trim().to_owned());
                }
            }
            if line.starts_with(END) {
                let pem = block.take().ok_or_else(not_keys)?;
                keys.push(Kept::read(&pem, note.take()).ok_or_else(not_keys)?);
            }
        }
        match block {
            None if !keys.is_empty() => Ok(Self { keys }),
            _ => Err(not_keys()),
        }
    }

    /// A text with these keys.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for key in &self.keys {
            key.write(&mut text);
        }
        text
    }

    /// The keys for use where nothing is signed: whatever would be is signed with a key that nobody
    /// trusts, this process included.
    pub(super) fn only_verifying(mut self, place: &str) -> Result<TokenKeys, KeyError> {
        let nobodys = Kept::generate();
        let kid = Arc::clone(&nobodys.kid);
        self.keys.insert(0, nobodys);
        let mut keys = self.keys(place)?;
        keys.verifying.remove(&kid);
        keys.public.retain(|(known, _)| *known != kid);
        Ok(keys)
    }

    /// The keys for use.
    pub(super) fn keys(&self, place: &str) -> Result<TokenKeys, KeyError> {
        let not_keys = || KeyError::NotAKey(place.to_owned());
        let first = self.keys.first().ok_or_else(not_keys)?;
        let private = first.private.as_ref().ok_or_else(not_keys)?;
        let der = private.to_pkcs8_der().map_err(|_| not_keys())?;
        let mut verifying = HashMap::new();
        let mut public = Vec::new();
        for key in &self.keys {
            let bytes = key.public.to_bytes();
            let known = verifying.insert(Arc::clone(&key.kid), DecodingKey::from_ed_der(&bytes));
            if known.is_none() {
                public.push((Arc::clone(&key.kid), bytes));
            }
        }
        Ok(TokenKeys {
            signing: EncodingKey::from_ed_der(der.as_bytes()),
            verifying,
            kid: Arc::clone(&first.kid),
            public,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(keys: Vec<Kept>) -> String {
        Bundle { keys }.text()
    }

    fn read(text: &str) -> Result<TokenKeys, KeyError> {
        Bundle::read(text, "here")?.keys("here")
    }

    #[test]
    fn the_first_key_signs_and_all_verify() {
        let (new, old) = (Kept::generate(), Kept::generate());
        let kids = [Arc::clone(&new.kid), Arc::clone(&old.kid)];
        let text = bundle(vec![new, old.for_verifying("old".into())]);
        let keys = read(&text).expect("two keys");
        assert_eq!(keys.kid, kids[0]);
        assert!(kids.iter().all(|kid| keys.verifying.contains_key(kid)));
        assert_eq!(
            text.matches("PRIVATE KEY").count(),
            2,
            "begin and end of one"
        );
        let notes = Bundle::read(&text, "here").expect("two keys").keys;
        assert_eq!(notes[1].note.as_deref(), Some("old"));
    }

    #[test]
    fn public_halves_are_enough_to_verify_and_sign_nothing() {
        let key = Kept::generate();
        let kid = Arc::clone(&key.kid);
        let text = bundle(vec![key.for_verifying("theirs".into())]);
        assert!(read(&text).is_err(), "nothing in it signs");
        let keys = Bundle::read_any(&text, "here").expect("a key");
        let keys = keys.only_verifying("here").expect("a key");
        let known: Vec<_> = keys.verifying.keys().collect();
        assert_eq!(known, [&kid]);
        assert_eq!(keys.public.len(), 1);
        assert!(!keys.verifying.contains_key(&keys.kid));
    }

    #[test]
    fn no_id_of_a_fresh_key_looks_like_an_option() {
        for _ in 0..500 {
            assert!(!Kept::generate().kid.starts_with('-'));
        }
    }

    #[test]
    fn a_mangled_text_is_refused() {
        let good = bundle(vec![Kept::generate()]);
        let public = bundle(vec![Kept::generate().for_verifying("old".into())]);
        for bad in [
            String::new(),
            public.clone(),
            format!("{good}MC4CAQAwBQYDK2VwBCIEIA\n"),
            good.replace(END, "-----"),
            format!("{good}{}", &public[..public.len() / 2]),
            good.replacen("-\nM", "-\nA", 1),
        ] {
            let refused = read(&bad).map(|keys| keys.kid).expect_err(&bad);
            assert!(refused.to_string().starts_with("here:"), "{refused}");
        }
    }
}
