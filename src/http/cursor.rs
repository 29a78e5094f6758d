//! Pages of lists: an opaque cursor, a bounded limit, an allow-listed order.

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pantheon_events::json::shortened;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use super::Problem;

/// How many items a page has: 1 to 200, 50 unless told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(u16);

impl Limit {
    /// The number.
    #[must_use]
    pub fn get(self) -> i64 {
        i64::from(self.0)
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u16::deserialize(deserializer)?;
        if (1..=200).contains(&number) {
            return Ok(Self(number));
        }
        Err(serde::de::Error::custom(
            "expected a number between 1 and 200",
        ))
    }
}

/// Makes the cursor of the page after `last`, the sort key of the page's last item.
pub fn encode<T: Serialize>(last: &T) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(last).expect("a sort key of plain fields serialises"))
}

/// Reads a cursor (400 `invalid_cursor`).
pub fn decode<T: DeserializeOwned>(cursor: &str) -> Result<T, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    bytes
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "invalid_cursor",
                "This cursor is not one of this list. Start again without it.",
            )
        })
}

/// One key of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// A field of the allow-list.
    pub field: &'static str,
    /// Whether the greatest comes first (`-field`).
    pub descending: bool,
}

/// Reads `sort=-created_at,name` against the fields that the resource can be sorted by.
pub fn sort(text: &str, allowed: &[&'static str]) -> Result<Vec<SortKey>, Problem> {
    let mut keys: Vec<SortKey> = Vec::new();
    for key in text.split(',') {
        let (name, descending) = match key.strip_prefix('-') {
            Some(name) => (name, true),
            None => (key, false),
        };
        let field = allowed.iter().find(|field| **field == name);
        let field = *field.ok_or_else(|| {
            let (name, fields) = (shortened(name), allowed.join(", "));
            let message = format!("cannot sort by {name:?}; choose from {fields}");
            Problem::malformed_field("sort", message)
        })?;
        if keys.iter().any(|known| known.field == field) {
            return Err(Problem::malformed_field(
                "sort",
                format!("{field} is named twice"),
            ));
        }
        keys.push(SortKey { field, descending });
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_and_a_foreign_one_is_refused() {
        let key = ("2026-01-01T00:00:00Z".to_owned(), 7_u32);
        assert_eq!(decode::<(String, u32)>(&encode(&key)).ok(), Some(key));
        assert_eq!(
            decode::<u32>("§").expect_err("no cursor").code,
            "invalid_cursor"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_key_comes_back_from_its_cursor(text in any::<String>(), number in any::<i64>()) {
            let key = (text, number);
            prop_assert_eq!(decode::<(String, i64)>(&encode(&key)).ok(), Some(key));
        }

        #[test]
        fn any_text_is_a_cursor_or_refused(text in "\\PC{0,60}|[A-Za-z0-9_-]{0,60}") {
            if let Err(problem) = decode::<(String, u32)>(&text) {
                prop_assert_eq!(problem.code, "invalid_cursor");
            }
        }

        #[test]
        fn any_order_is_allowed_or_refused(text in "\\PC{0,30}|[-,a-z_]{0,30}") {
            let fields = ["name", "created_at"];
            if let Ok(keys) = sort(&text, &fields) {
                prop_assert!(keys.iter().all(|key| fields.contains(&key.field)));
            }
        }
    }

    #[test]
    fn only_listed_fields_sort() {
        let keys = sort("-created_at,name", &["name", "created_at"]).expect("both are listed");
        assert_eq!(
            keys[0],
            SortKey {
                field: "created_at",
                descending: true
            }
        );
        assert!(sort("name;drop", &["name"]).is_err());
        assert!(sort("name,-name", &["name"]).is_err(), "once is enough");
        assert!(sort("name,", &["name"]).is_err());
    }
}
