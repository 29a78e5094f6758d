//! The few JWTs of the auth callout (`ed25519-nkey`), written and read by hand.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use nkeys::KeyPair;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const HEADER: &str = r#"{"typ":"JWT","alg":"ed25519-nkey"}"#;

/// A token that cannot be believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid token: {0}")]
pub(crate) struct BadToken(pub(crate) &'static str);

/// Signs claims: sets `iss`, `iat` and `jti`.
pub(crate) fn sign(mut claims: Value, issuer: &KeyPair, now: i64) -> Result<String, BadToken> {
    claims["iss"] = json!(issuer.public_key());
    claims["iat"] = json!(now);
    let hash = Sha256::digest(claims.to_string().as_bytes());
    claims["jti"] = json!(data_encoding::BASE32_NOPAD.encode(&hash));
    let signed = format!(
        "{}.{}",
        BASE64.encode(HEADER),
        BASE64.encode(claims.to_string())
    );
    let signature = issuer
        .sign(signed.as_bytes())
        .map_err(|_| BadToken("the issuer cannot sign"))?;
    Ok(format!("{signed}.{}", BASE64.encode(signature)))
}

/// Checks the signature of a token by the key that it names as its issuer, and reads its claims.
pub(crate) fn read<T: for<'de> Deserialize<'de>>(token: &str) -> Result<(String, T), BadToken> {
    let (signed, signature) = token.rsplit_once('.').ok_or(BadToken("no signature"))?;
    let (header, body) = signed.split_once('.').ok_or(BadToken("no header"))?;
    let header: Value = parse(header)?;
    if header["alg"] != "ed25519-nkey" {
        return Err(BadToken("another algorithm"));
    }
    let named: Issuer = parse(body)?;
    let issuer =
        KeyPair::from_public_key(&named.iss).map_err(|_| BadToken("the issuer is no key"))?;
    let signature = BASE64
        .decode(signature)
        .map_err(|_| BadToken("the signature is not base64"))?;
    issuer
        .verify(signed.as_bytes(), &signature)
        .map_err(|_| BadToken("the signature is wrong"))?;
    Ok((named.iss, parse(body)?))
}

#[derive(Deserialize)]
struct Issuer {
    iss: String,
}

fn parse<T: for<'de> Deserialize<'de>>(part: &str) -> Result<T, BadToken> {
    let bytes = BASE64
        .decode(part)
        .map_err(|_| BadToken("a part is not base64"))?;
    serde_json::from_slice(&bytes).map_err(|_| BadToken("a part is not what was expected"))
}

/// Whether `signature` (base64 as clients send it) is that of `public_key` over the server's nonce.
pub(crate) fn signed_nonce(public_key: &str, nonce: &str, signature: &str) -> bool {
    let signature = signature
        .trim_end_matches('=')
        .replace('+', "-")
        .replace('/', "_");
    let (Ok(key), Ok(signature)) = (
        KeyPair::from_public_key(public_key),
        BASE64.decode(signature),
    ) else {
        return false;
    };
    !nonce.is_empty()
        && public_key.starts_with('U')
        && key.verify(nonce.as_bytes(), &signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_signed_is_read_and_what_was_changed_is_not() {
        let issuer = KeyPair::new_account();
        let token = sign(json!({"sub": "x"}), &issuer, 1).expect("signed");
        let (by, claims): (String, Value) = read(&token).expect("valid");
        assert_eq!(
            (by, claims["sub"].as_str()),
            (issuer.public_key(), Some("x"))
        );
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).expect("ASCII");
            // The last character of a part has bits that mean nothing; strict base64 refuses them.
            assert!(read::<Value>(&changed).is_err(), "byte {at}");
        }
    }

    #[test]
    fn only_the_keys_owner_signs_a_nonce() {
        let (agent, other) = (KeyPair::new_user(), KeyPair::new_user());
        let signature = BASE64.encode(agent.sign(b"nonce").expect("signed"));
        assert!(signed_nonce(&agent.public_key(), "nonce", &signature));
        assert!(!signed_nonce(&other.public_key(), "nonce", &signature));
        assert!(!signed_nonce(&agent.public_key(), "another", &signature));
        assert!(!signed_nonce(&agent.public_key(), "", &signature));
        assert!(!signed_nonce(&agent.public_key(), "nonce", ""));
    }
}
