//! What to do with what is found in JetStream. Pure: no clock, no connection.

use std::fmt;

use pantheon_events::{EventId, Position};

/// What the stream holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// There is no stream.
    Missing,
    /// There is a stream, but no message in it; the next one gets this number.
    Empty {
        /// The number of the next message.
        next: Position,
    },
    /// The last message.
    Last {
        /// Its number.
        position: Position,
        /// Its event, `None` when it carries no event id (somebody else wrote it), or when the server
        /// counts it and does not give it (its block is lost).
        event: Option<EventId>,
    },
}

impl Seen {
    /// The position that has to be looked up in the log for [`LogView::event`].
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        match self {
            Self::Last { position, .. } => Some(*position),
            Self::Missing | Self::Empty { .. } => None,
        }
    }
}

/// What the log says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogView {
    /// The log's last position.
    pub head: Position,
    /// The first position that the mirror should hold: 1, or the first one inside its retention;
    /// at most `head + 1`.
    pub first: Position,
    /// The log's event at [`Seen::position`].
    pub event: Option<EventId>,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Publish what comes after this position.
    Continue {
        /// The mirror's last position.
        after: Position,
    },
    /// Make the stream, its first message numbered so.
    Create {
        /// The number of the first message.
        first: Position,
    },
    /// Make the stream, which has lost all its messages, anew, its first message numbered so.
    Recreate {
        /// The number of the first message.
        first: Position,
    },
    /// Stop and raise the alarm (G3).
    Fork(Fork),
}

/// The mirror holds something that the log does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Fork {
    /// Where they part.
    pub position: Position,
    /// What the mirror has there, if it is an event.
    pub mirror: Option<EventId>,
    /// What the log has there; `None` past its head.
    pub log: Option<EventId>,
}

impl fmt::Display for Fork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            position,
            mirror,
            log,
        } = self;
        write!(
            f,
            "the stream is not a copy of this log: at position {position} it has "
        )?;
        match mirror {
            Some(event) => write!(f, "event {event}, ")?,
            None => write!(f, "no event that can be read, ")?,
        }
        match log {
            Some(event) => write!(f, "the log has event {event}. ")?,
            None => write!(f, "the log has none. ")?,
        }
        write!(
            f,
            "Find out which of the two was replaced (a restored database needs a new epoch), \
             then run `pantheon bus rebuild`"
        )
    }
}

/// Decides. Equal or shorter: go on. Missing: make it. Emptied: make it anew. Different or ahead: fork.
#[must_use]
pub fn reconcile(seen: Seen, log: LogView) -> Step {
    match seen {
        Seen::Missing => Step::Create { first: log.first },
        Seen::Empty { next } => emptied(next, log),
        Seen::Last { position, event } => {
            if position <= log.head && event.is_some() && event == log.event {
                Step::Continue { after: position }
            } else {
                Step::Fork(Fork {
                    position,
                    mirror: event,
                    log: log.event,
                })
            }
        }
    }
}

fn emptied(next: Position, log: LogView) -> Step {
    let before = Position::new(next.get() - 1);
    if next > log.head.next() {
        // It once held what the log never had.
        return Step::Fork(Fork {
            position: before,
            mirror: None,
            log: None,
        });
    }
    if next > log.first {
        return Step::Recreate { first: log.first };
    }
    Step::Continue { after: before }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(position: i64) -> Position {
        Position::new(position)
    }

    fn log(head: i64, first: i64, event: Option<EventId>) -> LogView {
        LogView {
            head: p(head),
            first: p(first),
            event,
        }
    }

    #[test]
    fn an_equal_or_shorter_mirror_goes_on_where_it_stands() {
        let event = Some(EventId::generate());
        let seen = Seen::Last {
            position: p(7),
            event,
        };
        assert_eq!(
            reconcile(seen, log(7, 1, event)),
            Step::Continue { after: p(7) }
        );
        assert_eq!(
            reconcile(seen, log(90, 1, event)),
            Step::Continue { after: p(7) }
        );
    }

    #[test]
    fn a_missing_mirror_is_made_from_the_first_wanted_position() {
        assert_eq!(
            reconcile(Seen::Missing, log(90, 1, None)),
            Step::Create { first: p(1) }
        );
        assert_eq!(
            reconcile(Seen::Missing, log(90, 61, None)),
            Step::Create { first: p(61) }
        );
        assert_eq!(
            reconcile(Seen::Missing, log(0, 1, None)),
            Step::Create { first: p(1) }
        );
    }

    #[test]
    fn an_emptied_mirror_is_made_anew_but_a_fresh_one_is_filled() {
        let emptied = Seen::Empty { next: p(8) };
        assert_eq!(
            reconcile(emptied, log(90, 1, None)),
            Step::Recreate { first: p(1) }
        );
        assert_eq!(
            reconcile(emptied, log(7, 1, None)),
            Step::Recreate { first: p(1) }
        );
        assert_eq!(
            reconcile(emptied, log(90, 8, None)),
            Step::Continue { after: p(7) }
        );
        assert_eq!(
            reconcile(Seen::Empty { next: p(1) }, log(0, 1, None)),
            Step::Continue { after: p(0) }
        );
    }

    #[test]
    fn a_mirror_whose_messages_all_aged_out_goes_on() {
        assert_eq!(
            reconcile(Seen::Empty { next: p(8) }, log(7, 8, None)),
            Step::Continue { after: p(7) }
        );
        assert_eq!(
            reconcile(Seen::Empty { next: p(8) }, log(90, 91, None)),
            Step::Continue { after: p(7) }
        );
    }

    #[test]
    fn another_event_at_the_same_position_is_a_fork() {
        let (ours, theirs) = (EventId::generate(), EventId::generate());
        let seen = Seen::Last {
            position: p(7),
            event: Some(theirs),
        };
        let fork = Fork {
            position: p(7),
            mirror: Some(theirs),
            log: Some(ours),
        };
        assert_eq!(reconcile(seen, log(90, 1, Some(ours))), Step::Fork(fork));
        assert!(fork.to_string().contains("bus rebuild"));
    }

    #[test]
    fn a_mirror_ahead_of_the_log_is_a_fork() {
        let event = Some(EventId::generate());
        for seen in [
            Seen::Last {
                position: p(8),
                event,
            },
            Seen::Empty { next: p(9) },
        ] {
            assert!(
                matches!(reconcile(seen, log(7, 1, None)), Step::Fork(_)),
                "{seen:?}"
            );
        }
    }

    #[test]
    fn a_message_without_an_event_id_is_a_fork() {
        let seen = Seen::Last {
            position: p(7),
            event: None,
        };
        assert!(matches!(reconcile(seen, log(7, 1, None)), Step::Fork(_)));
    }
}
