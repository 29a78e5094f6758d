//! Times that somebody else wrote. `chrono` alone reads years that no client can read back and
//! Postgres cannot keep; RFC 3339 has four digits for them.

use std::borrow::Cow;

use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Deserializer, de};

/// Reads an RFC 3339 time.
///
/// # Errors
/// The text is none.
pub fn parse(text: &str) -> Result<DateTime<Utc>, NotATime> {
    let time = DateTime::parse_from_rfc3339(text).map_err(|_| NotATime)?;
    let time = time.with_timezone(&Utc);
    // An offset may move it over the edge of the four digits.
    if (0..=9999).contains(&time.year()) {
        return Ok(time);
    }
    Err(NotATime)
}

/// A text that is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an RFC 3339 time, as in 2026-01-31T12:00:00Z")]
pub struct NotATime;

/// For `#[serde(deserialize_with)]` on a time.
pub fn required<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    let text = Cow::<'de, str>::deserialize(deserializer)?;
    parse(&text).map_err(de::Error::custom)
}

/// For `#[serde(default, deserialize_with)]` on a time that may be left out.
pub fn optional<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    let text = Option::<Cow<'de, str>>::deserialize(deserializer)?;
    text.map(|text| parse(&text))
        .transpose()
        .map_err(de::Error::custom)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_year_has_four_digits() {
        assert!(parse("9999-12-31T23:59:59Z").is_ok());
        assert!(parse("2016-12-31T23:59:60Z").is_ok());
        for bad in [
            "+10000-01-01T00:00:00Z",
            "9999-12-31T23:59:59-14:00",
            "0000-01-01T00:00:00+14:00",
            "-0001-01-01T00:00:00Z",
            "+262142-12-31T23:59:59Z",
            "2026-01-01",
            "2026-02-30T00:00:00Z",
            "2026-01-01T00:00:00",
            "",
        ] {
            assert_eq!(parse(bad), Err(NotATime), "{bad}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_read_or_refused_and_what_is_read_comes_back(
            text in r"[-+]?[0-9]{4,6}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,12})?(Z|[-+][0-9]{2}:[0-9]{2})|\PC{0,30}",
        ) {
            if let Ok(time) = parse(&text) {
                prop_assert_eq!(parse(&time.to_rfc3339()), Ok(time));
            }
        }
    }
}
