//! Every observer of the product: one line each.

use std::sync::Arc;

use super::Observer;
use super::docker::Docker;
use super::git::Git;
use super::services::Services;
use super::worktree_git::WorktreeGit;
use crate::app::App;

/// The observers that this node's settings ask for.
#[must_use]
pub fn all(app: &App) -> Vec<Arc<dyn Observer>> {
    let mut all: Vec<Arc<dyn Observer>> = vec![Arc::new(Services { app: app.clone() })];
    if let Some(host) = &app.config.docker_host {
        all.push(Arc::new(Docker::new(app.clone(), host.expose())));
    }
    if let Some(repository) = &app.repository {
        all.push(Arc::new(Git {
            app: app.clone(),
            repository: repository.clone(),
        }));
        all.push(Arc::new(WorktreeGit {
            app: app.clone(),
            repository: repository.clone(),
        }));
    }
    all
}
