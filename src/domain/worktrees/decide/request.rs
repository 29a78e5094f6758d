//! `request_worktree`: one worktree per branch; the same question again is the same worktree.

use pantheon_events::worktrees::{
    BASE, RequestWorktree, WorktreeEvent as Event, WorktreeRequested, is_branch, worktree_id,
};

use super::super::{Stage, Worktree, WorktreeError};
use crate::domain::Asked;

pub(in super::super) fn request(
    worktree: &Worktree,
    asked: &Asked<RequestWorktree>,
) -> Result<Vec<Event>, WorktreeError> {
    let command = &asked.command;
    let base = command.base_branch.as_deref().unwrap_or(BASE);
    if !is_branch(&command.branch) || !is_branch(base) {
        return Err(WorktreeError::BranchInvalid);
    }
    if *asked.id != *worktree_id(asked.by.tenant, &command.branch).to_string() {
        return Err(WorktreeError::OtherId);
    }
    if worktree.stage != Stage::Gone {
        let same = worktree.base_branch.as_deref() == Some(base)
            && worktree.issue_number == command.issue_number;
        return match same {
            true => Ok(Vec::new()),
            false => Err(WorktreeError::Exists),
        };
    }
    let path = command.path.clone().ok_or(WorktreeError::NotConfigured)?;
    let requested = WorktreeRequested {
        branch: command.branch.clone(),
        base_branch: base.to_owned(),
        path,
        issue_number: command.issue_number,
        requested_by: asked.by.actor.id.clone(),
        at: asked.at,
    };
    Ok(vec![requested.into()])
}

#[cfg(test)]
mod tests {
    use pantheon_events::worktrees::WorktreeRemoved;

    use super::super::given::{PATH, asked, created, history, requested, wanted};
    use super::*;

    #[tokio::test]
    async fn the_same_question_is_the_same_worktree_and_another_one_is_refused() {
        history(vec![])
            .when_async(asked(wanted()))
            .await
            .then_expect_events(vec![requested()]);
        let again = RequestWorktree {
            base_branch: Some("main".to_owned()),
            ..wanted()
        };
        history(vec![requested(), created()])
            .when_async(asked(again))
            .await
            .then_expect_events(vec![]);
        let other = RequestWorktree {
            issue_number: None,
            ..wanted()
        };
        history(vec![requested()])
            .when_async(asked(other))
            .await
            .then_expect_error(WorktreeError::Exists);
    }

    #[tokio::test]
    async fn a_branch_gets_another_worktree_after_the_first_is_gone() {
        let removed = WorktreeRemoved {
            branch: "fix/1".to_owned(),
            path: PATH.to_owned(),
            at: chrono::DateTime::UNIX_EPOCH,
        };
        history(vec![requested(), created(), removed.into()])
            .when_async(asked(wanted()))
            .await
            .then_expect_events(vec![requested()]);
    }

    #[tokio::test]
    async fn what_git_would_not_take_or_cannot_make_is_refused() {
        let of = |branch: &str| RequestWorktree {
            branch: branch.to_owned(),
            ..wanted()
        };
        let base = RequestWorktree {
            base_branch: Some("--upload-pack=x".to_owned()),
            ..wanted()
        };
        for bad in [
            of("-b"),
            of("a..b"),
            of(""),
            of("x".repeat(201).as_str()),
            base,
        ] {
            history(vec![])
                .when_async(asked(bad))
                .await
                .then_expect_error(WorktreeError::BranchInvalid);
        }
        history(vec![])
            .when_async(asked(of("fix/2")))
            .await
            .then_expect_error(WorktreeError::OtherId);
        let nowhere = RequestWorktree {
            path: None,
            ..wanted()
        };
        history(vec![])
            .when_async(asked(nowhere))
            .await
            .then_expect_error(WorktreeError::NotConfigured);
    }
}
