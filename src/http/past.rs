//! One thing as it was (`as_of`): its stream, folded up to a moment.

use chrono::{DateTime, Utc};
use pantheon_events::{Position, RecordedEvent, Sequence};
use pantheon_projections::Record;
use pantheon_projections::engine::Fault;

use super::moment::until;
use super::{AsOf, Problem, ReadOptions};
use crate::app::App;

const BATCH: usize = 1_000;

/// A thing after the last of its events up to a moment.
#[derive(Clone, Debug)]
pub struct Past<R> {
    /// Its row, as a read model would have had it.
    pub row: R,
    /// The moment's place in the log.
    pub position: Position,
    /// The sequence of the last event that went in.
    pub sequence: Sequence,
    /// When the last event that went in was recorded.
    pub recorded_at: DateTime<Utc>,
}

/// Folds a stream up to a moment; `None` when there was nothing then, or nothing any more.
pub async fn past<R: Record>(
    app: &App,
    read: &ReadOptions,
    moment: AsOf,
    stream: (&str, &str),
    fold: impl Fn(Option<R>, &RecordedEvent) -> Result<Option<R>, Fault>,
) -> Result<Option<Past<R>>, Problem> {
    let past = folded(app, read, moment, stream, fold).await?;
    // What the columns of the read model do not keep is not shown of the past either.
    Ok(past.map(|mut past| {
        past.row.settle();
        past
    }))
}

/// The same for a stream that is folded into more than one row.
pub async fn folded<R>(
    app: &App,
    read: &ReadOptions,
    moment: AsOf,
    (aggregate, id): (&str, &str),
    fold: impl Fn(Option<R>, &RecordedEvent) -> Result<Option<R>, Fault>,
) -> Result<Option<Past<R>>, Problem> {
    let until = until(&app.log, read, moment).await?;
    let (mut seen, mut after): (Option<Past<R>>, _) = (None, Sequence::ZERO);
    loop {
        let events = app.log.stream(aggregate, id, after, BATCH).await?;
        for event in events.iter().take_while(|event| event.position <= until) {
            let row = fold(seen.map(|past| past.row), event)
                .map_err(|fault| Problem::internal(&fault))?;
            seen = row.map(|row| Past {
                row,
                position: until,
                sequence: event.sequence,
                recorded_at: event.recorded_at,
            });
        }
        match events.last() {
            Some(last) if last.position <= until && events.len() == BATCH => after = last.sequence,
            _ => return Ok(seen),
        }
    }
}
