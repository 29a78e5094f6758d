//! How the followers of this node are doing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use pantheon_events::Position;
use serde::Serialize;
use tokio::sync::Notify;

use crate::Log;

/// What a follower is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FollowerState {
    /// Finding out where it stands.
    Starting,
    /// Following the log.
    Running,
    /// Waiting after an error that may mend itself.
    Retrying,
    /// Stopped by an error that does not mend itself.
    Halted,
    /// Stopped by an operator.
    Paused,
    /// Another node does the work.
    Standby,
}

impl FollowerState {
    /// Whether the follower, not somebody else, has to deal with what is not dealt with.
    #[must_use]
    pub const fn works(self) -> bool {
        !matches!(self, Self::Paused | Self::Standby)
    }
}

/// One follower, as seen now.
#[derive(Clone, Debug, Serialize)]
pub struct FollowerReport {
    /// Its name.
    pub name: String,
    /// What it is doing.
    pub state: FollowerState,
    /// The last event it has dealt with.
    pub position: Position,
    /// Events between it and the node's head.
    pub lag: u64,
    /// The age of the oldest event that it has not dealt with; none = it has dealt with all, or
    /// it is not its turn to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest_age: Option<Duration>,
    /// The last error, while it is not running.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What it goes on without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parked: Option<ParkedStreams>,
}

/// Streams that a follower leaves out because an event of theirs could not be applied (G10).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ParkedStreams {
    /// How many.
    pub streams: usize,
    /// The first event that could not be applied.
    pub position: Position,
    /// Why.
    pub error: String,
}

/// The registry of this node's followers. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Health {
    followers: Arc<Mutex<Vec<FollowerStatus>>>,
}

impl Health {
    /// An empty registry.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a follower, in state `starting`. A second registration under one name replaces the
    /// first.
    #[must_use]
    pub fn register(&self, name: &str) -> FollowerStatus {
        let status = FollowerStatus::new(name);
        let mut all = lock(&self.followers);
        all.retain(|known| known.entry.name != name);
        all.push(status.clone());
        status
    }

    /// All followers, in the order of their registration.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "an age is told, nothing is decided by it"
    )]
    pub fn report(&self, log: &Log) -> Vec<FollowerReport> {
        let now = Utc::now();
        lock(&self.followers)
            .iter()
            .map(|status| status.report(log, now))
            .collect()
    }

    /// The handle of one follower, to pause or resume it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<FollowerStatus> {
        lock(&self.followers)
            .iter()
            .find(|status| status.entry.name == name)
            .cloned()
    }
}

/// The handle through which a follower says how it is. Cheap to clone.
#[derive(Clone, Debug)]
pub struct FollowerStatus {
    entry: Arc<Entry>,
}

#[derive(Debug)]
struct Entry {
    name: String,
    now: Mutex<Now>,
    resume: Notify,
}

#[derive(Debug)]
struct Now {
    state: FollowerState,
    position: Position,
    error: Option<String>,
    parked: Option<ParkedStreams>,
    /// The oldest event not dealt with, and when it was recorded (or first missed here).
    oldest: Option<(Position, DateTime<Utc>)>,
}

impl FollowerStatus {
    fn new(name: &str) -> Self {
        let now = Now {
            state: FollowerState::Starting,
            position: Position::ZERO,
            error: None,
            parked: None,
            oldest: None,
        };
        Self {
            entry: Arc::new(Entry {
                name: name.to_owned(),
                now: Mutex::new(now),
                resume: Notify::new(),
            }),
        }
    }

    /// It follows, and everything up to `position` is dealt with.
    pub fn running(&self, position: Position) {
        let mut now = lock(&self.entry.now);
        now.state = FollowerState::Running;
        now.position = position;
        now.error = None;
    }

    /// It waits after an error that may mend itself.
    pub fn retrying(&self, error: &str) {
        self.failed(FollowerState::Retrying, error);
    }

    /// It has stopped for good, until [`FollowerStatus::resume`].
    pub fn halted(&self, error: &str) {
        self.failed(FollowerState::Halted, error);
    }

    /// An operator stopped it, or another node does the work, or it starts anew.
    pub fn idle(&self, state: FollowerState) {
        let mut now = lock(&self.entry.now);
        now.state = state;
        now.error = None;
    }

    /// It goes on without these streams, or with all of them.
    pub fn parked(&self, parked: Option<ParkedStreams>) {
        lock(&self.entry.now).parked = parked;
    }

    /// The last position that was reported.
    #[must_use]
    pub fn position(&self) -> Position {
        lock(&self.entry.now).position
    }

    /// What it is doing.
    #[must_use]
    pub fn state(&self) -> FollowerState {
        lock(&self.entry.now).state
    }

    /// Lets a halted follower ask for its position and go on.
    pub fn resume(&self) {
        self.entry.resume.notify_one();
    }

    /// Waits for [`FollowerStatus::resume`].
    pub async fn resumed(&self) {
        self.entry.resume.notified().await;
    }

    /// The oldest event in the follower's hands.
    pub(crate) fn in_hand(&self, position: Position, recorded_at: DateTime<Utc>) {
        lock(&self.entry.now).oldest = Some((position, recorded_at));
    }

    fn failed(&self, state: FollowerState, error: &str) {
        let mut now = lock(&self.entry.now);
        now.state = state;
        now.error = Some(error.to_owned());
    }

    fn report(&self, log: &Log, at: DateTime<Utc>) -> FollowerReport {
        let head = log.head();
        let mut now = lock(&self.entry.now);
        now.oldest = oldest(&now, log, head, at);
        FollowerReport {
            name: self.entry.name.clone(),
            state: now.state,
            position: now.position,
            lag: u64::try_from(head.get() - now.position.get()).unwrap_or(0),
            oldest_age: now
                .oldest
                .filter(|_| now.state.works())
                .map(|(_, since)| (at - since).to_std().unwrap_or_default()),
            error: now.error.clone(),
            parked: now.parked.clone(),
        }
    }
}

/// The first event after the follower's position and its time: what is known already, or the ring's
/// word, or else (it is older than the ring and nobody has read it yet) the moment it was missed.
fn oldest(
    now: &Now,
    log: &Log,
    head: Position,
    at: DateTime<Utc>,
) -> Option<(Position, DateTime<Utc>)> {
    let next = now.position.next();
    if head < next {
        return None;
    }
    now.oldest
        .filter(|(position, _)| *position == next)
        .or_else(|| {
            Some((
                next,
                log.in_ring(next).map_or(at, |event| event.recorded_at),
            ))
        })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every critical section only moves plain values: a poisoned lock still holds a whole value.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
