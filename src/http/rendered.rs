//! Answers to queries, written once for each state of the rows that they show.
//!
//! Shape: one slot per tenant and query. Whoever asks first after the rows changed runs the query;
//! everybody who asks meanwhile gets the answer before, if it may still be given, or waits for the new
//! one; all get the same bytes.
//! Ordering: no answer is older than what anybody was told the rows have: by a command that waited for
//! them, or by `min_position` ([`Stand::told`]). Otherwise an answer may be given for 20 ms after
//! its rows have changed, as if the projection were so much later: rows that change a hundred times
//! a second are not read and written out as often.
//! Delivery: kept for a moment only ([`Query::fresh`]), because some of what is shown follows from the
//! time.
//! On failure: the error is the asker's own, nothing is kept, and the next one asks again.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use moka::sync::Cache;
use pantheon_events::{Position, TenantId};
use pantheon_projections::Stand;
use tokio::sync::Mutex;

use super::{Answer, Problem, ReadOptions};

/// All answers together, in bytes.
const MOST_BYTES: u64 = 16 << 20;
/// What a slot takes beside its answer.
const SLOT_BYTES: u32 = 512;
/// How much older than the rows an answer may be that somebody makes anew.
const LAG: Duration = Duration::from_millis(20);
/// How much older one may be that is being made anew at the moment.
const OLDEST: Duration = Duration::from_millis(60);
/// An answer that nobody asked for this long is forgotten.
const IDLE: Duration = Duration::from_secs(10);

type Key = (TenantId, String);

/// What is asked.
#[derive(Clone, Debug)]
pub struct Query {
    /// In which tenant.
    pub tenant: TenantId,
    /// The question with all that changes its answer.
    pub what: String,
    /// How long an answer may be given while its rows stay the same.
    pub fresh: Duration,
}

/// The answers of a node. Cheap to clone.
#[derive(Clone)]
pub struct Rendered(Cache<Key, Arc<Slot>>);

#[derive(Default)]
struct Slot {
    /// The newest answer.
    made: RwLock<Option<Arc<Made>>>,
    /// Held while an answer is made.
    making: Mutex<()>,
    bytes: AtomicU32,
}

struct Made {
    /// The rows reflect at least this position.
    position: Position,
    at: Instant,
    body: Bytes,
    /// Where the next page starts, if this is one of several.
    next: Option<String>,
}

impl Default for Rendered {
    fn default() -> Self {
        let weigh = |_: &Key, slot: &Arc<Slot>| {
            let bytes = slot.bytes.load(Ordering::Relaxed);
            bytes.saturating_add(SLOT_BYTES)
        };
        let answers = Cache::builder()
            .max_capacity(MOST_BYTES)
            .weigher(weigh)
            .time_to_idle(IDLE)
            .build();
        Self(answers)
    }
}

impl Rendered {
    /// The answer to a query about rows that stand like this: a kept one, or that of `make`, which
    /// must look at them now.
    pub async fn answer<F>(
        &self,
        stand: Stand,
        query: Query,
        make: impl FnOnce() -> F,
    ) -> Result<Answer, Problem>
    where
        F: Future<Output = Result<Vec<u8>, Problem>>,
    {
        let make = move || async move { Ok((make().await?, None)) };
        let made = self.made(stand, query, make).await?;
        Ok(made.answer(stand))
    }

    /// The same for a page of a list: `make` says where the next one starts, and `Link` repeats it.
    pub async fn page<F>(
        &self,
        read: &ReadOptions,
        stand: Stand,
        query: Query,
        make: impl FnOnce() -> F,
    ) -> Result<Answer, Problem>
    where
        F: Future<Output = Result<(Vec<u8>, Option<String>), Problem>>,
    {
        let made = self.made(stand, query, make).await?;
        Ok(made.answer(stand).linked(read, made.next.as_deref()))
    }

    async fn made<F>(
        &self,
        stand: Stand,
        query: Query,
        make: impl FnOnce() -> F,
    ) -> Result<Arc<Made>, Problem>
    where
        F: Future<Output = Result<(Vec<u8>, Option<String>), Problem>>,
    {
        let fresh = query.fresh;
        let key = (query.tenant, query.what);
        let slot = self.0.get_with_by_ref(&key, Arc::default);
        if let Some(made) = slot.covering(stand, fresh, LAG) {
            return Ok(made);
        }
        let _making = match slot.making.try_lock() {
            Ok(making) => making,
            Err(_) => {
                if let Some(made) = slot.covering(stand, fresh, OLDEST) {
                    return Ok(made);
                }
                slot.making.lock().await
            }
        };
        if let Some(made) = slot.covering(stand, fresh, LAG) {
            return Ok(made);
        }
        let at = Instant::now();
        let (body, next) = make().await?;
        let made = Arc::new(Made {
            position: stand.at,
            at,
            body: body.into(),
            next,
        });
        slot.keep(&made);
        // Its weight has changed.
        self.0.insert(key, Arc::clone(&slot));
        Ok(made)
    }
}

impl Slot {
    /// The newest answer, if no row has changed since it was made, or it is younger than `lag` and
    /// nobody was told of the change.
    fn covering(&self, stand: Stand, fresh: Duration, lag: Duration) -> Option<Arc<Made>> {
        let made = self.made.read().unwrap_or_else(PoisonError::into_inner);
        let covers = |made: &Arc<Made>| {
            let age = made.at.elapsed();
            let unchanged = made.position >= stand.since;
            age < fresh && (unchanged || made.position >= stand.told && age < lag)
        };
        made.as_ref().filter(|made| covers(made)).cloned()
    }

    fn keep(&self, made: &Arc<Made>) {
        let bytes = u32::try_from(made.body.len()).unwrap_or(u32::MAX);
        self.bytes.store(bytes, Ordering::Relaxed);
        *self.made.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(made));
    }
}

impl Made {
    /// If no row has changed in between, the answer is that of the later position as well.
    fn answer(&self, stand: Stand) -> Answer {
        let unchanged = self.position >= stand.since;
        let later = if unchanged { stand.at } else { self.position };
        Answer::rendered(self.position.max(later), self.body.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(position: i64) -> Slot {
        let slot = Slot::default();
        slot.keep(&Arc::new(Made {
            position: Position::new(position),
            at: Instant::now(),
            body: Bytes::from_static(b"{}"),
            next: None,
        }));
        slot
    }

    fn stand(since: i64, at: i64) -> Stand {
        told(since, at, at)
    }

    fn told(since: i64, at: i64, told: i64) -> Stand {
        let (since, at) = (Position::new(since), Position::new(at));
        let told = Position::new(told);
        Stand { at, since, told }
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn an_answer_counts_only_if_no_row_has_changed_since() {
        assert!(slot(7).covering(stand(7, 7), LONG, LAG).is_some());
        assert!(slot(7).covering(stand(3, 9), LONG, LAG).is_some());
        assert!(slot(7).covering(stand(8, 9), LONG, LAG).is_none());
        assert!(Slot::default().covering(stand(0, 0), LONG, LAG).is_none());
    }

    #[test]
    fn an_answer_may_lag_for_a_moment_behind_what_nobody_was_told() {
        let covering = |stand, lag| slot(7).covering(stand, LONG, lag).is_some();
        assert!(covering(told(8, 9, 7), LONG));
        assert!(!covering(told(8, 9, 8), LONG));
        assert!(!covering(told(8, 9, 7), Duration::ZERO));
        let answer = |stand| {
            slot(7)
                .covering(stand, LONG, LONG)
                .map(|made| made.position)
        };
        assert_eq!(answer(told(8, 9, 7)), Some(Position::new(7)));
    }

    #[test]
    fn an_answer_is_given_for_a_moment_only() {
        assert!(slot(1).covering(stand(1, 1), Duration::ZERO, LAG).is_none());
    }

    #[tokio::test]
    async fn whoever_asks_while_an_answer_is_made_waits_for_that_one() {
        let rendered = Rendered::default();
        let made = AtomicU32::new(0);
        let asked = || Query {
            tenant: TenantId::default_organization(),
            what: "agents".to_owned(),
            fresh: LONG,
        };
        let ask = || {
            rendered.answer(stand(5, 5), asked(), || async {
                tokio::task::yield_now().await;
                made.fetch_add(1, Ordering::Relaxed);
                Ok(b"[]".to_vec())
            })
        };
        let answers = futures_util::future::join_all([ask(), ask(), ask()]).await;
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(made.load(Ordering::Relaxed), 1);
    }
}
