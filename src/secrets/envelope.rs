//! Texts that leave with somebody and come back with them: nobody else reads or makes one, and they mean
//! something for a while and for one purpose only.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::MasterKey;

/// Longest text that is looked at.
const LONGEST: usize = 8 * 1024;

/// Seals and opens envelopes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Envelopes {
    master: MasterKey,
}

#[derive(Serialize, Deserialize)]
struct Kept<T> {
    until: DateTime<Utc>,
    content: T,
}

impl Envelopes {
    /// Sealed with this key.
    #[must_use]
    pub const fn new(master: MasterKey) -> Self {
        Self { master }
    }

    /// The content as a text for URLs, good for a purpose until `now + life`.
    #[must_use]
    pub fn seal<T: Serialize>(
        &self,
        purpose: &str,
        content: T,
        now: DateTime<Utc>,
        life: TimeDelta,
    ) -> String {
        let kept = Kept {
            until: now + life,
            content,
        };
        let json = serde_json::to_vec(&kept).expect("plain fields serialise");
        let envelope = self.master.seal(&json, purpose.as_bytes());
        // The key's name goes along: another one may be in front by the time the text comes back.
        let sealed = URL_SAFE_NO_PAD.encode(envelope.sealed);
        format!("{}.{sealed}", envelope.key_id)
    }

    /// The content of one that was sealed for the same purpose and is still good.
    #[must_use]
    pub fn open<T: DeserializeOwned>(
        &self,
        purpose: &str,
        text: &str,
        now: DateTime<Utc>,
    ) -> Option<T> {
        if text.len() > LONGEST {
            return None;
        }
        let (key_id, sealed) = text.split_once('.')?;
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let opened = self.master.open_sealed(key_id, &bytes, purpose.as_bytes());
        let json = opened.ok()?;
        let kept: Kept<T> = serde_json::from_slice(&json).ok()?;
        (now < kept.until).then_some(kept.content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_is_good_for_one_purpose_and_a_while() {
        let dir = tempfile::tempdir().expect("a folder");
        let master = MasterKey::open(None, dir.path()).expect("a key");
        let envelopes = Envelopes::new(master);
        let noon = DateTime::UNIX_EPOCH + TimeDelta::hours(12);
        let sealed = envelopes.seal("state", 7, noon, TimeDelta::minutes(10));
        let open = |purpose, text: &str, at| envelopes.open::<i64>(purpose, text, at);
        assert_eq!(open("state", &sealed, noon), Some(7));
        assert_eq!(open("code", &sealed, noon), None);
        assert_eq!(open("state", &sealed, noon + TimeDelta::minutes(10)), None);
        assert_eq!(open("state", &sealed[1..], noon), None);
        assert_eq!(open("state", &sealed.replace('.', ".A"), noon), None);
        assert_eq!(open("state", &"A".repeat(LONGEST + 1), noon), None);
    }
}
