//! Positions, sequences and epochs: 64-bit counters that travel in JSON as decimal strings,
//! because a JavaScript number cannot hold them.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! counters {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            /// Before the first.
            pub const ZERO: Self = Self(0);

            /// Wraps a stored value.
            #[must_use]
            pub const fn new(value: i64) -> Self {
                Self(value)
            }

            /// The value as a signed integer, as Postgres keeps it.
            #[must_use]
            pub const fn get(self) -> i64 {
                self.0
            }

            /// The one after this.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NotACounter;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
                match text.parse::<i64>() {
                    Ok(value) if digits => Ok(Self(value)),
                    _ => Err(NotACounter),
                }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": "^[0-9]{1,19}$" })
            }
        }
    )+};
}

counters! {
    /// A place in the log: 1, 2, 3 … without holes, in commit order over all streams (G3).
    Position,
    /// A place in one stream: 1, 2, 3 …
    Sequence,
    /// The lineage of the log: it grows when the log's head went back.
    Epoch,
}

/// A text that is not a decimal number between 0 and 2⁶³ − 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a decimal number, written as a string of digits")]
pub struct NotACounter;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_a_decimal_string_in_json() {
        assert_eq!(
            serde_json::to_string(&Position::new(42)).expect("serialises"),
            "\"42\""
        );
        assert_eq!(
            serde_json::from_str::<Position>("\"42\"").expect("parses"),
            Position::new(42)
        );
    }

    #[test]
    fn what_is_not_a_decimal_string_is_refused() {
        for bad in [
            "42",
            "\"-1\"",
            "\"+1\"",
            "\"\"",
            "\"1.0\"",
            "\"9223372036854775808\"",
            "null",
        ] {
            assert!(serde_json::from_str::<Position>(bad).is_err(), "{bad}");
        }
    }
}
