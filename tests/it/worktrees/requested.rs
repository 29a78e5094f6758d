//! CON-41: worktrees are asked for, made with git, occupied and removed.

use std::path::Path;

use pantheon::auth::Role;
use pantheon_events::worktrees::{
    CompleteWorktree, OccupyWorktree, WorktreeCommand, is_branch, worktree_id,
};
use pantheon_events::{Actor, CommandContext};
use pantheon_harness::eventually;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::words::{PATIENCE, Repository, run};
use crate::world::{World, answer, refused, reply};

fn ask(world: &World, body: Value) -> RequestBuilder {
    world.request(Method::POST, "/worktrees").json(&body)
}

/// What an execution's process says of a worktree.
async fn says(world: &World, branch: &str, command: impl Into<WorktreeCommand>) {
    let by = CommandContext::new(world.tenant, Actor::policy("execution_flow"), None);
    let id = worktree_id(world.tenant, branch).to_string();
    let worktrees = &world.node.app().commands.worktrees;
    worktrees
        .dispatch(&id, command, by)
        .await
        .expect("it is taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn con_41_a_worktree_is_made_with_git_and_goes_with_it() {
    let repository = Repository::new();
    repository.commit("feat: one");
    let world = World::with(&[repository.setting()]).await;
    let wanted = json!({ "branch": "fix/1", "issue_number": 1 });
    let made = reply(ask(&world, wanted.clone())).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let id = made.body["id"].as_str().expect("an id").to_owned();
    assert_eq!(made.headers["location"], format!("/api/v1/worktrees/{id}"));
    for (field, value) in [
        ("branch", json!("fix/1")),
        ("base_branch", json!("main")),
        ("status", json!("Idle")),
        ("issue_number", json!(1)),
    ] {
        assert_eq!(made.body[field], value, "{}", made.body);
    }
    let path = made.body["path"].as_str().expect("a path").to_owned();
    let is_there = async |wanted: bool| {
        eventually(PATIENCE, async || {
            let listed = repository.git(&["worktree", "list", "--porcelain"]);
            match listed.contains(&path) == wanted && Path::new(&path).exists() == wanted {
                true => Ok(()),
                false => Err(listed),
            }
        })
        .await;
    };
    is_there(true).await;
    assert_eq!(
        repository.git(&["rev-parse", "fix/1"]),
        repository.git(&["rev-parse", "main"])
    );

    // §1.1: the console repeats blindly.
    let again = reply(ask(
        &world,
        json!({ "branch": "fix/1", "base_branch": "main", "issue_number": 1 }),
    ));
    let again = again.await;
    assert_eq!(
        (again.status.as_u16(), &again.body["id"]),
        (200, &json!(id)),
        "{}",
        again.body
    );
    refused(
        ask(&world, json!({ "branch": "fix/1" })),
        409,
        "already_exists",
    )
    .await;

    // An execution works in it, and it is not taken from under its hands.
    let occupy = OccupyWorktree {
        agent_type: "codegen".to_owned(),
        execution_id: None,
        issue_number: None,
    };
    says(&world, "fix/1", occupy.clone()).await;
    let active = world.current("/worktrees?status=Active").await;
    assert_eq!(active["total"], 1, "{active}");
    assert_eq!(
        active["worktrees"][0]["agent_type"], "CodeGenAgent",
        "{active}"
    );
    let remove = |query: &str| world.request(Method::DELETE, &format!("/worktrees/{id}{query}"));
    refused(remove(""), 422, "worktree_in_use").await;
    says(&world, "fix/1", CompleteWorktree::default()).await;
    world
        .worktree("fix/1", |one| {
            one.is_some_and(|one| one["status"] == "Completed")
        })
        .await;
    says(&world, "fix/1", occupy).await;
    std::fs::write(Path::new(&path).join("unsaved"), "work").expect("a file");
    for _ in 0..2 {
        let removed = reply(remove("?force=true")).await;
        assert_eq!(removed.status, 200, "{}", removed.body);
        assert!(removed.body["message"].is_string(), "{}", removed.body);
    }
    assert_eq!(
        world.current("/worktrees").await,
        json!({ "worktrees": [], "total": 0 })
    );
    is_there(false).await;

    // The branch stays, and gets another worktree without what lay in the first.
    assert_eq!(reply(ask(&world, wanted)).await.status, 201);
    is_there(true).await;
    assert!(!Path::new(&path).join("unsaved").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn con_41_what_cannot_be_made_is_refused_or_says_what_git_said() {
    let repository = Repository::new();
    repository.commit("feat: one");
    let world = World::with(&[repository.setting()]).await;
    let names = [
        "main",
        "a/b",
        "übung",
        "a.b",
        "-b",
        "--force",
        "",
        ".a",
        "a.",
        "a..b",
        "a b",
        "a~1",
        "a^",
        "a:b",
        "a?",
        "a*",
        "a[",
        "a\\b",
        "/a",
        "a/",
        "a//b",
        "a.lock",
        "a.lock/b",
        "a/.b",
        "@",
        "@{-1}",
        "a@{b",
        "HEAD",
        "a\tb",
        "a\u{7f}b",
        "a@b",
        "a-",
        "refs/heads/x",
    ];
    for name in names {
        let git = run(&repository.dir, &["check-ref-format", "--branch", name]);
        // Git takes these for expressions, which depend on where one is.
        let expands = name == "@" || name.starts_with("@{");
        assert_eq!(
            is_branch(name),
            git.status.success() && !expands,
            "{name:?}"
        );
    }
    for bad in [
        "--upload-pack=touch /tmp/x",
        "-f",
        "../../x",
        "a..b",
        &"x".repeat(201),
    ] {
        for body in [
            json!({ "branch": bad }),
            json!({ "branch": "a", "base_branch": bad }),
        ] {
            refused(ask(&world, body), 422, "branch_invalid").await;
        }
    }
    let body = json!({ "branch": "a", "path": "/etc" });
    assert_eq!(
        answer(ask(&world, body)).await.0,
        400,
        "where it lies is nobody's to say"
    );
    let (status, made) = answer(ask(
        &world,
        json!({ "branch": "a", "base_branch": "nowhere" }),
    ))
    .await;
    assert_eq!(
        (status.as_u16(), &made["status"]),
        (201, &json!("Idle")),
        "{made}"
    );
    world
        .worktree("a", |one| {
            let says = one
                .and_then(|one| one["error"].as_str())
                .unwrap_or_default();
            one.is_some_and(|one| one["status"] == "Error") && says.contains("nowhere")
        })
        .await;

    let viewer = world.role(Role::Viewer);
    let body = json!({ "branch": "b" });
    let denied = world
        .request_as(&viewer, Method::POST, "/worktrees")
        .json(&body);
    refused(denied, 403, "forbidden").await;
    assert_eq!(
        answer(world.request_as(&viewer, Method::GET, "/worktrees"))
            .await
            .1["total"],
        1
    );
    // Others do not reach the repository until the operator says so; then they have their own.
    let stranger = world.stranger();
    let theirs = || {
        world
            .request_as(&stranger, Method::POST, "/worktrees")
            .json(&body)
    };
    refused(theirs(), 422, "feature_disabled").await;
    let nothing = json!({ "worktrees": [], "total": 0 });
    assert_eq!(
        answer(world.request_as(&stranger, Method::GET, "/worktrees"))
            .await
            .1,
        nothing
    );
    let id = made["id"].as_str().expect("an id");
    let foreign = world.request_as(&stranger, Method::DELETE, &format!("/worktrees/{id}"));
    refused(foreign, 404, "not_found").await;
    world.organization("elsewhere").await;
    assert_eq!(answer(theirs()).await.0, 201);
    assert_eq!(
        world.current("/worktrees").await["total"],
        1,
        "it is not ours"
    );
}

#[tokio::test]
async fn con_41_without_a_repository_there_are_no_worktrees() {
    let world = World::new().await;
    refused(
        ask(&world, json!({ "branch": "a" })),
        422,
        "git_not_configured",
    )
    .await;
    assert_eq!(
        world.current("/worktrees").await,
        json!({ "worktrees": [], "total": 0 })
    );
    for bad in ["/worktrees?status=asleep", "/worktrees?limit=1001"] {
        refused(world.request(Method::GET, bad), 400, "malformed_request").await;
    }
}
