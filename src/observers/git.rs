//! The observer `git`: worktrees, commits and tags of the repository that `PANTHEON_GIT_DIR` names.
//! They belong to the default organisation.

use std::time::Duration;

use async_trait::async_trait;
use pantheon_events::deployments::ImportDeployment;
use pantheon_events::worktrees::{
    Commit, ObserveCommits, ObserveTags, ObserveWorktree, RemoveWorktree, worktree_id,
};
use pantheon_events::{Actor, CommandContext, CommandId, TenantId};
use pantheon_projections::worktrees;

use super::{Observer, Unseen};
use crate::app::App;
use crate::domain::deployments::environment_id;
use crate::domain::git::Git as Known;
use crate::git::{Listed, Repository, Tagged};

const NAME: &str = "git";
const EVERY: Duration = Duration::from_secs(30);
/// So many commits and tags are looked at.
const LAST: usize = 1_000;
/// So many are told at once.
const AT_ONCE: usize = 100;
/// Where tags count as rolled out, when there is such an environment.
const ENVIRONMENT: &str = "production";

/// Looks at the repository.
pub(super) struct Git {
    pub app: App,
    pub repository: Repository,
}

#[async_trait]
impl Observer for Git {
    fn name(&self) -> &'static str {
        NAME
    }

    fn every(&self) -> Duration {
        EVERY
    }

    async fn look(&self) -> Result<(), Unseen> {
        self.worktrees().await?;
        let known = self.app.commands.git.load(&self.repository.id()).await?;
        self.commits(&known.aggregate).await?;
        self.tags(&known.aggregate).await
    }
}

impl Git {
    /// What others made, and what is not there any more. What is known is read before git is asked:
    /// whatever changes between the two is nothing that git has lost.
    async fn worktrees(&self) -> Result<(), Unseen> {
        let known = worktrees::all(&self.app.reads).await?;
        let listed = self.repository.worktrees().await.map_err(Unseen::because)?;
        let tenant = TenantId::default_organization();
        for Listed { path, branch } in &listed {
            let is_known = known
                .iter()
                .any(|row| row.path == *path && row.branch == *branch && row.stage != "gone");
            if is_known || self.repository.is_own(path) {
                continue;
            }
            let id = worktree_id(tenant, branch).to_string();
            let observed = ObserveWorktree {
                branch: branch.clone(),
                path: path.clone(),
            };
            let dispatcher = &self.app.commands.worktrees;
            let at = dispatcher.load(&id).await?.sequence.to_string();
            let by = of_key(tenant, &[NAME, "observe", &id, path, &at]);
            dispatcher.dispatch(&id, observed, by).await?;
        }
        let is_listed = |path: &str, branch: &str| {
            let mut listed = listed.iter();
            listed.any(|one| one.path == path && one.branch == branch)
        };
        let ready = known.iter().filter(|row| row.stage == "ready");
        for gone in ready.filter(|row| !is_listed(&row.path, &row.branch)) {
            // An agent that works in one may change its branch.
            if self.repository.is_own(&gone.path) && std::path::Path::new(&gone.path).exists() {
                continue;
            }
            let (tenant, id) = (TenantId::new(gone.tenant), gone.id.to_string());
            let at = gone.updated_at.timestamp_micros().to_string();
            let by = of_key(tenant, &[NAME, "gone", &id, &at]);
            let remove = RemoveWorktree { force: true };
            self.app
                .commands
                .worktrees
                .dispatch(&id, remove, by)
                .await?;
        }
        Ok(())
    }

    async fn commits(&self, known: &Known) -> Result<(), Unseen> {
        let commits = self
            .repository
            .commits(LAST)
            .await
            .map_err(Unseen::because)?;
        let is_new = |commit: &Commit| !known.commits.contains(&commit.commit_sha);
        let new: Vec<Commit> = commits.into_iter().filter(is_new).collect();
        for commits in new.chunks(AT_ONCE) {
            let names = commits.iter().map(|commit| commit.commit_sha.as_str());
            let by = self.about("commits", names);
            let commits = commits.to_vec();
            let observed = ObserveCommits { commits };
            let dispatcher = &self.app.commands.git;
            dispatcher
                .dispatch(&self.repository.id(), observed, by)
                .await?;
        }
        Ok(())
    }

    /// A tag that was not seen yet is a deployment, then it is told.
    async fn tags(&self, known: &Known) -> Result<(), Unseen> {
        let tags = self.repository.tags(LAST).await.map_err(Unseen::because)?;
        let is_new =
            |tagged: &Tagged| known.tags.get(&tagged.tag.name) != Some(&tagged.tag.commit_sha);
        let new: Vec<Tagged> = tags.into_iter().filter(is_new).collect();
        for tags in new.chunks(AT_ONCE) {
            for tagged in tags {
                if !known.tags.contains_key(&tagged.tag.name) {
                    self.import(tagged).await?;
                }
            }
            let names = tags
                .iter()
                .flat_map(|one| [one.tag.name.as_str(), one.tag.commit_sha.as_str()]);
            let by = self.about("tags", names);
            let tags = tags.iter().map(|one| one.tag.clone()).collect();
            let dispatcher = &self.app.commands.git;
            let id = self.repository.id();
            dispatcher.dispatch(&id, ObserveTags { tags }, by).await?;
        }
        Ok(())
    }

    async fn import(&self, tagged: &Tagged) -> Result<(), Unseen> {
        let environments = &self.app.config.environments;
        let production = environments.iter().find(|name| *name == ENVIRONMENT);
        let Some(environment) = production.or_else(|| environments.last()) else {
            return Ok(());
        };
        let tenant = TenantId::default_organization();
        let id = environment_id(tenant, environment).to_string();
        let import = ImportDeployment {
            environment: environment.clone(),
            version: tagged.tag.name.clone(),
            commit_sha: tagged.tag.commit_sha.clone(),
            tagged_at: tagged.at,
        };
        let by = of_key(tenant, &[NAME, "import", &id, &tagged.tag.name]);
        self.app
            .commands
            .environments
            .dispatch(&id, import, by)
            .await?;
        Ok(())
    }

    fn about<'a>(&self, what: &str, names: impl Iterator<Item = &'a str>) -> CommandContext {
        let id = self.repository.id();
        let names: Vec<String> = names.map(str::to_owned).collect();
        let mut key = vec![NAME, what, &id];
        key.extend(names.iter().map(String::as_str));
        of_key(TenantId::default_organization(), &key)
    }
}

fn of_key(tenant: TenantId, key: &[&str]) -> CommandContext {
    CommandContext::new(tenant, Actor::system(NAME), Some(CommandId::of_key(key)))
}
