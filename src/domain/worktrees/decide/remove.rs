//! `remove_worktree`: not under the hands of an execution, unless somebody insists. What Pantheon did
//! not make only the observer says to be gone.

use pantheon_events::ActorKind;
use pantheon_events::worktrees::{RemoveWorktree, WorktreeEvent as Event, WorktreeRemoved};

use super::super::{Stage, Worktree, WorktreeError};
use crate::domain::Asked;

pub(in super::super) fn remove(
    worktree: &Worktree,
    asked: &Asked<RemoveWorktree>,
) -> Result<Vec<Event>, WorktreeError> {
    if worktree.stage == Stage::Gone {
        return Ok(Vec::new());
    }
    if worktree.is_outside() && asked.by.actor.kind != ActorKind::System {
        return Err(WorktreeError::Outside);
    }
    if worktree.occupied.is_some() && !asked.command.force {
        return Err(WorktreeError::InUse);
    }
    let removed = WorktreeRemoved {
        branch: worktree.branch.clone(),
        path: worktree.path.clone(),
        at: asked.at,
    };
    Ok(vec![removed.into()])
}

#[cfg(test)]
mod tests {
    use pantheon_events::Actor;
    use pantheon_events::worktrees::WorktreeObserved;

    use super::super::given::{PATH, asked, asked_by, created, history, occupied, requested};
    use super::*;

    fn removed(path: &str) -> Event {
        WorktreeRemoved {
            branch: "fix/1".to_owned(),
            path: path.to_owned(),
            at: chrono::DateTime::UNIX_EPOCH,
        }
        .into()
    }

    #[tokio::test]
    async fn it_is_removed_once_and_under_an_execution_only_by_force() {
        let remove = |force| asked(RemoveWorktree { force });
        let before = || vec![requested(), created()];
        history(before())
            .when_async(remove(false))
            .await
            .then_expect_events(vec![removed(PATH)]);
        history([before(), vec![removed(PATH)]].concat())
            .when_async(remove(false))
            .await
            .then_expect_events(vec![]);
        history([before(), vec![occupied(None)]].concat())
            .when_async(remove(false))
            .await
            .then_expect_error(WorktreeError::InUse);
        history([before(), vec![occupied(None)]].concat())
            .when_async(remove(true))
            .await
            .then_expect_events(vec![removed(PATH)]);
    }

    #[tokio::test]
    async fn what_others_made_is_removed_by_them() {
        let seen = || -> Event {
            WorktreeObserved {
                branch: "fix/1".to_owned(),
                path: "/home/me".to_owned(),
                at: chrono::DateTime::UNIX_EPOCH,
            }
            .into()
        };
        let command = RemoveWorktree { force: true };
        history(vec![seen()])
            .when_async(asked(command.clone()))
            .await
            .then_expect_error(WorktreeError::Outside);
        history(vec![seen()])
            .when_async(asked_by(Actor::system("git"), command))
            .await
            .then_expect_events(vec![removed("/home/me")]);
    }
}
