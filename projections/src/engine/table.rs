//! The rows of one table that a batch touches: loaded with one statement, folded in memory, saved
//! with one statement.

use std::collections::{HashMap, HashSet};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use sqlx::PgConnection;

use super::appended::CHUNK;
use super::{Columns, Fault, ProjectError, Row, shape, sql, stored};

/// A working set of rows. Only keys that were asked for at loading may be used: another key is a
/// fault of the projector, and [`save`](Self::save) reports it.
#[derive(Debug)]
pub struct Table<R: Row> {
    slots: HashMap<R::Key, Slot<R>>,
    strayed: Option<String>,
}

#[derive(Debug)]
struct Slot<R> {
    /// As stored; `None` inside = not stored. Kept from the first change on.
    stored: Stored<R>,
    now: Option<R>,
}

#[derive(Debug)]
enum Stored<R> {
    /// Not changed: `now` is what is stored.
    Same,
    /// What was there before the first change.
    Was(Option<R>),
}

impl<R: Row> Table<R> {
    /// Nothing loaded; for [`also`](Self::also) and [`also_by`](Self::also_by).
    #[must_use]
    pub fn empty() -> Self {
        Self {
            slots: HashMap::new(),
            strayed: None,
        }
    }

    /// Loads the rows of these keys; repeats do not matter.
    ///
    /// # Errors
    /// Postgres did not answer, or a stored row does not fit `R`.
    pub async fn load(
        db: &mut PgConnection,
        keys: impl IntoIterator<Item = R::Key>,
    ) -> Result<Self, ProjectError> {
        let mut table = Self::empty();
        table.also(db, keys).await?;
        Ok(table)
    }

    /// Loads the rows of further keys; those that are here already stay as they are.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub async fn also(
        &mut self,
        db: &mut PgConnection,
        keys: impl IntoIterator<Item = R::Key>,
    ) -> Result<(), ProjectError> {
        let new: HashSet<R::Key> = keys
            .into_iter()
            .filter(|k| !self.slots.contains_key(k))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let wanted = new
            .iter()
            .map(|key| key_object::<R>(key))
            .collect::<Result<Vec<_>, _>>()?;
        let statement = sql::load::<R>(&shape::of::<R>(db).await?);
        self.fetch(db, &statement, &wanted).await?;
        for key in new {
            self.slots.entry(key).or_insert(Slot {
                stored: Stored::Same,
                now: None,
            });
        }
        Ok(())
    }

    /// Loads all rows whose `column` has one of these values (an index on it makes this cheap).
    /// Rows that this batch has already put here are found with [`iter`](Self::iter).
    ///
    /// # Errors
    /// As [`load`](Self::load); also when `R` has no such column.
    pub async fn also_by<V: Serialize>(
        &mut self,
        db: &mut PgConnection,
        column: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Result<(), ProjectError> {
        if !R::COLUMNS.contains(&column) {
            return Err(ProjectError::Broken(format!(
                "{} has no column {column}",
                R::TABLE
            )));
        }
        let mut wanted = Vec::new();
        for value in values {
            wanted.push(Value::from(Map::from_iter([(
                column.to_owned(),
                to_json::<R, _>(&value)?,
            )])));
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let statement = sql::load_by::<R>(&shape::of::<R>(db).await?, column);
        self.fetch(db, &statement, &wanted).await
    }

    async fn fetch(
        &mut self,
        db: &mut PgConnection,
        statement: &str,
        wanted: &[Value],
    ) -> Result<(), ProjectError> {
        for wanted in wanted.chunks(CHUNK) {
            let rows = sqlx::query(statement)
                .bind(sql::argument::<R>(wanted)?)
                .fetch_all(&mut *db)
                .await?;
            for row in &rows {
                let row: R = stored::read(row)?;
                let slot = || Slot {
                    stored: Stored::Same,
                    now: None,
                };
                let slot = self.slots.entry(row.key()).or_insert_with(slot);
                if matches!(slot.stored, Stored::Same) {
                    slot.now = Some(row);
                }
            }
        }
        Ok(())
    }

    /// The row, if there is one.
    pub fn get(&mut self, key: &R::Key) -> Option<&R> {
        self.here(key);
        let slot = self.slots.get_mut(key)?;
        slot.settle();
        slot.now.as_ref()
    }

    /// The row, to be changed.
    pub fn get_mut(&mut self, key: &R::Key) -> Option<&mut R> {
        self.here(key);
        let slot = self.slots.get_mut(key).filter(|slot| slot.now.is_some())?;
        slot.keep();
        slot.now.as_mut()
    }

    /// The row, to be changed; a fault of the event when there is none.
    ///
    /// # Errors
    /// There is no such row.
    pub fn require(&mut self, key: &R::Key) -> Result<&mut R, Fault> {
        self.get_mut(key)
            .ok_or_else(|| Fault::new(format!("{} has no row {key:?}", R::TABLE)))
    }

    /// The row, to be changed; made by `new` when there is none.
    pub fn or_insert_with(&mut self, key: &R::Key, new: impl FnOnce() -> R) -> &mut R {
        self.here(key);
        let slot = self.slots.entry(key.clone()).or_insert(Slot {
            stored: Stored::Same,
            now: None,
        });
        slot.keep();
        slot.now.get_or_insert_with(new)
    }

    /// Inserts or replaces a row.
    pub fn put(&mut self, row: R) {
        let key = row.key();
        self.here(&key);
        let slot = self.slots.entry(key).or_insert(Slot {
            stored: Stored::Same,
            now: None,
        });
        slot.keep();
        slot.now = Some(row);
    }

    /// Removes a row; gives it back.
    pub fn remove(&mut self, key: &R::Key) -> Option<R> {
        self.here(key);
        let slot = self.slots.get_mut(key)?;
        slot.keep();
        slot.now.take()
    }

    /// All rows that are here: the loaded ones as they are now, and the new ones. In no order.
    pub fn iter(&mut self) -> impl Iterator<Item = &R> {
        self.slots.values_mut().for_each(Slot::settle);
        self.slots.values().filter_map(|slot| slot.now.as_ref())
    }

    /// The keys of the rows that are here and for which `wanted` says yes, in no order.
    pub fn keys_where(&mut self, mut wanted: impl FnMut(&R) -> bool) -> Vec<R::Key> {
        self.iter()
            .filter(|row| wanted(row))
            .map(Row::key)
            .collect()
    }

    /// Writes what has changed: one statement for removed rows, one for new rows, and one for those
    /// that were there, which passes the columns that have changed in any of them.
    ///
    /// # Errors
    /// Postgres refused or did not answer; a key was used that had not been loaded.
    pub async fn save(&mut self, db: &mut PgConnection) -> Result<(), ProjectError> {
        if let Some(key) = self.strayed.take() {
            let table = R::TABLE;
            return Err(ProjectError::Broken(format!(
                "{table}: row {key} was used but never loaded"
            )));
        }
        self.slots.values_mut().for_each(Slot::settle);
        let (mut new, mut changed, mut removed) = (Vec::new(), Vec::new(), Vec::new());
        let mut columns: Columns = 0;
        for (key, slot) in &self.slots {
            match (&slot.stored, &slot.now) {
                (Stored::Was(Some(before)), Some(now)) => {
                    let differing = before.differing(now);
                    if differing != 0 {
                        columns |= differing;
                        changed.push(now);
                    }
                }
                (Stored::Was(None), Some(now)) => new.push(now),
                (Stored::Was(Some(_)), None) => removed.push(key_object::<R>(key)?),
                _ => {}
            }
        }
        if !removed.is_empty() {
            let statement = sql::delete::<R>(&shape::of::<R>(db).await?);
            for removed in removed.chunks(CHUNK) {
                execute::<R>(db, &statement, removed).await?;
            }
        }
        for new in new.chunks(CHUNK) {
            execute::<R>(db, &sql::upsert::<R>(), new).await?;
        }
        if !changed.is_empty() {
            update(db, &changed, columns).await?;
        }
        self.slots
            .values_mut()
            .for_each(|slot| slot.stored = Stored::Same);
        Ok(())
    }

    fn here(&mut self, key: &R::Key) {
        if self.strayed.is_none() && !self.slots.contains_key(key) {
            self.strayed = Some(format!("{key:?}"));
        }
    }
}

impl<R: Row> Slot<R> {
    /// Between two uses a row is what it would be if it had been stored and loaded.
    fn settle(&mut self) {
        if let (Stored::Was(_), Some(row)) = (&self.stored, &mut self.now) {
            row.settle();
        }
    }

    /// Before a change: remembers what is stored.
    fn keep(&mut self) {
        self.settle();
        if matches!(self.stored, Stored::Same) {
            self.stored = Stored::Was(self.now.clone());
        }
    }
}

/// Writes these columns of rows that were loaded. One that is not there any more, which takes
/// somebody else's hand, is written whole.
async fn update<R: Row>(
    db: &mut PgConnection,
    rows: &[&R],
    columns: Columns,
) -> Result<(), ProjectError> {
    let named = |(nr, name): (usize, &&'static str)| {
        (columns >> nr & 1 == 1).then(|| name.trim_start_matches("r#"))
    };
    let names: Vec<&str> = R::COLUMNS.iter().enumerate().filter_map(named).collect();
    let statement = sql::update::<R>(&shape::of::<R>(db).await?, &names);
    let columns = columns | keys::<R>();
    for rows in rows.chunks(CHUNK) {
        let parts: Vec<_> = rows.iter().map(|row| Part { row: *row, columns }).collect();
        if execute::<R>(db, &statement, &parts).await? != rows.len() as u64 {
            execute::<R>(db, &sql::upsert::<R>(), rows).await?;
        }
    }
    Ok(())
}

/// How many rows were touched.
async fn execute<R: Row>(
    db: &mut PgConnection,
    statement: &str,
    values: &[impl Serialize],
) -> Result<u64, ProjectError> {
    let done = sqlx::query(statement)
        .bind(sql::argument::<R>(values)?)
        .execute(db)
        .await?;
    Ok(done.rows_affected())
}

/// The key's columns.
fn keys<R: Row>() -> Columns {
    let of_key = |(nr, column): (usize, &&'static str)| R::KEY.contains(column).then_some(1 << nr);
    let bits = R::COLUMNS.iter().enumerate().filter_map(of_key);
    bits.fold(0, |all, bit: Columns| all | bit)
}

/// Some columns of a row.
struct Part<'a, R> {
    row: &'a R,
    columns: Columns,
}

impl<R: Row> Serialize for Part<'_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.row.entries(self.columns, &mut map)?;
        map.end()
    }
}

fn key_object<R: Row>(key: &R::Key) -> Result<Value, ProjectError> {
    let values = match to_json::<R, _>(key)? {
        Value::Array(values) if R::KEY.len() > 1 => values,
        value => vec![value],
    };
    Ok(Value::from(Map::from_iter(
        R::KEY.iter().map(|key| (*key).to_owned()).zip(values),
    )))
}

fn to_json<R: Row, V: Serialize>(value: &V) -> Result<Value, ProjectError> {
    serde_json::to_value(value)
        .map_err(|error| ProjectError::Broken(format!("a key of {}: {error}", R::TABLE)))
}
