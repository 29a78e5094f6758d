//! Dialect B: flat frames of the fleet, or of executions only.

use bytes::Bytes;
use pantheon_events::{Position, RecordedEvent};
use pantheon_log::Log;
use serde_json::{Value, json};

use super::super::deps::Boxed;
use super::super::filter::FilterSpec;
use super::super::subscription::StepError;
use super::a::time;
use super::b_frames::{Reader, TYPES, frames};
use super::{Audience, Dialect, Greeting};
use crate::auth::{may, permission};
use crate::clock::Clock;

/// One socket's translation.
pub struct DialectB {
    log: Log,
    clock: Clock,
    reader: Reader,
}

impl DialectB {
    /// A translation for somebody; of executions only when that is asked for.
    #[must_use]
    pub fn new(log: Log, clock: Clock, audience: &Audience, executions_only: bool) -> Self {
        let who = &audience.viewer().principal;
        let reader = Reader {
            anonymous: audience.is_anonymous(),
            logs: may(Some(who), permission("logs.read"), None).is_ok(),
            executions_only,
        };
        Self { log, clock, reader }
    }
}

pub(super) fn text(frame: &Value) -> Bytes {
    Bytes::from(frame.to_string())
}

impl Dialect for DialectB {
    fn filter(&self) -> FilterSpec {
        let types = match self.reader.executions_only {
            true => &TYPES[..1],
            false => TYPES,
        };
        FilterSpec {
            types: Some(types.iter().map(|&name| name.to_owned()).collect()),
            ..FilterSpec::default()
        }
    }

    fn greet(&mut self) -> Boxed<'_, Result<Greeting, StepError>> {
        Box::pin(async {
            // The present first, so that nothing that follows is missed.
            let position: Position = self.log.head();
            let connected = json!({ "type": "notification", "level": "info",
                "message": "Connected", "timestamp": time(self.clock.now()) });
            let frames = match self.reader.executions_only {
                true => Vec::new(),
                false => vec![text(&connected)],
            };
            Ok(Greeting { frames, position })
        })
    }

    fn translate<'a>(&'a mut self, event: &'a RecordedEvent) -> Boxed<'a, Vec<Bytes>> {
        let told = frames(event, self.reader);
        Box::pin(std::future::ready(told.iter().map(text).collect()))
    }
}
