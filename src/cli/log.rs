//! The log over HTTP, page by page, with the proof that nothing is missing.

use pantheon_events::Position;
use serde_json::Value;

use super::client::{Api, ApiError};
use super::output::items;
use super::{Exit, Failure};

const PAGE: u64 = 1_000;

/// A part of the log that is read to its end.
pub struct LogReader<'a> {
    api: &'a Api,
    /// Whether the whole log is seen: only then does the next event stand at `last + 1`.
    whole: bool,
    last: Position,
    head: Position,
}

impl<'a> LogReader<'a> {
    /// A reader behind `last`. The operators of the installation see the whole log, everybody else
    /// the events of their tenant; stderr says so.
    pub async fn open(api: &'a Api, last: Position) -> Result<Self, Failure> {
        let (whole, head) = match head(api, true).await {
            Err(ApiError::Refused(said)) if said.code == "forbidden" => {
                let head = head(api, false).await?;
                eprintln!(
                    "this token sees the events of one tenant: what stands between them cannot be \
                     proved here"
                );
                (false, head)
            }
            head => (true, head?),
        };
        Ok(Self {
            api,
            whole,
            last,
            head,
        })
    }

    /// Where the log ended when the reader was opened.
    pub fn head(&self) -> Position {
        self.head
    }

    /// Everything up to here has been read.
    pub fn last(&self) -> Position {
        self.last
    }

    /// Whether every event is seen, those of other tenants included.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Moves to another place.
    pub fn seek(&mut self, last: Position) {
        self.last = last;
    }

    /// The next events up to `to`, none when `to` is reached. A position that is missing ends the
    /// reading (G4).
    pub async fn next(&mut self, to: Position) -> Result<Vec<Value>, Failure> {
        if self.last >= to {
            return Ok(Vec::new());
        }
        let limit = u64::try_from(to.get() - self.last.get()).unwrap_or(PAGE);
        let mut query = vec![
            ("after", self.last.to_string()),
            ("limit", limit.min(PAGE).to_string()),
        ];
        query.extend(self.whole.then(|| ("tenant", "*".to_owned())));
        let page = self.api.get("/api/v1/events", &query).await?;
        let mut events = items(&page).to_vec();
        let looked = place(&page)?;
        if looked <= self.last {
            let message = format!("the log ends at {looked}, before {to}");
            return Err(Failure::new(Exit::Behind, message));
        }
        if self.whole {
            prove(self.last, &events, looked)?;
        }
        let mut wanted = Vec::with_capacity(events.len());
        for event in events.drain(..) {
            if place(&event)? <= to {
                wanted.push(event);
            }
        }
        self.last = looked.min(to);
        Ok(wanted)
    }
}

/// Proves that a page behind `last` goes up to `looked` without a hole.
fn prove(mut last: Position, events: &[Value], looked: Position) -> Result<(), Failure> {
    let missing = |expected: Position, found: &str| {
        let message = format!("position {expected} is missing: {found} came instead");
        Failure::new(Exit::Verification, message)
    };
    for event in events {
        let position = place(event)?;
        if position != last.next() {
            return Err(missing(last.next(), &position.to_string()));
        }
        last = position;
    }
    if last != looked {
        return Err(missing(last.next(), "nothing"));
    }
    Ok(())
}

/// Where the log ends: what comes after the last possible position is nothing, at the head.
pub async fn head(api: &Api, whole: bool) -> Result<Position, ApiError> {
    let mut query = vec![("after", i64::MAX.to_string()), ("limit", "1".to_owned())];
    query.extend(whole.then(|| ("tenant", "*".to_owned())));
    let page = api.get("/api/v1/events", &query).await?;
    place(&page).map_err(|failure| ApiError::Strange(failure.message))
}

/// The position of an event or a page.
pub fn place(value: &Value) -> Result<Position, Failure> {
    value["position"]
        .as_str()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Failure::failed("the server's answer names no position"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_is_proved_only_without_a_hole_a_repeat_or_a_missing_end() {
        let proved = |last: i64, positions: &[i64], looked: i64| {
            let events: Vec<_> = positions
                .iter()
                .map(|at| json!({ "position": at.to_string() }))
                .collect();
            match prove(Position::new(last), &events, Position::new(looked)) {
                Ok(()) => true,
                Err(failure) => {
                    assert_eq!(failure.exit, Exit::Verification, "{failure}");
                    false
                }
            }
        };
        assert!(proved(3, &[4, 5, 6], 6));
        for (positions, looked) in [
            (&[5][..], 5),
            (&[4, 6], 6),
            (&[4, 4], 4),
            (&[3, 4], 4),
            (&[4, 5], 6),
            (&[], 4),
        ] {
            assert!(!proved(3, positions, looked), "{positions:?} {looked}");
        }
    }
}
