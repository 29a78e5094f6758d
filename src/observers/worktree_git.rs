//! The process `worktree_git`: makes with git what was asked for, and removes what is to go.
//!
//! It goes by what is still to do, not by events: git may take long, and is asked on one node only,
//! so it runs the way observers do. A repeat finds what it left and begins anew.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use pantheon_events::worktrees::{ConfirmWorktree, FailWorktree, WorktreeCommand};
use pantheon_events::{Actor, CommandContext, CommandId, TenantId};
use pantheon_projections::worktrees::{WorktreeRow, gone, requested};

use super::{Observer, Unseen};
use crate::app::App;
use crate::git::Repository;

const NAME: &str = "worktree_git";
const EVERY: Duration = Duration::from_secs(1);
/// What was to go, and could not be removed for so long, is left to people.
const TRIED_FOR: TimeDelta = TimeDelta::days(1);

/// Runs git for worktrees.
pub(super) struct WorktreeGit {
    pub app: App,
    pub repository: Repository,
}

#[async_trait]
impl Observer for WorktreeGit {
    fn name(&self) -> &'static str {
        NAME
    }

    fn every(&self) -> Duration {
        EVERY
    }

    async fn look(&self) -> Result<(), Unseen> {
        let since = self.app.clock.now() - TRIED_FOR;
        let mut failed = None;
        for row in gone(&self.app.reads, since).await? {
            if self.repository.is_own(&row.path)
                && Path::new(&row.path).exists()
                && let Err(error) = self.repository.remove(&row.path).await
            {
                failed = Some(Unseen::because(error));
            }
        }
        for row in requested(&self.app.reads).await? {
            self.make(&row).await?;
        }
        failed.map_or(Ok(()), Err)
    }
}

impl WorktreeGit {
    async fn make(&self, row: &WorktreeRow) -> Result<(), Unseen> {
        let base = row.base_branch.as_deref().unwrap_or_default();
        let made = self.repository.add(&row.branch, base, &row.path).await;
        let command: WorktreeCommand = match &made {
            Ok(()) => ConfirmWorktree {}.into(),
            Err(error) => {
                let reason = error.to_string().chars().take(1_000).collect();
                FailWorktree { reason }.into()
            }
        };
        let id = row.id.to_string();
        let asked = row.created_at.timestamp_micros().to_string();
        let word = if made.is_ok() { "confirm" } else { "fail" };
        let by = CommandContext::new(
            TenantId::new(row.tenant),
            Actor::policy(NAME),
            Some(CommandId::of_key(&[NAME, word, &id, &asked])),
        );
        self.app
            .commands
            .worktrees
            .dispatch(&id, command, by)
            .await?;
        Ok(())
    }
}
