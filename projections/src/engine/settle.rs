//! Values as Postgres keeps them. Rows stay in memory for a whole batch; if they held more than
//! their columns can, a fold would depend on where one batch ended and the next began, and a rebuild
//! would not give the same rows (G6).

use chrono::{DateTime, SubsecRound, Utc};

/// A field that is to hold no more than its column. Used by [`row!`](crate::row) alone: the method
/// call picks the inherent one of the types that hold more than their column, and [`Loose`] for all
/// others.
#[doc(hidden)]
#[derive(Debug)]
pub struct Settle<'a, T>(pub &'a mut T);

/// All other types.
#[doc(hidden)]
pub trait Loose {
    /// Nothing to do.
    fn settle(self);
}

impl Settle<'_, DateTime<Utc>> {
    /// Cuts what the column would not keep.
    pub fn settle(self) {
        *self.0 = micros(*self.0);
    }
}

impl Settle<'_, Option<DateTime<Utc>>> {
    /// Cuts what the column would not keep.
    pub fn settle(self) {
        *self.0 = self.0.map(micros);
    }
}

impl Settle<'_, Vec<DateTime<Utc>>> {
    /// Cuts what the column would not keep.
    pub fn settle(self) {
        self.0.iter_mut().for_each(|time| *time = micros(*time));
    }
}

impl<T> Loose for &Settle<'_, T> {
    fn settle(self) {}
}

/// `timestamptz` counts microseconds.
fn micros(time: DateTime<Utc>) -> DateTime<Utc> {
    time.trunc_subsecs(6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Record;

    crate::row! {
        struct Times in "times" {
            at: DateTime<Utc>,
            seen: Option<DateTime<Utc>>,
            all: Vec<DateTime<Utc>>,
            name: String,
        }
    }

    #[test]
    fn times_are_cut_to_what_a_column_keeps_and_nothing_else_is_touched() {
        let nanos = DateTime::from_timestamp_nanos(1_700_000_000_123_456_789);
        let kept = DateTime::from_timestamp_nanos(1_700_000_000_123_456_000);
        let name = "n".to_owned();
        let mut row = Times {
            at: nanos,
            seen: Some(nanos),
            all: vec![nanos],
            name,
        };
        row.settle();
        assert_eq!(
            (row.at, row.seen, row.all, row.name.as_str()),
            (kept, Some(kept), vec![kept], "n")
        );
    }
}
