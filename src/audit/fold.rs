//! Alike within a minute: the first is told at once, those that follow are counted and told together.

use std::collections::HashMap;
use std::hash::Hash;

use chrono::{DateTime, TimeDelta, Utc};

/// How long those alike are counted together.
pub const WINDOW: TimeDelta = TimeDelta::minutes(1);

/// So many kinds at a time; what comes beyond that is counted by nobody but the metrics.
const MOST: usize = 10_000;

/// How often something was there, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// How often.
    pub count: u64,
    /// First.
    pub first: DateTime<Utc>,
    /// Last.
    pub last: DateTime<Utc>,
}

/// What is to be told of something that was just there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It is new: tell it now.
    Now,
    /// It was counted, and is told with the others.
    Later,
    /// There is no room to count it.
    Lost,
}

/// What is under way: what is alike by its key, with what the first of them brought along.
#[derive(Debug)]
pub struct Fold<K, V> {
    open: HashMap<K, Window<V>>,
}

#[derive(Debug)]
struct Window<V> {
    ends: DateTime<Utc>,
    first: V,
    /// Those after the first.
    repeats: Option<Times>,
}

impl<K, V> Default for Fold<K, V> {
    fn default() -> Self {
        Self {
            open: HashMap::new(),
        }
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Fold<K, V> {
    /// Something was there at `now`.
    pub fn note(&mut self, key: &K, brought: &V, now: DateTime<Utc>) -> Told {
        if let Some(window) = self.open.get_mut(key) {
            let times = window.repeats.get_or_insert(Times {
                count: 0,
                first: now,
                last: now,
            });
            times.count += 1;
            times.last = times.last.max(now);
            return Told::Later;
        }
        if self.open.len() >= MOST {
            return Told::Lost;
        }
        let window = Window {
            ends: now + WINDOW,
            first: brought.clone(),
            repeats: None,
        };
        self.open.insert(key.clone(), window);
        Told::Now
    }

    /// What is over at `now`: whatever was there more than once, with the repeats.
    pub fn over(&mut self, now: DateTime<Utc>) -> Vec<(K, V, Times)> {
        let ended = self.open.extract_if(|_, window| window.ends <= now);
        let told = ended.filter_map(|(key, window)| Some((key, window.first, window.repeats?)));
        told.collect()
    }

    /// Everything, over or not.
    pub fn rest(&mut self) -> Vec<(K, V, Times)> {
        let all = self.open.drain();
        let told = all.filter_map(|(key, window)| Some((key, window.first, window.repeats?)));
        told.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn of_a_thousand_alike_in_a_minute_two_are_told() {
        let mut fold = Fold::default();
        assert_eq!(fold.note(&"a", &7, at(0)), Told::Now);
        for n in 1..1000 {
            assert_eq!(fold.note(&"a", &8, at(n % 60)), Told::Later);
        }
        assert_eq!(fold.over(at(59)), []);
        let times = Times {
            count: 999,
            first: at(1),
            last: at(59),
        };
        assert_eq!(fold.over(at(60)), [("a", 7, times)]);
        assert_eq!(fold.note(&"a", &9, at(61)), Told::Now);
    }

    #[test]
    fn what_was_there_once_is_told_once() {
        let mut fold = Fold::default();
        assert_eq!(fold.note(&"a", &7, at(0)), Told::Now);
        assert_eq!(fold.note(&"b", &7, at(0)), Told::Now);
        assert_eq!(fold.over(at(90)), []);
        assert_eq!(fold.rest(), []);
    }

    #[test]
    fn a_flood_of_kinds_takes_no_more_room_than_there_is() {
        let mut fold = Fold::default();
        for n in 0..MOST {
            assert_eq!(fold.note(&n, &(), at(0)), Told::Now);
        }
        assert_eq!(fold.note(&MOST, &(), at(0)), Told::Lost);
        assert_eq!(fold.note(&0, &(), at(0)), Told::Later);
        assert_eq!(fold.rest().len(), 1);
    }
}
