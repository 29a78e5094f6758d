//! How many commands may be at work, by count and by bytes: in all from services, in all from agents,
//! and from one agent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use pantheon_events::AgentId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::door::{Door, DoorOptions};

/// Bytes are counted in pieces of this size, at least one for each command.
const PIECE: usize = 1024;

pub(crate) struct Admission {
    services: Room,
    agents: Room,
    per_agent: Load,
    busy: Busy,
}

/// Room for commands of one kind.
struct Room {
    commands: Arc<Semaphore>,
    pieces: Arc<Semaphore>,
}

/// What one agent has at work.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Load {
    commands: usize,
    pieces: usize,
}

type Busy = Arc<Mutex<HashMap<AgentId, Load>>>;

/// A place at work, given back when dropped.
pub(crate) struct Permit {
    _places: [OwnedSemaphorePermit; 2],
    _agent: Option<Held>,
}

struct Held {
    agent: AgentId,
    pieces: usize,
    busy: Busy,
}

impl Admission {
    pub(crate) fn new(options: &DoorOptions) -> Self {
        let room = |commands| Room {
            commands: Arc::new(Semaphore::new(commands)),
            pieces: Arc::new(Semaphore::new(options.bytes / PIECE)),
        };
        Self {
            services: room(options.services),
            agents: room(options.agents),
            per_agent: Load {
                commands: options.per_agent,
                pieces: options.bytes_per_agent / PIECE,
            },
            busy: Busy::default(),
        }
    }

    /// A place for a body of so many bytes, or `None` when there is none.
    pub(crate) fn admit(&self, door: &Door, bytes: usize) -> Option<Permit> {
        let pieces = bytes.div_ceil(PIECE).max(1);
        match door {
            Door::Service => Some(Permit {
                _places: self.services.take(pieces)?,
                _agent: None,
            }),
            Door::Agent(agent) => {
                let places = self.agents.take(pieces)?;
                let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
                let mine = busy.entry(agent.clone()).or_default();
                // The first always fits, so that a small limit refuses no large command for ever.
                let fits = mine.commands == 0 || mine.pieces + pieces <= self.per_agent.pieces;
                if mine.commands >= self.per_agent.commands || !fits {
                    return None;
                }
                mine.commands += 1;
                mine.pieces += pieces;
                Some(Permit {
                    _places: places,
                    _agent: Some(Held {
                        agent: agent.clone(),
                        pieces,
                        busy: Arc::clone(&self.busy),
                    }),
                })
            }
        }
    }
}

impl Room {
    fn take(&self, pieces: usize) -> Option<[OwnedSemaphorePermit; 2]> {
        let command = Arc::clone(&self.commands).try_acquire_owned().ok()?;
        let pieces = u32::try_from(pieces).ok()?;
        let bytes = Arc::clone(&self.pieces).try_acquire_many_owned(pieces);
        Some([command, bytes.ok()?])
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mine) = busy.get_mut(&self.agent) {
            mine.commands -= 1;
            mine.pieces -= self.pieces;
            if mine.commands == 0 {
                busy.remove(&self.agent);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission() -> Admission {
        let options = DoorOptions {
            services: 1,
            agents: 3,
            per_agent: 2,
            bytes: 8 * PIECE,
            bytes_per_agent: 4 * PIECE,
            ..DoorOptions::default()
        };
        Admission::new(&options)
    }

    fn agent(id: &str) -> Door {
        Door::Agent(id.parse().expect("an agent id"))
    }

    #[test]
    fn one_agent_cannot_take_every_place() {
        let admission = admission();
        let held = [
            admission.admit(&agent("a"), 10),
            admission.admit(&agent("a"), 10),
        ];
        assert!(held.iter().all(Option::is_some));
        assert!(admission.admit(&agent("a"), 10).is_none());
        assert!(admission.admit(&agent("b"), 10).is_some());
    }

    #[test]
    fn places_come_back() {
        let admission = admission();
        for _ in 0..10 {
            let held = [
                admission.admit(&agent("a"), 3 * PIECE),
                admission.admit(&agent("b"), 3 * PIECE),
                admission.admit(&agent("c"), 10),
            ];
            assert!(held.iter().all(Option::is_some));
            assert!(admission.admit(&agent("d"), 10).is_none());
        }
        assert!(admission.busy.lock().expect("not poisoned").is_empty());
        assert_eq!(admission.agents.pieces.available_permits(), 8);
    }

    #[test]
    fn large_bodies_take_more_of_the_room() {
        let admission = admission();
        let first = admission.admit(&agent("a"), 3 * PIECE);
        assert!(first.is_some());
        assert!(admission.admit(&agent("a"), 2 * PIECE).is_none(), "its own");
        assert!(admission.admit(&agent("b"), 6 * PIECE).is_none(), "of all");
        assert!(admission.admit(&agent("b"), 5 * PIECE).is_some());
    }

    #[test]
    fn agents_do_not_keep_services_out() {
        let admission = admission();
        let _held: Vec<_> = ["a", "b", "c"]
            .iter()
            .map(|id| admission.admit(&agent(id), 10))
            .collect();
        assert!(admission.admit(&Door::Service, 10).is_some());
    }
}
