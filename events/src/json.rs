//! Reading JSON that somebody else wrote: bounded before anything is built of it, and with the
//! place of the fault named.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use self::names::stranger;
use crate::InvalidCommand;

mod names;

/// How many levels of objects and lists a body may have.
pub const DEPTH_LIMIT: usize = 32;
/// How many values a body may hold.
pub const NODE_LIMIT: usize = 50_000;
/// Longest part of a caller's own text in what it is answered.
const ECHO: usize = 200;

/// Reads one JSON object, refusing what follows it, and says where it is wrong: first which of its
/// names nobody knows, then which value cannot be read, then which field is missing.
pub fn read_json<T: DeserializeOwned>(data: &[u8]) -> Result<T, InvalidCommand> {
    bounded(data)?;
    // A list would be taken as the fields in order: serde's derived structs allow that.
    if data.trim_ascii_start().first() == Some(&b'[') {
        return Err(malformed("invalid type: sequence, expected an object"));
    }
    // Which field is at fault is found out for what cannot be read alone: to keep book of it costs
    // more than reading.
    if let Ok(value) = serde_json::from_slice(data) {
        return Ok(value);
    }
    let mut reader = serde_json::Deserializer::from_slice(data);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let (path, message) = (error.path().to_string(), plain(error.inner()));
        match stranger::<T>(data) {
            Some(name) => unknown(&name),
            None => at_fault(&path, message),
        }
    })?;
    reader.end().map_err(|error| malformed(&plain(&error)))?;
    Ok(value)
}

/// For `#[serde(deserialize_with)]` on an object inside a body that may be left out or empty: a list
/// would be taken as its fields in order, and an empty list as none of them.
pub fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Object::deserialize(deserializer).map(|Object(value)| value)
}

/// The same for one that may be `null`.
pub fn maybe_object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let read = Option::<Object<T>>::deserialize(deserializer)?;
    Ok(read.map(|Object(value)| value))
}

/// For a field that may be left out: clients that send their form as it stands write `null` then.
pub fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let read = Option::<T>::deserialize(deserializer)?;
    Ok(read.unwrap_or_default())
}

/// The same for a field that may be left out, which is `None`, and may be `null`, which is
/// `Some(None)` where `T` is an `Option`.
pub fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(fields))
            }
        }

        deserializer.deserialize_map(Fields(PhantomData)).map(Self)
    }
}

/// Refuses JSON that is nested too deeply, has too many values, or holds `\u0000`, which neither
/// Postgres' `text` nor `jsonb` can keep. It only counts; syntax is the parser's business.
pub fn bounded(data: &[u8]) -> Result<(), InvalidCommand> {
    let (mut depth, mut values, mut quoted, mut at) = (0_usize, 0_usize, false, 0);
    while let Some(&byte) = data.get(at) {
        match byte {
            b'\\' if data[at..].starts_with(b"\\u0000") => {
                return Err(malformed(
                    "the character U+0000 cannot be stored; leave it out",
                ));
            }
            // An escape is skipped whole, so that an escaped backslash or quote hides nothing.
            b'\\' => at += 1,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                depth += 1;
                values += 1;
            }
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            b',' if !quoted => values += 1,
            _ => {}
        }
        if depth > DEPTH_LIMIT {
            return Err(malformed(&format!(
                "the body may be nested at most {DEPTH_LIMIT} levels deep"
            )));
        }
        if values > NODE_LIMIT {
            return Err(malformed(&format!(
                "the body may hold at most {NODE_LIMIT} values"
            )));
        }
        at += 1;
    }
    Ok(())
}

fn unknown(name: &str) -> InvalidCommand {
    InvalidCommand::Malformed {
        field: shortened(name),
        message: "there is no such field here".to_owned(),
    }
}

/// What is wrong at a place. What is missing can be read all the same, and breaks a rule.
fn at_fault(path: &str, message: String) -> InvalidCommand {
    let missing = message.strip_prefix("missing field `");
    let place = match (path, missing.and_then(|rest| rest.split('`').next())) {
        (".", Some(name)) => name.to_owned(),
        // Broken off before anything was named.
        ("?", _) => ".".to_owned(),
        (path, Some(name)) => format!("{path}.{name}"),
        (path, None) => path.to_owned(),
    };
    let field = shortened(&place);
    if missing.is_none() {
        return InvalidCommand::Malformed { field, message };
    }
    InvalidCommand::missing(field)
}

/// A text of the caller's, short enough to be said back.
#[must_use]
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(ECHO) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn malformed(message: &str) -> InvalidCommand {
    InvalidCommand::Malformed {
        field: ".".to_owned(),
        message: message.to_owned(),
    }
}

/// What the parser says, without its place: that is a line of a body that is one line.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // The last one: a name in the text may hold the same words.
    let end = text.rfind(" at line ").unwrap_or(text.len());
    shortened(&without_types(&unquoted(&text[..end])))
}

/// A caller does not know the names of our types.
fn without_types(text: &str) -> String {
    for (ours, plain) in [
        (
            "expected internally tagged enum ",
            "an object with the field `type`",
        ),
        ("expected struct ", "an object"),
    ] {
        if let Some((before, name)) = text.split_once(ours)
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            return format!("{before}expected {plain}");
        }
    }
    text.to_owned()
}

/// The same without the value at fault, which may be somebody's password: what was there instead of
/// what is expected is enough.
fn unquoted(message: &str) -> String {
    let is_about_a_value = ["invalid type: ", "invalid value: "]
        .iter()
        .any(|start| message.starts_with(start));
    // The last one: the value may hold the same words.
    match (message.find(['"', '`']), message.rfind(", expected ")) {
        (Some(value), Some(expected)) if is_about_a_value && value < expected => {
            format!("{}{}", message[..value].trim_end(), &message[expected..])
        }
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        #[expect(dead_code, reason = "read to be checked")]
        a: u8,
    }

    fn refused(data: &[u8]) -> (String, String) {
        match read_json::<Strict>(data) {
            Err(InvalidCommand::Malformed { field, message }) => (field, message),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_value_of_the_wrong_type_is_not_said_back() {
        for (data, message) in [
            (
                &br#"{"a": "hunter2, expected \"x\""}"#[..],
                "invalid type: string, expected u8",
            ),
            (br#"{"a": 4711}"#, "invalid value: integer, expected u8"),
            (
                br#"{"a": 47.5}"#,
                "invalid type: floating point, expected u8",
            ),
            (br#"{"a": null}"#, "invalid type: null, expected u8"),
        ] {
            assert_eq!(refused(data), ("a".to_owned(), message.to_owned()));
        }
        assert!(!refused(br#""hunter2""#).1.contains("hunter2"));
    }

    #[test]
    fn a_nul_is_refused_and_an_escaped_backslash_is_none() {
        assert!(read_json::<String>(br#""a\u0000""#).is_err());
        assert_eq!(
            read_json::<String>(br#""a\\u0000""#).as_deref(),
            Ok("a\\u0000")
        );
        assert_eq!(read_json::<String>(br#""\u0001""#).as_deref(), Ok("\u{1}"));
    }

    #[test]
    fn depth_is_counted_outside_of_strings_only() {
        let deep = format!("{}{}", "[".repeat(33), "]".repeat(33));
        assert!(bounded(deep.as_bytes()).is_err());
        let brackets = format!("\"{}\\\"{}\"", "[".repeat(50), "{".repeat(50));
        assert!(bounded(brackets.as_bytes()).is_ok());
    }

    #[test]
    fn a_body_of_too_many_values_is_refused_before_it_is_built() {
        let many = format!("[{}0]", "0,".repeat(60_000));
        assert!(bounded(many.as_bytes()).is_err());
    }

    #[test]
    fn the_place_of_a_fault_is_named() {
        assert_eq!(refused(br#"{"a":"x"}"#).0, "a");
        assert_eq!(refused(br#"{"a":1,"b":2}"#).0, "b");
        assert_eq!(refused(br#"{"a":1,"a":2}"#).1, "duplicate field `a`");
        assert_eq!(refused(br#"{"a":1} {}"#).0, ".");
    }

    #[test]
    fn a_field_that_is_missing_breaks_a_rule_under_its_name() {
        let refused = read_json::<Strict>(b"{}");
        let Err(InvalidCommand::OutOfBounds(errors)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(errors[0].field, "a");
        let refused = read_json::<Vec<Strict>>(b"{}");
        assert!(matches!(refused, Err(InvalidCommand::Malformed { .. })));
    }

    #[test]
    fn the_names_of_types_are_not_said() {
        assert_eq!(refused(b"null").1, "invalid type: null, expected an object");
    }

    #[test]
    fn a_name_that_nobody_knows_is_said_before_all_else() {
        for body in [
            &br#"{"a":"x","b":2}"#[..],
            br#"{"b":2}"#,
            br#"{"a":{"deep":[]},"b":{"a":1}}"#,
        ] {
            assert_eq!(refused(body).0, "b");
        }
        // What is broken off has no names.
        assert_eq!(refused(br#"{"a":"x","b":"#).0, "a");
    }

    #[test]
    fn a_long_text_of_the_callers_is_not_said_back_in_full() {
        let long = format!("{{\"a\":1,\"{}\":2}}", "é".repeat(10_000));
        let (field, message) = refused(long.as_bytes());
        assert!(field.len() < 1000 && message.len() < 1000, "{message}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_are_read_or_refused(data in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read_json::<Strict>(&data);
        }

        #[test]
        fn what_is_nearly_json_is_read_or_refused(text in r#"[\[\]{}":,\\u0-9a-e ]{0,120}"#) {
            // What passes holds no NUL, whatever way it was written.
            if let Ok(value) = read_json::<Value>(text.as_bytes()) {
                prop_assert!(!value.to_string().contains("\\u0000"));
            }
        }
    }
}
