//! `confirm_worktree` and `fail_worktree`: what git made of it. What has moved on since stays.

use chrono::{DateTime, Utc};
use pantheon_events::worktrees::{
    FailWorktree, WorktreeCreated, WorktreeEvent as Event, WorktreeFailed,
};

use super::super::{Stage, Worktree};

pub(in super::super) fn confirm(worktree: &Worktree, at: DateTime<Utc>) -> Vec<Event> {
    if worktree.stage != Stage::Requested {
        return Vec::new();
    }
    let created = WorktreeCreated {
        branch: worktree.branch.clone(),
        path: worktree.path.clone(),
        at,
    };
    vec![created.into()]
}

pub(in super::super) fn fail(
    worktree: &Worktree,
    command: &FailWorktree,
    at: DateTime<Utc>,
) -> Vec<Event> {
    if worktree.stage != Stage::Requested {
        return Vec::new();
    }
    let failed = WorktreeFailed {
        branch: worktree.branch.clone(),
        reason: command.reason.clone(),
        at,
    };
    vec![failed.into()]
}

#[cfg(test)]
mod tests {
    use pantheon_events::worktrees::ConfirmWorktree;

    use super::super::given::{asked, created, history, requested};
    use super::*;

    #[tokio::test]
    async fn what_was_asked_for_is_made_or_not_once() {
        let broken = || FailWorktree {
            reason: "no such base".to_owned(),
        };
        let failed = WorktreeFailed {
            branch: "fix/1".to_owned(),
            reason: "no such base".to_owned(),
            at: DateTime::UNIX_EPOCH,
        };
        history(vec![requested()])
            .when_async(asked(ConfirmWorktree {}))
            .await
            .then_expect_events(vec![created()]);
        history(vec![requested()])
            .when_async(asked(broken()))
            .await
            .then_expect_events(vec![failed.into()]);
        for late in [asked(ConfirmWorktree {}), asked(broken())] {
            history(vec![requested(), created()])
                .when_async(late)
                .await
                .then_expect_events(vec![]);
        }
    }
}
