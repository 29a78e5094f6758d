//! Opaque cursors of keyset pages: base64url of versioned JSON.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pantheon_events::json::bounded;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::QueryError;

const VERSION: u8 = 1;

#[derive(Serialize, Deserialize)]
struct Envelope<K> {
    v: u8,
    k: K,
}

/// The cursor for "after the row with these sort keys".
pub fn encode<K: Serialize>(keys: &K) -> String {
    let json = serde_json::to_vec(&Envelope {
        v: VERSION,
        k: keys,
    });
    // Sort keys are plain columns, so writing them to memory cannot fail.
    URL_SAFE_NO_PAD.encode(json.expect("sort keys of plain columns serialise"))
}

/// The sort keys in a cursor. Put what the order depends on (the sort's name) into `K`, so that a
/// cursor of another order is refused.
///
/// # Errors
/// [`QueryError::InvalidCursor`].
pub fn decode<K: DeserializeOwned>(cursor: &str) -> Result<K, QueryError> {
    let json = URL_SAFE_NO_PAD
        .decode(cursor)
        .map_err(|_| QueryError::InvalidCursor)?;
    // No key of a row holds a NUL, and Postgres compares with none.
    bounded(&json).map_err(|_| QueryError::InvalidCursor)?;
    match serde_json::from_slice::<Envelope<K>>(&json) {
        Ok(envelope) if envelope.v == VERSION => Ok(envelope.k),
        _ => Err(QueryError::InvalidCursor),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_keys_come_back_from_their_cursor(text in "[^\0]{0,40}", number in any::<i64>()) {
            let keys = (text, number);
            let back: (String, i64) = decode(&encode(&keys)).expect("decodes");
            prop_assert_eq!(back, keys);
        }

        #[test]
        fn any_text_is_a_cursor_or_refused(text in "\\PC{0,60}|[A-Za-z0-9_-]{0,60}") {
            let _ = decode::<(String, i64)>(&text);
        }
    }

    #[test]
    fn a_key_with_a_nul_is_none() {
        assert!(decode::<(String, i64)>(&encode(&("a\0b", 1))).is_err());
        assert!(decode::<(String, i64)>(&encode(&("a\\u0000b", 1))).is_ok());
    }

    #[test]
    fn a_cursor_gives_back_its_keys_and_nothing_else_is_a_cursor() {
        let cursor = encode(&("created_at", 5, "x"));
        let keys: (String, i64, String) = decode(&cursor).expect("decodes");
        assert_eq!(keys, ("created_at".to_owned(), 5, "x".to_owned()));
        for bad in ["", "?", "AAAA", "eyJ2IjoyLCJrIjpbXX0", &cursor[1..]] {
            assert!(decode::<(String, i64, String)>(bad).is_err(), "{bad}");
        }
        assert!(decode::<i64>(&cursor).is_err());
    }
}
