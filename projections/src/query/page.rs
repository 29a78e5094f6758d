//! One page of a keyset list.

use pantheon_events::Position;
use serde::Serialize;

use super::cursor;

/// `{items, next_cursor, position}`.
#[derive(Clone, Debug, Serialize)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; `null` on the last page.
    pub next_cursor: Option<String>,
    /// The position that the rows reflect (never newer than the rows).
    pub position: Position,
}

impl<T> Page<T> {
    /// A page of at most `limit` rows from a query that asked for `limit + 1`. `keys` gives the sort
    /// keys of the page's last row.
    pub fn cut<K: Serialize>(
        rows: Vec<T>,
        limit: usize,
        position: Position,
        keys: impl FnOnce(&T) -> K,
    ) -> Self {
        let (items, next_cursor) = cut(rows, limit, keys);
        Self {
            items,
            next_cursor,
            position,
        }
    }

    /// The same page with other items.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(each).collect(),
            next_cursor: self.next_cursor,
            position: self.position,
        }
    }
}

/// At most `limit` of the rows, and the cursor of the next page if there are more.
pub(super) fn cut<T, K: Serialize>(
    mut rows: Vec<T>,
    limit: usize,
    keys: impl FnOnce(&T) -> K,
) -> (Vec<T>, Option<String>) {
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more);
    let next = last.map(|row| cursor::encode(&keys(row)));
    (rows, next)
}
