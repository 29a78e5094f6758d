//! CON-40: what is in the repository appears: commits, tags as deployments, worktrees.

use pantheon_harness::eventually;
use reqwest::Method;
use serde_json::{Value, json};

use super::words::{PATIENCE, Repository};
use crate::world::{World, refused};

/// What was told of the repository: kind and data.
async fn told(world: &World, repository: &Repository) -> Vec<(String, Value)> {
    let path = repository.dir.display().to_string();
    let id = pantheon_events::worktrees::git_id(&path).to_string();
    world.events("git", &id).await
}

/// Once there are so many.
async fn so_many(world: &World, repository: &Repository, count: usize) -> Vec<(String, Value)> {
    eventually(PATIENCE, async || {
        world.look().await;
        let told = told(world, repository).await;
        match told.len() == count {
            true => Ok(told),
            false => Err(format!("{told:?}")),
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn con_40_commits_tags_and_worktrees_of_the_repository_appear_once() {
    let repository = Repository::new();
    let first = repository.commit("feat: one\n\nThe body stays where it is.");
    repository.git(&["tag", "v1.0.0"]);
    let second = repository.commit("fix: two");
    repository.git(&["tag", "-a", "v1.1.0", "-m", "a tag of its own"]);
    let outside = repository.beside("outside");
    repository.git(&["worktree", "add", "--quiet", "-b", "by-hand", &outside]);
    let world = World::with(&[repository.setting()]).await;

    let seen = so_many(&world, &repository, 4).await;
    let commits: Vec<_> = seen
        .iter()
        .filter(|(kind, _)| kind == "commit_observed")
        .collect();
    assert_eq!(
        commits[0].1["commit_sha"], first,
        "the oldest first: {commits:?}"
    );
    assert_eq!(commits[0].1["subject"], "feat: one");
    assert_eq!(commits[1].1["commit_sha"], second);
    assert!(!format!("{seen:?}").contains("canary"), "{seen:?}");
    let tags: Vec<_> = seen
        .iter()
        .filter(|(kind, _)| kind == "tag_observed")
        .collect();
    let tag = json!({ "name": "v1.1.0", "commit_sha": second });
    assert!(tags.iter().any(|(_, told)| *told == tag), "{tags:?}");

    let deployments = world.current("/deployments?environment=production").await;
    let versions: Vec<_> = deployments
        .as_array()
        .expect("a bare array")
        .iter()
        .map(|one| {
            let text = |field: &str| one[field].as_str().expect("text").to_owned();
            assert_eq!(one["rollback_available"], false, "{one}");
            (
                text("version"),
                text("deployment_type"),
                text("status"),
                text("commit_sha"),
            )
        })
        .collect();
    let of = |version: &str, sha: &str| {
        (
            version.to_owned(),
            "tag".to_owned(),
            "success".to_owned(),
            sha.to_owned(),
        )
    };
    assert_eq!(versions.len(), 2, "{deployments}");
    for expected in [of("v1.0.0", &first), of("v1.1.0", &second)] {
        assert!(versions.contains(&expected), "{deployments}");
    }

    // What others made is shown, and theirs to remove.
    world
        .worktree("by-hand", |one| {
            one.is_some_and(|one| one["path"] == outside)
        })
        .await;
    let list = world.current("/worktrees").await;
    assert_eq!(list["total"], 1, "the repository itself is none: {list}");
    let id = list["worktrees"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let remove = world.request(Method::DELETE, &format!("/worktrees/{id}?force=true"));
    refused(remove, 422, "worktree_in_use").await;
    repository.git(&["worktree", "remove", &outside]);
    eventually(PATIENCE, async || {
        world.look().await;
        world.current("/worktrees").await["total"] == 0
    })
    .await;

    // Another node, another look: nothing is told twice, and what is new is told.
    let world = world.restarted().await;
    let third = repository.commit("feat: three");
    let seen = so_many(&world, &repository, 5).await;
    assert_eq!(seen[4].1["commit_sha"], third, "{seen:?}");
    let events = world
        .events("environment", &world.environment("production"))
        .await;
    let kinds: Vec<_> = events.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["deployment_imported", "deployment_imported"]);
}
