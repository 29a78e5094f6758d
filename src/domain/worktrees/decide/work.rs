//! `occupy_worktree`, `release_worktree`, `complete_worktree`: an execution works in it, one at a time.

use chrono::{DateTime, Utc};
use pantheon_events::worktrees::{
    OccupyWorktree, WorktreeCompleted, WorktreeEvent as Event, WorktreeOccupied, WorktreeReleased,
};
use uuid::Uuid;

use super::super::{Stage, Worktree, WorktreeError};

pub(in super::super) fn occupy(
    worktree: &Worktree,
    command: &OccupyWorktree,
    at: DateTime<Utc>,
) -> Result<Vec<Event>, WorktreeError> {
    match worktree.stage {
        Stage::Gone | Stage::Failed => return Err(WorktreeError::Gone),
        // It may be told before git is done.
        Stage::Requested | Stage::Ready => {}
    }
    match worktree.occupied {
        Some(execution) if execution == command.execution_id => return Ok(Vec::new()),
        Some(_) => return Err(WorktreeError::InUse),
        None => {}
    }
    let occupied = WorktreeOccupied {
        branch: worktree.branch.clone(),
        agent_type: command.agent_type.clone(),
        execution_id: command.execution_id,
        issue_number: command.issue_number,
        at,
    };
    Ok(vec![occupied.into()])
}

pub(in super::super) fn release(
    worktree: &Worktree,
    execution: Option<Uuid>,
    at: DateTime<Utc>,
) -> Vec<Event> {
    if !works_in(worktree, execution) {
        return Vec::new();
    }
    let released = WorktreeReleased {
        branch: worktree.branch.clone(),
        agent_type: worktree.agent_type.clone(),
        at,
    };
    vec![released.into()]
}

pub(in super::super) fn complete(
    worktree: &Worktree,
    execution: Option<Uuid>,
    at: DateTime<Utc>,
) -> Vec<Event> {
    if !works_in(worktree, execution) {
        return Vec::new();
    }
    let completed = WorktreeCompleted {
        branch: worktree.branch.clone(),
        agent_type: worktree.agent_type.clone(),
        at,
    };
    vec![completed.into()]
}

/// Whether this execution works in it; with none named, any.
fn works_in(worktree: &Worktree, execution: Option<Uuid>) -> bool {
    worktree
        .occupied
        .is_some_and(|by| execution.is_none() || by == execution)
}

#[cfg(test)]
mod tests {
    use pantheon_events::worktrees::{CompleteWorktree, ReleaseWorktree};

    use super::super::given::{asked, created, history, occupied, requested};
    use super::*;

    fn by(execution: u128) -> OccupyWorktree {
        OccupyWorktree {
            agent_type: "codegen".to_owned(),
            execution_id: Some(Uuid::from_u128(execution)),
            issue_number: None,
        }
    }

    #[tokio::test]
    async fn one_execution_works_in_it_at_a_time() {
        let one = Some(Uuid::from_u128(1));
        history(vec![requested(), created()])
            .when_async(asked(by(1)))
            .await
            .then_expect_events(vec![occupied(one)]);
        history(vec![requested(), created(), occupied(one)])
            .when_async(asked(by(1)))
            .await
            .then_expect_events(vec![]);
        history(vec![requested(), created(), occupied(one)])
            .when_async(asked(by(2)))
            .await
            .then_expect_error(WorktreeError::InUse);
        history(vec![])
            .when_async(asked(by(1)))
            .await
            .then_expect_error(WorktreeError::Gone);
    }

    #[tokio::test]
    async fn only_the_execution_that_works_in_it_ends_that() {
        let (one, two) = (Some(Uuid::from_u128(1)), Some(Uuid::from_u128(2)));
        let before = || vec![requested(), created(), occupied(one)];
        let agent_type = Some("codegen".to_owned());
        let (branch, at) = ("fix/1".to_owned(), DateTime::UNIX_EPOCH);
        let released = WorktreeReleased {
            branch,
            agent_type,
            at,
        };
        let completed = WorktreeCompleted {
            branch: released.branch.clone(),
            agent_type: released.agent_type.clone(),
            at,
        };
        for (command, expected) in [
            (asked(ReleaseWorktree { execution_id: two }), vec![]),
            (asked(CompleteWorktree { execution_id: two }), vec![]),
            (
                asked(ReleaseWorktree { execution_id: one }),
                vec![released.into()],
            ),
            (
                asked(CompleteWorktree { execution_id: None }),
                vec![completed.into()],
            ),
        ] {
            history(before())
                .when_async(command)
                .await
                .then_expect_events(expected);
        }
    }
}
