//! Which names of a body its target does not know. Only asked when a body is refused anyway.

use std::fmt;

use serde::de::value::MapDeserializer;
use serde::de::{self, DeserializeOwned, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// The first name of the object in `data` that `T` refuses as unknown.
pub(super) fn stranger<T: DeserializeOwned>(data: &[u8]) -> Option<String> {
    let Names(names) = serde_json::from_slice(data).ok()?;
    names.into_iter().find(|name| is_stranger::<T>(name))
}

/// A target looks at a name before its value, so any value will do.
fn is_stranger<T: DeserializeOwned>(name: &str) -> bool {
    let only = MapDeserializer::new(std::iter::once((name, ())));
    matches!(T::deserialize(only), Err(Reason::Unknown))
}

/// The names of an object, as they stand there.
struct Names(Vec<String>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Names;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Names, A::Error> {
                let mut names = Vec::new();
                while let Some((name, IgnoredAny)) = members.next_entry()? {
                    names.push(name);
                }
                Ok(Names(names))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

/// Why something could not be read, as far as it matters here.
#[derive(Debug)]
enum Reason {
    Unknown,
    Other,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not readable")
    }
}

impl std::error::Error for Reason {}

impl de::Error for Reason {
    fn custom<M: fmt::Display>(_: M) -> Self {
        Self::Other
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self::Unknown
    }
}
