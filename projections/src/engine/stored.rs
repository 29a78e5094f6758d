//! Stored rows as Postgres sends them (its binary form), read into the structs that declare them.
//!
//! A column is a value of a serde deserializer, so a row needs no more than the `Deserialize` it has:
//! what it costs Postgres to write a row as JSON, and this process to read it, is saved.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use sqlx::postgres::{PgRow, PgValueRef, Postgres};
use sqlx::{Decode, Row as _, TypeInfo, ValueRef};
use uuid::Uuid;

use super::{ProjectError, Record};

/// One row that was selected with all columns of `R`, in their order.
pub(super) fn read<R: Record + DeserializeOwned>(row: &PgRow) -> Result<R, ProjectError> {
    let broken = |error: &dyn std::fmt::Display| {
        ProjectError::Broken(format!("a stored row of {}: {error}", R::TABLE))
    };
    let mut columns = Vec::with_capacity(R::COLUMNS.len());
    for (nr, column) in R::COLUMNS.iter().enumerate() {
        let value = row.try_get_raw(nr).map_err(|error| broken(&error))?;
        columns.push((column.trim_start_matches("r#"), Column(value)));
    }
    R::deserialize(MapDeserializer::<_, Error>::new(columns.into_iter()))
        .map_err(|error| broken(&error))
}

struct Column<'r>(PgValueRef<'r>);

impl<'r> Column<'r> {
    fn of<T: Decode<'r, Postgres>>(self) -> Result<T, Error> {
        T::decode(self.0).map_err(de::Error::custom)
    }

    /// The text of a `jsonb` behind the byte that says in what form it is, or of a `json`.
    fn json(&self) -> Result<Option<&'r [u8]>, Error> {
        let skip = match self.0.type_info().name() {
            "JSONB" => 1,
            "JSON" => 0,
            _ => return Ok(None),
        };
        let bytes = self.0.as_bytes().map_err(de::Error::custom)?;
        Ok(bytes.get(skip..))
    }

    fn list<T, V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Error>
    where
        Vec<T>: Decode<'r, Postgres>,
        T: ToString,
    {
        let values = self.of::<Vec<T>>()?;
        visitor.visit_seq(SeqDeserializer::new(values.iter().map(ToString::to_string)))
    }
}

impl<'r> IntoDeserializer<'r, Error> for Column<'r> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Column<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() {
            return visitor.visit_unit();
        }
        if let Some(json) = self.json()? {
            return serde_json::Deserializer::from_slice(json)
                .deserialize_any(visitor)
                .map_err(de::Error::custom);
        }
        let type_info = self.0.type_info().into_owned();
        match type_info.name() {
            "TEXT" => visitor.visit_borrowed_str(self.of()?),
            "INT8" => visitor.visit_i64(self.of()?),
            "INT4" => visitor.visit_i32(self.of()?),
            "FLOAT8" => visitor.visit_f64(self.of()?),
            "BOOL" => visitor.visit_bool(self.of()?),
            "UUID" => {
                let mut text = Uuid::encode_buffer();
                visitor.visit_str(self.of::<Uuid>()?.hyphenated().encode_lower(&mut text))
            }
            "TIMESTAMPTZ" => {
                let time: DateTime<Utc> = self.of()?;
                visitor.visit_str(&time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
            }
            "DATE" => visitor.visit_string(self.of::<NaiveDate>()?.to_string()),
            "TEXT[]" => self.list::<String, V>(visitor),
            "UUID[]" => self.list::<Uuid, V>(visitor),
            "INT8[]" => visitor.visit_seq(SeqDeserializer::new(self.of::<Vec<i64>>()?.into_iter())),
            other => Err(de::Error::custom(format!(
                "a column of type {other} is not read"
            ))),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() {
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if let Some(json) = self.json()? {
            return serde_json::Deserializer::from_slice(json)
                .deserialize_enum(name, variants, visitor)
                .map_err(de::Error::custom);
        }
        let text: &str = self.of()?;
        let text: de::value::StrDeserializer<'_, Error> = text.into_deserializer();
        text.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
