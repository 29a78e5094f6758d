//! What a worktree needs before it is asked for: a repository, an organisation that reaches it, and a
//! place that Pantheon chooses.

use std::sync::Arc;

use async_trait::async_trait;
use pantheon_events::CommandContext;
use pantheon_events::worktrees::{RequestWorktree, WorktreeCommand};

use super::entitlements;
use crate::app::App;
use crate::domain::RuleError;
use crate::domain::organizations::Organization;
use crate::domain::worktrees::WorktreeError;
use crate::git::Repository;
use crate::store::{DispatchError, Dispatcher, Prepare};

/// Sets the step before a worktree is asked for.
pub fn prepare(app: &App) {
    let place = Place {
        organizations: app.commands.organizations.clone(),
        repository: app.repository.clone(),
    };
    app.commands.worktrees.prepare_with(Arc::new(place));
}

struct Place {
    organizations: Dispatcher<Organization>,
    repository: Option<Repository>,
}

#[async_trait]
impl Prepare<WorktreeCommand> for Place {
    fn concerns(&self, command: &WorktreeCommand) -> bool {
        matches!(command, WorktreeCommand::RequestWorktree(_))
    }

    async fn prepare(
        &self,
        _: &str,
        command: WorktreeCommand,
        by: &CommandContext,
    ) -> Result<WorktreeCommand, DispatchError> {
        let WorktreeCommand::RequestWorktree(asked) = command else {
            return Ok(command);
        };
        let (_, features) = entitlements::of(&self.organizations, by.tenant).await?;
        if !features.git {
            return Err(entitlements::feature_disabled("git"));
        }
        let Some(repository) = &self.repository else {
            return Err(DispatchError::refused(
                WorktreeError::NotConfigured.refusal(),
            ));
        };
        let path = repository.path_of(by.tenant, &asked.branch);
        let placed = RequestWorktree {
            path: Some(path),
            ..asked
        };
        Ok(placed.into())
    }
}
