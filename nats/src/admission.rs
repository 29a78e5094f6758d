//! How many commands may be at work: in all from services, in all from agents, and from one agent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use pantheon_events::AgentId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::doors::{Door, DoorOptions};

type Busy = Arc<Mutex<HashMap<AgentId, usize>>>;

pub(crate) struct Admission {
    services: Arc<Semaphore>,
    agents: Arc<Semaphore>,
    per_agent: usize,
    busy: Busy,
}

/// A place at work, given back when dropped.
pub(crate) struct Permit {
    _place: OwnedSemaphorePermit,
    agent: Option<(AgentId, Busy)>,
}

impl Admission {
    pub(crate) fn new(options: &DoorOptions) -> Self {
        Self {
            services: Arc::new(Semaphore::new(options.services)),
            agents: Arc::new(Semaphore::new(options.agents)),
            per_agent: options.per_agent,
            busy: Busy::default(),
        }
    }

    /// A place, or `None` when there is none.
    pub(crate) fn admit(&self, door: &Door) -> Option<Permit> {
        match door {
            Door::Service => {
                let place = self.services.clone().try_acquire_owned().ok()?;
                Some(Permit {
                    _place: place,
                    agent: None,
                })
            }
            Door::Agent(agent) => {
                let place = self.agents.clone().try_acquire_owned().ok()?;
                let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
                let mine = busy.entry(agent.clone()).or_insert(0);
                if *mine >= self.per_agent {
                    return None;
                }
                *mine += 1;
                Some(Permit {
                    _place: place,
                    agent: Some((agent.clone(), self.busy.clone())),
                })
            }
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some((agent, busy)) = self.agent.take() else {
            return;
        };
        let mut busy = busy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mine) = busy.get_mut(&agent) {
            *mine -= 1;
            if *mine == 0 {
                busy.remove(&agent);
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
        let held = [admission.admit(&agent("a")), admission.admit(&agent("a"))];
        assert!(held.iter().all(Option::is_some));
        assert!(admission.admit(&agent("a")).is_none());
        assert!(admission.admit(&agent("b")).is_some());
    }

    #[test]
    fn places_come_back() {
        let admission = admission();
        for _ in 0..10 {
            let held = [
                admission.admit(&agent("a")),
                admission.admit(&agent("b")),
                admission.admit(&agent("c")),
            ];
            assert!(held.iter().all(Option::is_some));
            assert!(admission.admit(&agent("d")).is_none());
        }
        assert!(admission.busy.lock().expect("not poisoned").is_empty());
    }

    #[test]
    fn agents_do_not_keep_services_out() {
        let admission = admission();
        let _held: Vec<_> = ["a", "b", "c"]
            .iter()
            .map(|id| admission.admit(&agent(id)))
            .collect();
        assert!(admission.admit(&Door::Service).is_some());
    }
}
