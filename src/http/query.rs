//! Query strings: typed, and a name that nobody reads is refused.

use std::collections::BTreeMap;
use std::fmt;

use axum::extract::{FromRequestParts, Query};
use axum::http::Uri;
use axum::http::request::Parts;
use serde::de::{self, DeserializeOwned, IntoDeserializer, Visitor};

use super::Problem;

/// Names that any route may be given; a route reads those that concern it. `as_of` is none of them:
/// an answer of now to a question about then would be a wrong one.
const SHARED: [&str; 4] = ["organization_id", "org_id", "min_position", "wait"];

const NO_SUCH: &str = "there is no such parameter here";

/// The query string as `T`. A value of the wrong type, a name given twice and a name that `T` does
/// not have are 400.
#[derive(Clone, Debug)]
pub struct ApiQuery<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parse(&pairs(parts)?).map(Self)
    }
}

/// The names and values of a query string that others made: of a name that is there twice the last counts.
pub(super) fn pairs_of(uri: &Uri) -> Result<BTreeMap<String, String>, Problem> {
    read(uri).map(|pairs| pairs.into_iter().collect())
}

/// The names and values of the query string.
pub(super) fn pairs(parts: &Parts) -> Result<Vec<(String, String)>, Problem> {
    read(&parts.uri)
}

fn read(uri: &Uri) -> Result<Vec<(String, String)>, Problem> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map_err(|_| Problem::malformed("The query string cannot be read."))?;
    let nul = pairs
        .iter()
        .find(|(name, value)| name.contains('\0') || value.contains('\0'));
    match nul {
        Some((name, _)) => Err(Problem::malformed_field(
            &name.replace('\0', ""),
            "the character U+0000 is in no text here",
        )),
        None => Ok(pairs),
    }
}

fn parse<T: DeserializeOwned>(pairs: &[(String, String)]) -> Result<T, Problem> {
    T::deserialize(Pairs(pairs)).map_err(|fault: Fault| match fault.name {
        Some(name) => Problem::malformed_field(&name, fault.message),
        None => Problem::malformed(fault.message),
    })
}

/// The whole query string. What is shared is kept from a target that has no such field, so that
/// one which refuses unknown fields by itself does not refuse these.
#[derive(Clone, Copy)]
struct Pairs<'a>(&'a [(String, String)]);

impl<'de> Pairs<'de> {
    fn only<V: Visitor<'de>>(
        self,
        visitor: V,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<V::Value, Fault> {
        let values = self
            .0
            .iter()
            .map(|(name, value)| Value { name, value })
            .filter(|pair| {
                !SHARED.contains(&pair.name) || (wanted(pair.name) && !pair.value.is_empty())
            });
        visitor.visit_map(Entries { values, now: None })
    }
}

/// The pairs one after the other. What is wrong with a value is said under its name.
struct Entries<'de, I> {
    values: I,
    now: Option<Value<'de>>,
}

impl<'de, I: Iterator<Item = Value<'de>>> de::MapAccess<'de> for Entries<'de, I> {
    type Error = Fault;

    fn next_key_seed<K: de::DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        self.now = self.values.next();
        self.now
            .map(|pair| seed.deserialize(pair.name.into_deserializer()))
            .transpose()
    }

    fn next_value_seed<V: de::DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let pair = self.now.take();
        let pair = pair.ok_or_else(|| <Fault as de::Error>::custom("a value without a name"))?;
        seed.deserialize(pair).map_err(|fault| pair.named(fault))
    }
}

impl<'de> de::Deserializer<'de> for Pairs<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.only(visitor, |_| true)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.only(visitor, |name| fields.contains(&name))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[derive(Debug)]
struct Fault {
    name: Option<String>,
    message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self {
            name: None,
            message: message.to_string(),
        }
    }

    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self {
            name: Some(field.to_owned()),
            message: NO_SUCH.to_owned(),
        }
    }
}

#[derive(Clone, Copy)]
struct Value<'a> {
    name: &'a str,
    value: &'a str,
}

impl Value<'_> {
    fn fault(self, message: impl Into<String>) -> Fault {
        Fault {
            name: Some(self.name.to_owned()),
            message: message.into(),
        }
    }

    fn named(self, fault: Fault) -> Fault {
        Fault {
            name: Some(fault.name.unwrap_or_else(|| self.name.to_owned())),
            ..fault
        }
    }
}

impl<'de> IntoDeserializer<'de, Fault> for Value<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $kind:ty, $what:literal;)+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            let number = self.value.parse::<$kind>();
            let number = number.map_err(|_| self.fault(concat!("expected ", $what)))?;
            visitor.$visit(number).map_err(|fault| self.named(fault))
        }
    )+};
}

impl<'de> de::Deserializer<'de> for Value<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor
            .visit_borrowed_str(self.value)
            .map_err(|fault| self.named(fault))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self).map_err(|fault| self.named(fault))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor
            .visit_newtype_struct(self)
            .map_err(|fault| self.named(fault))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let variant: de::value::StrDeserializer<'_, Fault> = self.value.into_deserializer();
        visitor
            .visit_enum(variant)
            .map_err(|fault| self.named(fault))
    }

    /// Called for a name that the target does not have.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if SHARED.contains(&self.name) {
            return visitor.visit_unit();
        }
        Err(self.fault(NO_SUCH))
    }

    numbers! {
        deserialize_bool visit_bool bool, "true or false";
        deserialize_i8 visit_i8 i8, "a whole number";
        deserialize_i16 visit_i16 i16, "a whole number";
        deserialize_i32 visit_i32 i32, "a whole number";
        deserialize_i64 visit_i64 i64, "a whole number";
        deserialize_u8 visit_u8 u8, "a whole number, 0 or more";
        deserialize_u16 visit_u16 u16, "a whole number, 0 or more";
        deserialize_u32 visit_u32 u32, "a whole number, 0 or more";
        deserialize_u64 visit_u64 u64, "a whole number, 0 or more";
        deserialize_f32 visit_f32 f32, "a number";
        deserialize_f64 visit_f64 f64, "a number";
    }

    serde::forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Status {
        InProgress,
    }

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct Filter {
        limit: Option<u32>,
        status: Option<Status>,
        archived: bool,
    }

    fn read(query: &[(&str, &str)]) -> Result<Filter, Problem> {
        let pairs: Vec<_> = query
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        parse(&pairs)
    }

    #[test]
    fn values_are_typed() {
        let filter = read(&[
            ("limit", "5"),
            ("status", "in_progress"),
            ("archived", "true"),
        ]);
        let expected = Filter {
            limit: Some(5),
            status: Some(Status::InProgress),
            archived: true,
        };
        assert_eq!(filter.expect("a good query"), expected);
    }

    #[test]
    fn a_value_that_its_own_type_refuses_is_named() {
        #[derive(Debug, Deserialize)]
        struct Paged {
            #[serde(default)]
            limit: crate::http::cursor::Limit,
        }
        let parse = |value: &str| parse::<Paged>(&[("limit".to_owned(), value.to_owned())]);
        assert_eq!(parse("7").expect("a good query").limit.get(), 7);
        let problem = parse("201").expect_err("too many");
        assert_eq!(problem.errors[0].field, "limit");
    }

    #[test]
    fn what_nobody_reads_is_refused_and_named() {
        for name in ["limti", "as_of"] {
            let problem = read(&[(name, "5")]).expect_err("an unknown name");
            assert_eq!(problem.errors[0].field, name);
        }
    }

    #[test]
    fn shared_names_pass_by_a_target_that_refuses_unknown_fields() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Strict {
            limit: Option<u32>,
            org_id: Option<String>,
        }
        let parse = |query: &[(&str, &str)]| {
            let pairs: Vec<_> = query
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            super::parse::<Strict>(&pairs)
        };
        let strict = parse(&[("min_position", "7"), ("limit", "3"), ("org_id", "mine")]);
        let strict = strict.expect("shared names pass");
        assert_eq!(
            (strict.limit, strict.org_id),
            (Some(3), Some("mine".to_owned()))
        );
        let problem = parse(&[("min_position", "7"), ("limti", "3")]).expect_err("an unknown name");
        assert_eq!(problem.errors[0].field, "limti");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_query_is_read_or_refused(
            pairs in prop::collection::vec(("limit|status|archived|wait|\\PC{0,8}", "\\PC{0,12}|[0-9]{1,25}|true"), 0..4),
        ) {
            if let Err(problem) = parse::<Filter>(&pairs) {
                prop_assert_eq!(problem.code, "malformed_request");
            }
        }
    }

    #[test]
    fn shared_names_pass() {
        assert!(
            read(&[
                ("min_position", "7"),
                ("organization_id", "x"),
                ("wait", "1")
            ])
            .is_ok()
        );
    }

    #[test]
    fn a_wrong_type_an_unknown_word_and_a_repeat_are_refused() {
        for bad in [
            &[("limit", "five")][..],
            &[("limit", "-1")],
            &[("limit", "")],
            &[("status", "asleep")],
            &[("archived", "yes")],
            &[("limit", "1"), ("limit", "2")],
        ] {
            assert_eq!(
                read(bad).expect_err("a bad query").code,
                "malformed_request",
                "{bad:?}"
            );
        }
    }
}
