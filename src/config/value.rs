//! How one setting is read from text and from TOML.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

/// A kind of setting.
pub trait Setting: Sized {
    /// What a good value looks like.
    const EXPECTED: &'static str;
    /// Whether the value must not be shown.
    const SECRET: bool = false;
    /// Whether it has a `*_FILE` form: it is a secret, or may hold one.
    const FILE: bool = Self::SECRET;

    /// Reads it from text.
    fn parse(text: &str) -> Option<Self>;

    /// The text of a TOML value of the right type.
    fn text(value: &toml::Value) -> Option<String> {
        value.as_str().map(str::to_owned)
    }

    /// What it is when nobody sets it and there is no default.
    fn unset() -> Option<Self> {
        None
    }

    /// How a value is shown.
    fn show(text: &str) -> String {
        if Self::SECRET {
            "(secret)".to_owned()
        } else {
            text.to_owned()
        }
    }
}

impl<T: Setting> Setting for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    const SECRET: bool = T::SECRET;
    const FILE: bool = T::FILE;

    fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            Some(None)
        } else {
            T::parse(text).map(Some)
        }
    }

    fn text(value: &toml::Value) -> Option<String> {
        T::text(value)
    }

    fn unset() -> Option<Self> {
        Some(None)
    }

    fn show(text: &str) -> String {
        if text.is_empty() {
            String::new()
        } else {
            T::show(text)
        }
    }
}

impl Setting for String {
    const EXPECTED: &'static str = "a text";

    fn parse(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl Setting for SecretString {
    const EXPECTED: &'static str = "a secret text";
    const SECRET: bool = true;

    fn parse(text: &str) -> Option<Self> {
        Some(text.trim_end().to_owned().into())
    }
}

impl Setting for PathBuf {
    const EXPECTED: &'static str = "a path";

    fn parse(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| text.into())
    }
}

impl Setting for SocketAddr {
    const EXPECTED: &'static str = "an address and a port, e.g. 127.0.0.1:8080";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Setting for u32 {
    const EXPECTED: &'static str = "a whole number, 0 or more";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn text(value: &toml::Value) -> Option<String> {
        value.as_integer().map(|number| number.to_string())
    }
}

impl Setting for bool {
    const EXPECTED: &'static str = "true or false";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn text(value: &toml::Value) -> Option<String> {
        value.as_bool().map(|value| value.to_string())
    }
}

impl Setting for Vec<String> {
    const EXPECTED: &'static str = "a list of words, commas between them";

    fn parse(text: &str) -> Option<Self> {
        Some(words(text).map(str::to_owned).collect())
    }

    fn text(value: &toml::Value) -> Option<String> {
        list(value)
    }
}

impl Setting for Duration {
    const EXPECTED: &'static str = "a time, e.g. 500 ms, 10 s, 5 m, 24 h, 30 d";

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let end = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let millis = match unit.trim() {
            "ms" => 1,
            "" | "s" => 1_000,
            "m" | "min" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        number
            .parse::<u64>()
            .ok()?
            .checked_mul(millis)
            .map(Self::from_millis)
    }

    fn text(value: &toml::Value) -> Option<String> {
        match value {
            toml::Value::String(text) => Some(text.clone()),
            toml::Value::Integer(seconds) => Some(seconds.to_string()),
            _ => None,
        }
    }
}

/// The words of a comma list.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
}

/// A TOML array of texts, or a text that is a comma list.
pub(super) fn list(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Array(items) => {
            let words: Option<Vec<_>> = items.iter().map(toml::Value::as_str).collect();
            words.map(|words| words.join(","))
        }
        _ => None,
    }
}
