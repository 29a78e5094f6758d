//! Whether the parts that have something to do every now and then still do it.
//!
//! Followers of the log say how they are by their oldest event; what has no events (looking through
//! connections, what is due by the clock) says here that it did its round.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The pulses of a node. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Pulses {
    all: Arc<Mutex<Vec<Pulse>>>,
}

impl Pulses {
    /// A part that is to beat at least once within `patience`. It begins now.
    #[must_use]
    pub fn register(&self, name: impl Into<String>, patience: Duration) -> Pulse {
        let pulse = Pulse {
            name: name.into().into(),
            patience,
            state: Arc::new(Mutex::new(State {
                since: Some(Instant::now()),
                error: None,
            })),
        };
        lock(&self.all).push(pulse.clone());
        pulse
    }

    /// The pulse with this name, made at the first question for it.
    #[must_use]
    pub fn shared(&self, name: &str, patience: Duration) -> Pulse {
        let known = lock(&self.all)
            .iter()
            .find(|pulse| &*pulse.name == name)
            .cloned();
        known.unwrap_or_else(|| self.register(name, patience))
    }

    /// How every part is at this moment.
    #[must_use]
    pub fn report(&self, now: Instant) -> Vec<Beat> {
        let all = lock(&self.all);
        all.iter().map(|pulse| pulse.report(now)).collect()
    }
}

/// One part's pulse. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pulse {
    name: Arc<str>,
    patience: Duration,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    /// The last good round, or the beginning; `None` = another node does it.
    since: Option<Instant>,
    error: Option<String>,
}

/// A pulse as seen now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beat {
    /// The part.
    pub name: String,
    /// Whether it is well.
    pub ok: bool,
    /// What it does, or what is wrong.
    pub message: String,
}

impl Pulse {
    /// A round is done, or it is this node's turn from now on.
    pub fn beat(&self) {
        *lock(&self.state) = State {
            since: Some(Instant::now()),
            error: None,
        };
    }

    /// A round failed. That alone is no fault yet.
    pub fn failed(&self, error: impl Into<String>) {
        lock(&self.state).error = Some(error.into());
    }

    /// Another node does it.
    pub fn rest(&self) {
        *lock(&self.state) = State {
            since: None,
            error: None,
        };
    }

    fn report(&self, now: Instant) -> Beat {
        let state = lock(&self.state);
        let late = state
            .since
            .map(|since| now.saturating_duration_since(since));
        let ok = late.is_none_or(|late| late < self.patience);
        let message = match (late, &state.error) {
            (None, _) => "standby".to_owned(),
            (Some(_), None) if ok => "running".to_owned(),
            (Some(_), Some(error)) if ok => format!("running; the last round failed: {error}"),
            (Some(late), error) => {
                let error = error.as_deref().unwrap_or("the round does not end");
                format!("nothing was done for {} s: {error}", late.as_secs())
            }
        };
        Beat {
            name: self.name.to_string(),
            ok,
            message,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every critical section only moves plain values: a poisoned lock still holds a whole value.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_does_not_beat_in_time_is_not_well() {
        let pulses = Pulses::default();
        let pulse = pulses.register("sweeps", Duration::from_secs(5));
        let after = |seconds| {
            let now = Instant::now() + Duration::from_secs(seconds);
            pulses.report(now).remove(0)
        };
        assert!(after(4).ok);
        assert!(!after(6).ok, "it never did a round");
        pulse.failed("no answer");
        assert!(after(4).ok, "one failed round is no fault");
        assert!(after(6).message.contains("no answer"));
        pulse.beat();
        assert_eq!((after(4).ok, after(4).message.as_str()), (true, "running"));
        pulse.rest();
        assert!(after(60).ok, "another node does it");
        pulse.beat();
        assert!(!after(60).ok);
    }
}
