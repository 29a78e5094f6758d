//! How much a caller may ask: one token bucket per token, one per address without a token, and one per
//! address for each way of signing in.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName};
use moka::sync::Cache;
use tokio::time::Instant;
use uuid::Uuid;

use crate::config::Config;

/// Requests at once from an address that shows no token.
const ANONYMOUS_BURST: u32 = 200;
const CALLERS: u64 = 50_000;
const IDLE: Duration = Duration::from_secs(300);

/// Who is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Counted {
    /// A token.
    Token(Uuid),
    /// An address, for requests without a valid token.
    Address(IpAddr),
    /// An address, for one way of signing in.
    SignIn(SignIn, IpAddr),
}

/// What is asked of the sign-in endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignIn {
    /// A session for a password.
    Login,
    /// The same, when it fails.
    FailedLogin,
    /// An account.
    Registration,
    /// A new pair of tokens.
    Refresh,
}

impl SignIn {
    /// What a route counts as.
    #[must_use]
    pub fn of(method: &str, route: &str) -> Option<Self> {
        match (method, route) {
            ("POST", "/api/v1/auth/login" | "/oauth/token") => Some(Self::Login),
            ("POST", "/api/v1/auth/register") => Some(Self::Registration),
            ("POST", "/api/v1/auth/refresh") => Some(Self::Refresh),
            _ => None,
        }
    }
}

/// A bucket that refills at an even pace.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    per_second: f64,
    burst: f64,
}

impl Rate {
    /// So many per minute, and so many at once. `None` for 0 per minute: no limit.
    #[must_use]
    pub fn per_minute(count: u32, burst: u32) -> Option<Self> {
        let burst = f64::from(burst.max(1));
        (count > 0).then(|| Self {
            per_second: f64::from(count) / 60.0,
            burst,
        })
    }
}

/// What is left of a limit after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// Whether the request may go on.
    pub allowed: bool,
    limit: u32,
    remaining: u32,
    /// Seconds until the next request may go on, or until the bucket is full again.
    pub reset: u64,
}

impl Left {
    /// `X-RateLimit-Limit`, `-Remaining` and `-Reset`.
    pub fn add_to(&self, headers: &mut HeaderMap) {
        headers.insert(
            HeaderName::from_static("x-ratelimit-limit"),
            self.limit.into(),
        );
        headers.insert(
            HeaderName::from_static("x-ratelimit-remaining"),
            self.remaining.into(),
        );
        headers.insert(
            HeaderName::from_static("x-ratelimit-reset"),
            self.reset.into(),
        );
    }
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Bucket {
    fn take(&mut self, rate: Rate, now: Instant) -> Left {
        self.ask(rate, now, 1.0)
    }

    /// What is left, without taking anything.
    fn look(&mut self, rate: Rate, now: Instant) -> Left {
        self.ask(rate, now, 0.0)
    }

    fn ask(&mut self, rate: Rate, now: Instant, taken: f64) -> Left {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.tokens = (self.tokens + passed * rate.per_second).min(rate.burst);
        self.at = now;
        let allowed = self.tokens >= 1.0;
        if allowed {
            self.tokens -= taken;
        }
        let missing = if allowed {
            rate.burst - self.tokens
        } else {
            1.0 - self.tokens
        };
        Left {
            allowed,
            limit: rate.burst as u32,
            remaining: self.tokens as u32,
            reset: (missing / rate.per_second).ceil() as u64,
        }
    }
}

/// The buckets of a node: bounded in number, forgotten when idle.
pub struct Limits {
    token: Option<Rate>,
    address: Option<Rate>,
    logins: Option<Rate>,
    failed_logins: Option<Rate>,
    registrations: Option<Rate>,
    refreshes: Option<Rate>,
    buckets: Cache<Counted, Arc<Mutex<Bucket>>>,
}

impl std::fmt::Debug for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Limits")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

impl Limits {
    /// The limits of these settings.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        // A minute's worth may come at once: somebody opens the page of many people.
        let minute = |count| Rate::per_minute(count, count);
        Self {
            logins: minute(config.limit_logins),
            failed_logins: minute(config.limit_failed_logins),
            registrations: minute(config.limit_registrations),
            refreshes: minute(config.limit_refreshes),
            ..Self::of(
                Rate::per_minute(config.limit_requests, config.limit_burst),
                Rate::per_minute(
                    config.limit_anonymous,
                    config.limit_burst.min(ANONYMOUS_BURST),
                ),
            )
        }
    }

    fn of(token: Option<Rate>, address: Option<Rate>) -> Self {
        let buckets = Cache::builder()
            .max_capacity(CALLERS)
            .time_to_idle(IDLE)
            .build();
        Self {
            token,
            address,
            logins: None,
            failed_logins: None,
            registrations: None,
            refreshes: None,
            buckets,
        }
    }

    /// Counts a request. `None`: this caller has no limit.
    #[must_use]
    pub fn count(&self, who: Counted) -> Option<Left> {
        self.bucket(who, Bucket::take)
    }

    /// What is left to a caller, who is not counted now. `None`: this caller has no limit.
    #[must_use]
    pub fn left(&self, who: Counted) -> Option<Left> {
        self.bucket(who, Bucket::look)
    }

    /// Counts a way of signing in from an address; a sign-in is refused as well while too many before it
    /// failed.
    #[must_use]
    pub fn sign_in(&self, what: SignIn, address: IpAddr) -> Option<Left> {
        if what == SignIn::Login {
            let failed = self.left(Counted::SignIn(SignIn::FailedLogin, address));
            if let Some(failed) = failed.filter(|left| !left.allowed) {
                return Some(failed);
            }
        }
        self.count(Counted::SignIn(what, address))
    }

    fn bucket(&self, who: Counted, ask: fn(&mut Bucket, Rate, Instant) -> Left) -> Option<Left> {
        let rate = match who {
            Counted::Token(_) => self.token,
            Counted::Address(_) => self.address,
            Counted::SignIn(SignIn::Login, _) => self.logins,
            Counted::SignIn(SignIn::FailedLogin, _) => self.failed_logins,
            Counted::SignIn(SignIn::Registration, _) => self.registrations,
            Counted::SignIn(SignIn::Refresh, _) => self.refreshes,
        }?;
        let now = Instant::now();
        let bucket = self.buckets.get_with(who, || {
            Arc::new(Mutex::new(Bucket {
                tokens: rate.burst,
                at: now,
            }))
        });
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        Some(ask(&mut bucket, rate, now))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::{Mode, Sources};

    #[tokio::test(start_paused = true)]
    async fn a_burst_passes_then_the_pace_counts() {
        let limits = Limits::of(Rate::per_minute(60, 3), None);
        let who = Counted::Token(Uuid::from_u128(1));
        let ask = || limits.count(who.clone()).expect("tokens are limited");
        assert!((0..3).all(|_| ask().allowed));
        let refused = ask();
        assert!(!refused.allowed && refused.reset == 1);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(ask().allowed);
        assert!(!ask().allowed);
    }

    #[tokio::test(start_paused = true)]
    async fn by_default_one_token_carries_a_busy_system_and_strangers_carry_little() {
        let served = Sources {
            mode: Mode::Serve,
            file: None,
            env: BTreeMap::new(),
            flags: BTreeMap::new(),
        };
        let config = Config::load(&served).expect("the defaults are good");
        let limits = Limits::new(&config);
        let asks = |who: &Counted, times: u32| {
            let mut times = 0..times;
            times.all(|_| limits.count(who.clone()).is_some_and(|left| left.allowed))
        };
        let token = Counted::Token(Uuid::from_u128(1));
        for second in 0..60 {
            assert!(asks(&token, 900), "second {second}");
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        let stranger = Counted::Address(IpAddr::from([192, 0, 2, 1]));
        assert!(asks(&stranger, 200));
        assert!(!asks(&stranger, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn sign_ins_are_counted_by_address_and_those_that_fail_more_strictly() {
        let mut limits = Limits::of(None, None);
        (limits.logins, limits.failed_logins) = (Rate::per_minute(6, 6), Rate::per_minute(2, 2));
        let (here, there) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
        let asks = |address| {
            limits
                .sign_in(SignIn::Login, address)
                .expect("limited")
                .allowed
        };
        let fails = |address| {
            let failed = Counted::SignIn(SignIn::FailedLogin, address);
            let _ = limits.count(failed);
        };
        assert!(asks(here));
        fails(here);
        assert!(asks(here));
        fails(here);
        assert!(!asks(here) && asks(there));
        tokio::time::advance(Duration::from_secs(30)).await;
        assert!(asks(here));
        // Six at once at the most, whether they fail or not.
        assert!((0..6).all(|_| asks(there)) && !asks(there));
        assert!(limits.sign_in(SignIn::Refresh, here).is_none());
    }

    #[test]
    fn zero_means_no_limit() {
        let limits = Limits::of(Rate::per_minute(0, 200), None);
        assert!(limits.count(Counted::Token(Uuid::from_u128(1))).is_none());
    }
}
