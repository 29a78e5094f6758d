//! `GET /api/v1/logs/stream`: the entries of logs as server-sent events.
//!
//! Shape, ordering and delivery: those of [`sse`](super::sse). An event of the log may hold several
//! entries, so an entry's `id` is `<position>:<n>`, and who comes back with it gets the rest of that
//! event first.

use std::str::FromStr;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::{BufMut, Bytes, BytesMut};
use pantheon_events::{Position, RecordedEvent};
use pantheon_projections::logs::{EVENTS, Filter as Wanted, entries};

use super::deps::LiveDeps;
use super::filter::{Filter, FilterSpec};
use super::frame::{After, From};
use super::sse::{last_event_id, one_line, open};
use super::subscription::Delivery;
use super::visibility::OfTenant;
use crate::http::logs::{Followed, Log};
use crate::http::{ApiQuery, Caller, Problem};

/// The entries of logs as they are written, from the client's place on.
#[utoipa::path(
    get, path = "/api/v1/logs/stream", tag = "logs", params(Followed),
    responses((status = 200, description = "server-sent events: `log` for each entry that is wanted, with `<position>:<n>` as `id`; `checkpoint` events; a comment every 15 s", body = String, content_type = "text/event-stream")),
)]
pub async fn stream(
    State(deps): State<LiveDeps>,
    caller: Caller,
    ApiQuery(query): ApiQuery<Followed>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let wanted = query.filter()?;
    let asked = query.after.as_deref().map(|text| {
        let expected = "expected the id of an entry (<position>:<n>), or a position";
        let place = text.parse::<Place>();
        place.map_err(|NoPlace| Problem::malformed_field("after", expected))
    });
    let place = match last_event_id(&headers)? {
        Some(place) => Some(place),
        None => asked.transpose()?,
    };
    let from = place.map_or(From::Now, |place| {
        From::After(After {
            after: place.before(),
            epoch: query.epoch,
        })
    });
    let viewer = deps.viewer(caller.principal.as_ref().clone());
    // Whoever may read logs reads all of their tenant's.
    let eyes = Arc::new(OfTenant(caller.tenant));
    let written = Written { wanted, place };
    let encode = move |delivery: &Delivery| written.encode(delivery);
    open(deps, viewer, eyes, of_logs(), from, encode).await
}

/// The events that hold entries.
pub(super) fn of_logs() -> Filter {
    let kinds = |(aggregate, types): &(&str, &'static [&'static str])| {
        let aggregate = (*aggregate).to_owned();
        types
            .iter()
            .map(move |kind| format!("{aggregate}.{kind}"))
            .collect::<Vec<_>>()
    };
    let spec = FilterSpec {
        types: Some(EVENTS.iter().flat_map(kinds).collect()),
        ..FilterSpec::default()
    };
    Filter::new(spec).expect("the names of four events are a filter")
}

/// A place among the entries: one of an event's, or the end of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    position: Position,
    n: Option<i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct NoPlace;

impl FromStr for Place {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let (position, n) = match text.split_once(':') {
            Some((position, n)) => (position, Some(n.parse().map_err(|_| NoPlace)?)),
            None => (text, None),
        };
        let position = position.parse().map_err(|_| NoPlace)?;
        Ok(Self { position, n })
    }
}

impl Place {
    /// The position after which the log is read again.
    fn before(self) -> Position {
        match self.n {
            Some(_) => Position::new((self.position.get() - 1).max(0)),
            None => self.position,
        }
    }

    /// Whether the client has that entry.
    fn has(self, position: i64, n: i32) -> bool {
        let here = self.position.get();
        position < here || (position == here && self.n.is_none_or(|last| n <= last))
    }
}

/// How deliveries become text.
struct Written {
    wanted: Wanted,
    place: Option<Place>,
}

impl Written {
    fn encode(&self, delivery: &Delivery) -> Bytes {
        let mut out = BytesMut::new();
        for event in &delivery.items {
            self.put(&mut out, event);
        }
        let looked = delivery.items.last().map(|last| last.position);
        // Where nothing was wanted the client is told all the same how far it is.
        let told = delivery
            .checkpoint
            .or_else(|| looked.filter(|_| out.is_empty()));
        if let Some(position) = told {
            let text = format!(
                "event: checkpoint\nid: {position}\ndata: {{\"position\":\"{position}\"}}\n\n"
            );
            out.put_slice(text.as_bytes());
        }
        out.freeze()
    }

    fn put(&self, out: &mut BytesMut, event: &RecordedEvent) {
        // An event that cannot be read is parked by the read model, and named there.
        let rows = entries(event).unwrap_or_default();
        for row in rows {
            let (position, n) = (row.position, row.n);
            let known = self.place.is_some_and(|place| place.has(position, n));
            if known || !self.wanted.matches(&row) {
                continue;
            }
            let Ok(mut json) = serde_json::to_vec(&Log::from(row)) else {
                continue;
            };
            one_line(&mut json);
            out.put_slice(format!("event: log\nid: {position}:{n}\ndata: ").as_bytes());
            out.put_slice(&json);
            out.put_slice(b"\n\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::live::testing::with_payload;

    fn appended(position: i64) -> Arc<RecordedEvent> {
        let entries = json!([
            { "level": "INFO", "message": "one\ntwo" },
            { "level": "ERROR", "message": "Disk FULL" },
        ]);
        let payload = json!({ "entries": entries, "agent_type": "codegen" });
        let kind = "agent_log_appended";
        Arc::new(with_payload(
            position,
            "agent",
            "a-1",
            kind,
            payload.to_string(),
        ))
    }

    fn encoded(wanted: Wanted, place: Option<&str>) -> Vec<(String, String, Value)> {
        let place = place.map(|text| text.parse().expect("a place"));
        let delivery = Delivery {
            items: vec![appended(7), appended(8)],
            ..Delivery::default()
        };
        let bytes = Written { wanted, place }.encode(&delivery);
        let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
        let blocks = text.split_terminator("\n\n").map(|block| {
            let lines: Vec<_> = block.lines().collect();
            assert_eq!(lines.len(), 3, "{block}");
            let part = |n: usize| lines[n].split_once(": ").expect("a field").1.to_owned();
            let data = serde_json::from_str(&part(2)).expect("JSON");
            (part(0), part(1), data)
        });
        blocks.collect()
    }

    #[test]
    fn each_entry_is_an_event_of_one_line_under_its_place() {
        let all = encoded(Wanted::default(), None);
        let ids: Vec<_> = all
            .iter()
            .map(|(kind, id, _)| format!("{kind} {id}"))
            .collect();
        assert_eq!(ids, ["log 7:0", "log 7:1", "log 8:0", "log 8:1"]);
        assert_eq!(all[0].2["message"], "one\ntwo");
        assert_eq!(all[0].2["agent_type"], "CodeGenAgent");
    }

    #[test]
    fn who_comes_back_with_a_place_gets_the_rest_of_its_event_and_what_follows() {
        let ids = |place| {
            let all = encoded(Wanted::default(), Some(place));
            all.into_iter().map(|(_, id, _)| id).collect::<Vec<_>>()
        };
        assert_eq!(ids("7:0"), ["7:1", "8:0", "8:1"]);
        assert_eq!(ids("7:1"), ["8:0", "8:1"]);
        assert_eq!(ids("7"), ["8:0", "8:1"]);
        for bad in ["", "x", "7:", ":1", "7:x", "7:1:2"] {
            assert_eq!(bad.parse::<Place>(), Err(NoPlace), "{bad}");
        }
    }

    #[test]
    fn what_is_not_wanted_moves_the_id_all_the_same() {
        let wanted = Wanted {
            search: Some("disk full".to_owned()),
            ..Wanted::default()
        };
        let ids: Vec<_> = encoded(wanted, None).into_iter().map(|e| e.1).collect();
        assert_eq!(ids, ["7:1", "8:1"]);
        let nothing = Wanted {
            level: Some("DEBUG".to_owned()),
            ..Wanted::default()
        };
        let told = encoded(nothing, None);
        assert_eq!(
            (told.len(), told[0].0.as_str(), told[0].1.as_str()),
            (1, "checkpoint", "8")
        );
    }
}
