//! One branch's worktree: at most one at a time.

use pantheon_events::worktrees::{WorktreeCommand as Command, WorktreeEvent as Event};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{WorktreeError, decide};
use crate::aggregate;
use crate::domain::Asked;

/// How far a worktree is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// There is none.
    #[default]
    Gone,
    /// Git is to make it.
    Requested,
    /// It is there.
    Ready,
    /// Git did not make it.
    Failed,
}

/// A worktree's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Worktree {
    /// How far it is.
    pub stage: Stage,
    /// Its branch.
    pub branch: String,
    /// Where it is.
    pub path: String,
    /// What it was asked for with; nothing of one that was only seen.
    pub base_branch: Option<String>,
    /// The issue that it was asked for with.
    pub issue_number: Option<i64>,
    /// Whether an execution works in it, and which.
    pub occupied: Option<Option<Uuid>>,
    /// The type of the agent that worked in it last.
    pub agent_type: Option<String>,
}

impl Worktree {
    fn decide(&self, asked: &Asked<Command>) -> Result<Vec<Event>, WorktreeError> {
        match &asked.command {
            Command::RequestWorktree(command) => {
                decide::request(self, &asked.with(command.clone()))
            }
            Command::ObserveWorktree(command) => {
                decide::observe(self, &asked.with(command.clone()))
            }
            Command::ConfirmWorktree(_) => Ok(decide::confirm(self, asked.at)),
            Command::FailWorktree(command) => Ok(decide::fail(self, command, asked.at)),
            Command::OccupyWorktree(command) => decide::occupy(self, command, asked.at),
            Command::ReleaseWorktree(command) => {
                Ok(decide::release(self, command.execution_id, asked.at))
            }
            Command::CompleteWorktree(command) => {
                Ok(decide::complete(self, command.execution_id, asked.at))
            }
            Command::RemoveWorktree(command) => decide::remove(self, &asked.with(command.clone())),
        }
    }

    fn evolve(&mut self, event: Event) {
        match event {
            Event::WorktreeRequested(made) => {
                *self = Self {
                    stage: Stage::Requested,
                    branch: made.branch,
                    path: made.path,
                    base_branch: Some(made.base_branch),
                    issue_number: made.issue_number,
                    ..Self::default()
                };
            }
            Event::WorktreeCreated(_) => self.stage = Stage::Ready,
            Event::WorktreeFailed(_) => self.stage = Stage::Failed,
            Event::WorktreeObserved(seen) => {
                *self = Self {
                    stage: Stage::Ready,
                    branch: seen.branch,
                    path: seen.path,
                    ..Self::default()
                };
            }
            Event::WorktreeOccupied(by) => {
                self.occupied = Some(by.execution_id);
                self.agent_type = Some(by.agent_type);
            }
            Event::WorktreeReleased(_) | Event::WorktreeCompleted(_) => self.occupied = None,
            Event::WorktreeRemoved(_) => {
                self.stage = Stage::Gone;
                self.occupied = None;
            }
        }
    }

    /// Whether it was only seen, never asked for.
    #[must_use]
    pub fn is_outside(&self) -> bool {
        self.base_branch.is_none()
    }

    fn valid_id(id: &str) -> bool {
        crate::domain::is_plain_uuid(id)
    }
}

aggregate!(Worktree: Command => Event, WorktreeError);
