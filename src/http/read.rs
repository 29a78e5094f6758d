//! What every query understands: `min_position`, `wait`, `as_of`, `If-None-Match`.

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};
use chrono::{DateTime, Utc};
use pantheon_events::{Position, TenantId};
use pantheon_projections::{Reads, Stand};

use super::query::pairs;
use super::{Answer, Problem};

const WAIT: Duration = Duration::from_secs(2);
const MAX_WAIT: f64 = 10.0;
/// Longest long poll, in seconds: answered well before a request is given up.
pub const LONG_WAIT: f64 = 25.0;

/// A moment in the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// After the event at this position.
    Position(Position),
    /// After the last event recorded at or before this time.
    Time(DateTime<Utc>),
}

/// How a query is to be answered.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// The read model must have reached this position.
    pub min_position: Option<Position>,
    /// How long to wait for it (2 s unless told, 10 s at most).
    pub wait: Duration,
    /// A moment in the past; only where the route takes one ([`ReadThen`]).
    pub as_of: Option<AsOf>,
    /// The request's target, for `Link`.
    pub uri: Uri,
    known: Known,
}

/// What `If-None-Match` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Known {
    /// `*`: any answer there is.
    any: bool,
    /// The answers of these positions.
    positions: Vec<Position>,
}

impl ReadOptions {
    /// Where the read model stands for a tenant, once it has what the caller asks for.
    pub async fn stand(
        &self,
        reads: &Reads,
        projection: &'static str,
        tenant: TenantId,
    ) -> Result<Stand, Problem> {
        let stand = reads.stand(projection, tenant, self.min_position, self.wait);
        Ok(stand.await?)
    }

    /// The same for what rows of several tenants are shown in.
    pub async fn stand_of_all(
        &self,
        reads: &Reads,
        projection: &'static str,
    ) -> Result<Stand, Problem> {
        Ok(reads
            .stand_of_all(projection, self.min_position, self.wait)
            .await?)
    }

    /// `304 Not Modified`, when the caller already has an answer that is still the answer: ask
    /// before running the query.
    #[must_use]
    pub fn not_modified(&self, stand: impl Into<Stand>) -> Option<Answer> {
        let stand = stand.into();
        let mut known = self.known.positions.iter().copied();
        let known = known.find(|known| stand.is_answered_by(*known));
        let known = known.or_else(|| self.known.any.then_some(stand.at));
        known.map(|known| Answer::not_modified(stand, known))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ReadOptions {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::of(parts, MAX_WAIT)?.now_only()
    }
}

/// The same of a query for one thing that is also shown as it was.
#[derive(Clone, Debug)]
pub struct ReadThen(pub ReadOptions);

impl<S: Send + Sync> FromRequestParts<S> for ReadThen {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        ReadOptions::of(parts, MAX_WAIT).map(Self)
    }
}

/// The same of a query whose own `wait` is a long poll: it may last longer.
#[derive(Clone, Debug)]
pub struct LongRead(pub ReadOptions);

impl<S: Send + Sync> FromRequestParts<S> for LongRead {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        ReadOptions::of(parts, LONG_WAIT)?.now_only().map(Self)
    }
}

impl ReadOptions {
    fn of(parts: &Parts, longest: f64) -> Result<Self, Problem> {
        let pairs = pairs(parts)?;
        let value = |wanted: &str| {
            let found = pairs.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.as_str())
        };
        Ok(Self {
            min_position: value("min_position").map(min_position).transpose()?,
            wait: value("wait").map_or(Ok(WAIT), |text| wait(text, longest))?,
            as_of: value("as_of").map(as_of).transpose()?,
            uri: parts.uri.clone(),
            known: known(&parts.headers),
        })
    }

    /// For what has no past of its own. The present under the name of the past would be a lie.
    fn now_only(self) -> Result<Self, Problem> {
        match self.as_of {
            None => Ok(self),
            Some(_) => Err(Problem::malformed_field(
                "as_of",
                "this is shown as it is; one thing alone is shown as it was, under its id",
            )),
        }
    }
}

fn min_position(text: &str) -> Result<Position, Problem> {
    text.parse()
        .map_err(|_| Problem::malformed_field("min_position", "expected a position"))
}

/// A read model is waited for as long as anywhere, whatever the long poll.
fn wait(text: &str, longest: f64) -> Result<Duration, Problem> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=longest).contains(&seconds) => {
            Ok(Duration::from_secs_f64(seconds.min(MAX_WAIT)))
        }
        _ => Err(Problem::malformed_field(
            "wait",
            format!("expected seconds between 0 and {longest}"),
        )),
    }
}

fn as_of(text: &str) -> Result<AsOf, Problem> {
    if let Ok(position) = text.parse() {
        return Ok(AsOf::Position(position));
    }
    match pantheon_events::time::parse(text) {
        Ok(time) => Ok(AsOf::Time(time)),
        Err(_) => Err(Problem::malformed_field(
            "as_of",
            "expected a position or an RFC 3339 time",
        )),
    }
}

/// The positions in `If-None-Match`; what is not one of our tags matches nothing.
fn known(headers: &HeaderMap) -> Known {
    let values = headers.get_all(header::IF_NONE_MATCH).iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    let tags = texts.flat_map(|text| text.split(',')).map(str::trim);
    let mut known = Known::default();
    for tag in tags.take(16) {
        let bare = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"');
        known.any |= tag == "*";
        known.positions.extend(bare.parse::<Position>().ok());
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_bounded() {
        let half = Duration::from_millis(500);
        assert_eq!(wait("0.5", MAX_WAIT).ok(), Some(half));
        let most = wait("25", LONG_WAIT).ok();
        assert_eq!(most, Some(Duration::from_secs(10)));
        for bad in ["11", "-1", "NaN", "inf", "soon", ""] {
            assert!(wait(bad, MAX_WAIT).is_err(), "{bad}");
        }
    }

    #[test]
    fn as_of_is_a_position_or_a_time() {
        assert_eq!(as_of("12").ok(), Some(AsOf::Position(Position::new(12))));
        assert!(matches!(as_of("2026-01-01T00:00:00Z"), Ok(AsOf::Time(_))));
        assert!(as_of("yesterday").is_err());
    }

    #[test]
    fn only_our_own_tags_are_known() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::IF_NONE_MATCH,
            "W/\"7\", \"abc\"".parse().expect("a value"),
        );
        let seven = Known {
            any: false,
            positions: vec![Position::new(7)],
        };
        assert_eq!(known(&headers), seven);
        headers.insert(header::IF_NONE_MATCH, "*".parse().expect("a value"));
        assert!(known(&headers).any);
    }
}
