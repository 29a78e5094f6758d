//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha), nonce in front of the ciphertext.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};

use super::SecretError;

pub(super) type Key = [u8; 32];
const NONCE: usize = 24;

/// Seals `text` for the place that `about` names.
pub(super) fn seal(key: &Key, nonce: [u8; NONCE], text: &[u8], about: &[u8]) -> Vec<u8> {
    let payload = Payload {
        msg: text,
        aad: about,
    };
    let sealed = XChaCha20Poly1305::new(key.into()).encrypt(&XNonce::from(nonce), payload);
    // The cipher refuses only texts of 256 GiB and more.
    let sealed = sealed.expect("a text that fits into memory is sealed");
    [nonce.as_slice(), &sealed].concat()
}

/// Opens what was sealed for the same place.
pub(super) fn open(key: &Key, sealed: &[u8], about: &[u8]) -> Result<Vec<u8>, SecretError> {
    let (nonce, text) = sealed
        .split_first_chunk::<NONCE>()
        .ok_or(SecretError::Sealed)?;
    let payload = Payload {
        msg: text,
        aad: about,
    };
    XChaCha20Poly1305::new(key.into())
        .decrypt(&XNonce::from(*nonce), payload)
        .map_err(|_| SecretError::Sealed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_in_its_own_place_and_unchanged_only() {
        let key = [7; 32];
        let sealed = seal(&key, [1; NONCE], b"secret", b"here");
        assert_eq!(open(&key, &sealed, b"here").expect("opens"), b"secret");
        assert!(open(&key, &sealed, b"there").is_err());
        assert!(open(&[8; 32], &sealed, b"here").is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open(&key, &changed, b"here").is_err(), "byte {at}");
        }
        assert!(open(&key, &sealed[..10], b"here").is_err());
    }
}
