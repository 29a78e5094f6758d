//! `observe_worktree`: it is there, and nobody asked Pantheon for it, or it has moved.

use pantheon_events::worktrees::{
    ObserveWorktree, WorktreeEvent as Event, WorktreeObserved, worktree_id,
};

use super::super::{Stage, Worktree, WorktreeError};
use crate::domain::Asked;

pub(in super::super) fn observe(
    worktree: &Worktree,
    asked: &Asked<ObserveWorktree>,
) -> Result<Vec<Event>, WorktreeError> {
    let seen = &asked.command;
    if *asked.id != *worktree_id(asked.by.tenant, &seen.branch).to_string() {
        return Err(WorktreeError::OtherId);
    }
    let known = match worktree.stage {
        Stage::Gone => false,
        // Git is at work on it, or was: what it makes is told by whoever runs git.
        Stage::Requested | Stage::Failed => true,
        Stage::Ready => worktree.path == seen.path,
    };
    if known {
        return Ok(Vec::new());
    }
    let observed = WorktreeObserved {
        branch: seen.branch.clone(),
        path: seen.path.clone(),
        at: asked.at,
    };
    Ok(vec![observed.into()])
}

#[cfg(test)]
mod tests {
    use super::super::given::{PATH, asked, created, history, requested};
    use super::*;

    fn at(path: &str) -> ObserveWorktree {
        ObserveWorktree {
            branch: "fix/1".to_owned(),
            path: path.to_owned(),
        }
    }

    fn observed(path: &str) -> Event {
        WorktreeObserved {
            branch: "fix/1".to_owned(),
            path: path.to_owned(),
            at: chrono::DateTime::UNIX_EPOCH,
        }
        .into()
    }

    #[tokio::test]
    async fn what_others_make_or_move_is_seen_once() {
        for (before, path, expected) in [
            (vec![], "/home/me", vec![observed("/home/me")]),
            (vec![observed("/home/me")], "/home/me", vec![]),
            (vec![observed("/home/me")], "/opt", vec![observed("/opt")]),
            (vec![requested()], PATH, vec![]),
            (vec![requested(), created()], PATH, vec![]),
        ] {
            history(before)
                .when_async(asked(at(path)))
                .await
                .then_expect_events(expected);
        }
    }
}
