//! Rows of read models: plain structs whose fields are the columns.

use std::fmt::Debug;
use std::hash::Hash;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::ser::SerializeMap;

/// A row that can be written. Made by [`row!`](crate::row).
///
/// Field types and their columns:
///
/// | column | field |
/// | --- | --- |
/// | `text` | `String`, an enum that serialises as a string |
/// | `bigint`, `integer`, `double precision`, `boolean` | `i64`, `i32`, `f64`, `bool` |
/// | `uuid`, `timestamptz`, `date` | `Uuid`, `DateTime<Utc>`, `NaiveDate` |
/// | `text[]`, `uuid[]` … | `Vec<_>` |
/// | `jsonb` | any serde type, `serde_json::Value` (a JSON `null` becomes SQL `NULL`) |
///
/// Not `numeric` (money is minor units in a `bigint`), `bytea`, `json`; positions are `i64` in
/// rows. Times in columns are cut to the microsecond, those inside `jsonb` are kept as they are.
pub trait Record: Serialize + Send + Sync + 'static {
    /// The table, without schema.
    const TABLE: &'static str;
    /// All columns, by the fields' names.
    const COLUMNS: &'static [&'static str];

    /// Cuts every field to what its column keeps (times to the microsecond).
    fn settle(&mut self);
}

/// A row that can be found by its key and changed.
pub trait Row: Record + DeserializeOwned + Clone + PartialEq {
    /// The primary key: one type, or a tuple in the order of [`KEY`](Self::KEY).
    type Key: Serialize + Eq + Hash + Clone + Debug + Send + Sync;
    /// The primary key's columns.
    const KEY: &'static [&'static str];

    /// This row's key.
    fn key(&self) -> Self::Key;

    /// The columns in which the two differ.
    fn differing(&self, other: &Self) -> Columns;

    /// Writes these columns as entries of a map.
    ///
    /// # Errors
    /// Those of the map.
    fn entries<M: SerializeMap>(&self, columns: Columns, map: &mut M) -> Result<(), M::Error>;
}

/// Some of a row's columns: bit n is the nth of [`Record::COLUMNS`].
pub type Columns = u128;

/// Declares a row: a struct with its table and key.
///
/// ```
/// pantheon_projections::row! {
///     /// One note.
///     #[derive(Debug)]
///     pub struct NoteRow in "notes" key (tenant: uuid::Uuid, name: String) {
///         pub tenant: uuid::Uuid,
///         pub name: String,
///         pub words: i64,
///     }
/// }
/// ```
///
/// `Clone, PartialEq, Serialize, Deserialize` are derived. Without `key (…)` the row is only ever
/// inserted (see [`Appended`](crate::Appended)).
#[macro_export]
macro_rules! row {
    ($(#[$meta:meta])* $vis:vis struct $Name:ident in $table:literal key ($($key:ident : $Key:ty),+ $(,)?) { $($fields:tt)* }) => {
        $crate::row! { $(#[$meta])* $vis struct $Name in $table { $($fields)* } }

        impl $crate::Row for $Name {
            type Key = $crate::row!(@type $($Key),+);
            const KEY: &'static [&'static str] = &[$(stringify!($key)),+];

            fn key(&self) -> Self::Key {
                $crate::row!(@key self $($key),+)
            }

            $crate::row!(@columns $($fields)*);
        }
    };
    ($(#[$meta:meta])* $vis:vis struct $Name:ident in $table:literal { $($(#[$fmeta:meta])* $fvis:vis $field:ident : $Type:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
        $vis struct $Name {
            $($(#[$fmeta])* $fvis $field: $Type),+
        }

        impl $crate::Record for $Name {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),+];

            fn settle(&mut self) {
                use $crate::engine::settle::{Loose as _, Settle};
                $(Settle(&mut self.$field).settle();)+
            }
        }
    };
    (@columns $($(#[$fmeta:meta])* $fvis:vis $field:ident : $Type:ty),+ $(,)?) => {
        fn differing(&self, other: &Self) -> $crate::Columns {
            const { assert!(<Self as $crate::Record>::COLUMNS.len() <= $crate::Columns::BITS as usize) };
            let flags = [$(self.$field != other.$field),+];
            flags.iter().rev().fold(0, |columns, differs| columns << 1 | $crate::Columns::from(*differs))
        }

        fn entries<M: ::serde::ser::SerializeMap>(
            &self,
            columns: $crate::Columns,
            map: &mut M,
        ) -> ::std::result::Result<(), M::Error> {
            let mut rest = columns;
            $(
                if rest & 1 == 1 {
                    map.serialize_entry(stringify!($field).trim_start_matches("r#"), &self.$field)?;
                }
                rest >>= 1;
            )+
            let _ = rest;
            Ok(())
        }
    };
    (@type $Key:ty) => { $Key };
    (@type $($Key:ty),+) => { ($($Key),+) };
    (@key $self:ident $key:ident) => { ::std::clone::Clone::clone(&$self.$key) };
    (@key $self:ident $($key:ident),+) => { ($(::std::clone::Clone::clone(&$self.$key)),+) };
}
