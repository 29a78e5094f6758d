//! What the catalogue is ordered by, and where a page of that order starts.

use chrono::DateTime;
use serde::{Deserialize, Serialize};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::ProductRow;
use crate::query::{QueryError, cursor};

/// What the catalogue can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// The name.
    Name,
    /// The price.
    Price,
    /// When it was made.
    CreatedAt,
}

/// One key of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// By what.
    pub column: Column,
    /// Whether the greatest comes first.
    pub descending: bool,
}

const NEWEST: Key = Key {
    column: Column::CreatedAt,
    descending: true,
};

impl Column {
    /// Its name and type.
    const fn sql(self) -> (&'static str, &'static str) {
        match self {
            Self::Name => ("name", "text"),
            Self::Price => ("price_minor", "bigint"),
            Self::CreatedAt => ("created_at", "timestamptz"),
        }
    }

    /// Whether a cursor's text can be compared with the column.
    fn fits(self, text: &str) -> bool {
        match self {
            Self::Name => !text.contains('\0'),
            Self::Price => text.parse::<i64>().is_ok(),
            Self::CreatedAt => DateTime::parse_from_rfc3339(text).is_ok(),
        }
    }

    fn of(self, row: &ProductRow) -> String {
        match self {
            Self::Name => row.name.clone(),
            Self::Price => row.price_minor.to_string(),
            Self::CreatedAt => row.created_at.to_rfc3339(),
        }
    }
}

impl Key {
    const fn direction(self) -> &'static str {
        if self.descending { "desc" } else { "asc" }
    }

    const fn beyond(self) -> &'static str {
        if self.descending { "<" } else { ">" }
    }
}

/// The row that the page before ended with.
#[derive(Debug, Serialize, Deserialize)]
struct After {
    sort: Vec<Key>,
    values: Vec<String>,
    id: Uuid,
}

/// A total order: the keys, then the id in the last key's direction.
pub(super) struct Order<'a> {
    keys: &'a [Key],
    last: Key,
}

impl<'a> Order<'a> {
    pub(super) fn of(keys: &'a [Key]) -> Self {
        let keys: &[Key] = if keys.is_empty() { &[NEWEST] } else { keys };
        let last = keys.last().copied().unwrap_or(NEWEST);
        Self { keys, last }
    }

    /// Adds what comes after the row of a cursor: greater in the first key, or equal in it and
    /// greater in the next, and so on.
    pub(super) fn after(
        &self,
        query: &mut QueryBuilder<'_, Postgres>,
        text: &str,
    ) -> Result<(), QueryError> {
        let from: After = cursor::decode(text)?;
        let pairs = self.keys.iter().zip(&from.values);
        let fits = from.values.len() == self.keys.len()
            && pairs.clone().all(|(key, value)| key.column.fits(value));
        if from.sort != self.keys || !fits {
            return Err(QueryError::InvalidCursor);
        }
        query.push(" and (");
        for (place, (key, value)) in pairs.clone().enumerate() {
            equal(query, pairs.clone().take(place));
            compare(query, *key, key.beyond(), value);
            query.push(" or ");
        }
        equal(query, pairs);
        query.push(format_args!("id {} ", self.last.beyond()));
        query.push_bind(from.id).push(")");
        Ok(())
    }

    /// Adds the order itself.
    pub(super) fn by(&self, query: &mut QueryBuilder<'_, Postgres>) {
        query.push(" order by ");
        for key in self.keys {
            let (column, _) = key.column.sql();
            query.push(format_args!("{column} {}, ", key.direction()));
        }
        query.push(format_args!("id {}", self.last.direction()));
    }

    /// Where the page after this row starts.
    pub(super) fn cursor(&self, row: &ProductRow) -> String {
        let values = self.keys.iter().map(|key| key.column.of(row));
        cursor::encode(&After {
            sort: self.keys.to_vec(),
            values: values.collect(),
            id: row.id,
        })
    }
}

fn equal<'k>(
    query: &mut QueryBuilder<'_, Postgres>,
    pairs: impl Iterator<Item = (&'k Key, &'k String)>,
) {
    for (key, value) in pairs {
        compare(query, *key, "=", value);
        query.push(" and ");
    }
}

fn compare(query: &mut QueryBuilder<'_, Postgres>, key: Key, how: &str, value: &str) {
    let (column, kind) = key.column.sql();
    query.push(format_args!("{column} {how} "));
    query.push_bind(value.to_owned());
    query.push(format_args!("::{kind}"));
}
