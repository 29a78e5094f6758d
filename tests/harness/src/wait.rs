//! Waiting on conditions.

use std::fmt::Display;
use std::panic::Location;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(10);

/// What a check may answer: `bool`, `Option<T>`, or `Result<T, E>`.
pub trait Attempt {
    /// What the wait gives back.
    type Value;

    /// The value, or why it is not there yet.
    ///
    /// # Errors
    /// The reason, shown when time is up.
    fn outcome(self) -> Result<Self::Value, String>;
}

impl Attempt for bool {
    type Value = ();

    fn outcome(self) -> Result<(), String> {
        self.then_some(())
            .ok_or_else(|| "it was still false".to_owned())
    }
}

impl<T> Attempt for Option<T> {
    type Value = T;

    fn outcome(self) -> Result<T, String> {
        self.ok_or_else(|| "there was still nothing".to_owned())
    }
}

impl<T, E: Display> Attempt for Result<T, E> {
    type Value = T;

    fn outcome(self) -> Result<T, String> {
        self.map_err(|error| format!("{error:#}"))
    }
}

/// Asks every 10 ms until the answer is yes, and returns what came with it.
///
/// # Panics
/// When `within` has passed; the message has the caller's place and the last reason.
#[track_caller]
pub fn eventually<A: Attempt, C: AsyncFnMut() -> A>(
    within: Duration,
    check: C,
) -> impl Future<Output = A::Value> {
    wait(within, check, Location::caller())
}

/// [`eventually`] with ten seconds.
///
/// # Panics
/// When they have passed.
#[track_caller]
pub fn soon<A: Attempt, C: AsyncFnMut() -> A>(check: C) -> impl Future<Output = A::Value> {
    wait(Duration::from_secs(10), check, Location::caller())
}

async fn wait<A: Attempt, C: AsyncFnMut() -> A>(
    within: Duration,
    mut check: C,
    caller: &Location<'_>,
) -> A::Value {
    let deadline = Instant::now() + within;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let reason = match tokio::time::timeout(left.max(PAUSE), check()).await {
            Ok(answer) => match answer.outcome() {
                Ok(value) => return value,
                Err(reason) => reason,
            },
            Err(_) => "the check itself did not return".to_owned(),
        };
        assert!(
            Instant::now() < deadline,
            "{caller}: waited {within:?}; {reason}"
        );
        tokio::time::sleep(PAUSE).await;
    }
}
