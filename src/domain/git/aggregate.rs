//! One observed repository: each commit and each place of a tag is told once.

use std::collections::{BTreeMap, VecDeque};

use pantheon_events::worktrees::{
    CommitObserved, GitCommand as Command, GitEvent as Event, ObserveCommits, ObserveTags,
    TagObserved,
};
use serde::{Deserialize, Serialize};

use super::GitError;
use crate::aggregate;
use crate::domain::Asked;

/// The observer tells of the last 1000 commits; twice as many are told from new ones.
const REMEMBERED: usize = 2_000;

/// A repository's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Git {
    /// The commits that were told last, oldest first.
    pub commits: VecDeque<String>,
    /// Every tag and its commit.
    pub tags: BTreeMap<String, String>,
}

impl Git {
    fn decide(&self, asked: &Asked<Command>) -> Result<Vec<Event>, GitError> {
        Ok(match &asked.command {
            Command::ObserveCommits(seen) => self.new_commits(seen),
            Command::ObserveTags(seen) => self.new_tags(seen),
        })
    }

    fn new_commits(&self, seen: &ObserveCommits) -> Vec<Event> {
        let new = seen.commits.iter();
        let new = new.filter(|commit| !self.commits.contains(&commit.commit_sha));
        let told = new.map(|commit| CommitObserved {
            commit_sha: commit.commit_sha.clone(),
            subject: commit.subject.clone(),
            committed_at: commit.committed_at,
        });
        told.map(Event::from).collect()
    }

    fn new_tags(&self, seen: &ObserveTags) -> Vec<Event> {
        let new = seen.tags.iter();
        let new = new.filter(|tag| self.tags.get(&tag.name) != Some(&tag.commit_sha));
        let told = new.map(|tag| TagObserved {
            name: tag.name.clone(),
            commit_sha: tag.commit_sha.clone(),
        });
        told.map(Event::from).collect()
    }

    fn evolve(&mut self, event: Event) {
        match event {
            Event::CommitObserved(commit) => {
                self.commits.push_back(commit.commit_sha);
                if self.commits.len() > REMEMBERED {
                    self.commits.pop_front();
                }
            }
            Event::TagObserved(tag) => {
                self.tags.insert(tag.name, tag.commit_sha);
            }
        }
    }

    fn valid_id(id: &str) -> bool {
        crate::domain::is_plain_uuid(id)
    }
}

aggregate!(Git: Command => Event, GitError);

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::DateTime;
    use cqrs_es::test::TestFramework;
    use pantheon_events::worktrees::{Commit, Tag, git_id};
    use pantheon_events::{Actor, CommandContext, TenantId};

    use super::*;

    async fn told(before: Vec<Event>, command: impl Into<Command>, expected: Vec<Event>) {
        let by = CommandContext::new(TenantId::default_organization(), Actor::system("git"), None);
        let asked = Asked {
            command: command.into(),
            id: Arc::from(git_id("/srv/repository").to_string()),
            by: Arc::new(by),
            at: DateTime::UNIX_EPOCH,
        };
        TestFramework::<Git>::with(())
            .given(before)
            .when_async(asked)
            .await
            .then_expect_events(expected);
    }

    fn commit(sha: &str) -> Commit {
        Commit {
            commit_sha: sha.to_owned(),
            subject: "a change".to_owned(),
            committed_at: DateTime::UNIX_EPOCH,
        }
    }

    fn observed(sha: &str) -> Event {
        CommitObserved {
            commit_sha: sha.to_owned(),
            subject: "a change".to_owned(),
            committed_at: DateTime::UNIX_EPOCH,
        }
        .into()
    }

    #[tokio::test]
    async fn a_commit_is_told_once() {
        let seen = ObserveCommits {
            commits: vec![commit("1111111"), commit("2222222")],
        };
        told(vec![observed("1111111")], seen, vec![observed("2222222")]).await;
    }

    #[tokio::test]
    async fn a_tag_is_told_again_when_it_has_moved() {
        let tag = |sha: &str| Tag {
            name: "v1".to_owned(),
            commit_sha: sha.to_owned(),
        };
        let observed = |sha: &str| -> Event {
            TagObserved {
                name: "v1".to_owned(),
                commit_sha: sha.to_owned(),
            }
            .into()
        };
        let before = || vec![observed("1111111")];
        let seen = |sha| ObserveTags {
            tags: vec![tag(sha)],
        };
        told(before(), seen("1111111"), vec![]).await;
        told(before(), seen("2222222"), vec![observed("2222222")]).await;
    }
}
