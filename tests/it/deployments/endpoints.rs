//! What the endpoints answer (CON-50, CON-51, CON-52).

use std::sync::Arc;

use pantheon::auth::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::words::STAGES;
use crate::approvals::words::{no, refusal};
use crate::world::{World, problem, reply};

#[tokio::test]
async fn a_deployment_is_answered_with_both_field_sets() {
    let world = World::new().await;
    let request = world.request(Method::POST, "/deployments").json(&json!({
        "environment": "staging", "version": "v1.2.0", "commit_sha": "9fceb02", "pr_number": 42,
    }));
    let made = reply(request).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let deployment = made.body;
    let id = deployment["id"].as_str().expect("an id");
    assert_eq!(
        made.headers["location"],
        format!("/api/v1/deployments/{id}")
    );
    let expected = json!({
        "name": "staging v1.2.0", "environment": "staging", "status": "pending",
        "version": "v1.2.0", "deployment_type": "manual", "pr_number": 42, "commit_sha": "9fceb02",
        "deployed_by": crate::world::ADMIN, "started_at": null, "duration_seconds": null,
        "health_check_status": "unknown", "rollback_available": false, "approval_id": null,
    });
    for (field, value) in expected.as_object().expect("fields") {
        assert_eq!(&deployment[field], value, "{field}");
    }
    for unknown in ["completed_at", "outcome"] {
        assert!(deployment.get(unknown).is_none(), "{unknown} is left out");
    }
    let stages = STAGES.map(|name| {
        json!({ "name": name, "status": "pending", "started_at": null, "completed_at": null,
            "duration_seconds": null })
    });
    assert_eq!(deployment["stages"], json!(stages));
    let (status, read) = world.get(&format!("/deployments/{id}")).await;
    assert_eq!((status.as_u16(), &read["name"]), (200, &deployment["name"]));
    let (_, newest) = world
        .post("/deployments", json!({ "environment": "development" }))
        .await;
    assert_eq!(
        (
            &newest["version"],
            &newest["pr_number"],
            &newest["commit_sha"]
        ),
        (&json!("latest"), &Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn the_list_is_a_bare_array_newest_first_with_filters_and_pages() {
    let world = World::new().await;
    let first = world.rolled_out("staging", "v1").await;
    let second = world.deploy("staging", "v2").await;
    let other = world.deploy("development", "v1").await;
    let list = async |query: &str| {
        let list = world.current(&format!("/deployments?{query}")).await;
        let ids = list.as_array().expect("a bare array").iter();
        ids.map(|one| one["id"].as_str().expect("an id").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(list("").await, [&*other, &second, &first]);
    assert_eq!(list("environment=staging").await, [&*second, &first]);
    assert_eq!(list("status=success").await, [&*first]);
    assert_eq!(list("environment=staging&status=pending").await, [&*second]);
    let page = reply(world.request(Method::GET, "/deployments?limit=2")).await;
    let link = page.headers["link"].to_str().expect("text").to_owned();
    let cursor = link.split("cursor=").nth(1).expect("a cursor");
    let end = cursor.find(['>', '&']).expect("an end");
    assert_eq!(
        list(&format!("limit=2&cursor={}", &cursor[..end])).await,
        [&*first]
    );
    for (query, wanted) in [
        ("status=asleep", "malformed_request"),
        ("limit=0", "malformed_request"),
        ("colour=red", "malformed_request"),
        ("cursor=nonsense", "invalid_cursor"),
    ] {
        let refused = refusal(world.get(&format!("/deployments?{query}")).await);
        assert_eq!(refused, no(400, wanted), "{query}");
    }
}

#[tokio::test]
async fn an_unknown_environment_is_refused_at_every_door() {
    let world = World::new().await;
    let data = json!({ "environment": "moon" });
    let refused = refusal(world.post("/deployments", data.clone()).await);
    assert_eq!(refused, no(422, "environment_unknown"));
    let body = json!({ "id": world.environment("moon"), "data": data });
    let path = "/commands/environment/request_deployment";
    assert_eq!(
        refusal(world.post(path, body).await),
        no(422, "environment_unknown")
    );
    let body =
        json!({ "id": world.environment("staging"), "data": { "environment": "production" } });
    assert_eq!(
        refusal(world.post(path, body).await),
        no(422, "validation_failed")
    );
    let own = World::with(&[("PANTHEON_ENVIRONMENTS", "moon,mars")]).await;
    own.deploy("moon", "v1").await;
    let refused = refusal(
        own.post("/deployments", json!({ "environment": "staging" }))
            .await,
    );
    assert_eq!(refused, no(422, "environment_unknown"));
}

#[tokio::test]
async fn bad_bodies_are_refused_and_change_nothing() {
    let world = World::new().await;
    let id = world.deploy("staging", "v1").await;
    world.happens("staging", "deployment_released").await;
    let cancel = format!("/deployments/{id}/cancel");
    for (path, body, status) in [
        ("/deployments", json!({}), 422),
        ("/deployments", json!({ "environment": 7 }), 400),
        (
            "/deployments",
            json!({ "environment": "staging", "force": true }),
            400,
        ),
        (
            "/deployments",
            json!({ "environment": "staging", "pr_number": 0 }),
            422,
        ),
        (
            "/deployments",
            json!({ "environment": "staging", "version": "" }),
            422,
        ),
        (
            "/deployments",
            json!({ "environment": "staging", "version": "v".repeat(256) }),
            422,
        ),
        (&cancel, json!({ "why": "x" }), 400),
        (&cancel, json!({ "reason": "x".repeat(16_385) }), 422),
        ("/deployments/nonsense/cancel", json!({}), 404),
        ("/deployments/nonsense/rollback", json!({}), 404),
    ] {
        let request = world.request(Method::POST, path).json(&body);
        let (got, refused) = problem(request).await;
        assert_eq!(got, status, "{path} {body}: {refused}");
    }
    let events = world.happened("staging").await;
    assert_eq!(events, ["deployment_requested", "deployment_released"]);
}

#[tokio::test]
async fn only_who_may_execute_asks_for_one() {
    let world = World::new().await;
    let body = json!({ "environment": "staging" });
    for role in [Role::Developer, Role::Viewer, Role::Auditor] {
        let token = world.role(role);
        let refused = refusal(world.post_as(&token, "/deployments", body.clone()).await);
        assert_eq!(refused, no(403, "forbidden"), "{role}");
        assert_eq!(world.get_as(&token, "/deployments").await.0, 200, "{role}");
    }
}

#[tokio::test]
async fn the_same_question_within_a_minute_is_the_same_deployment() {
    let world = World::new().await;
    let body = json!({ "environment": "staging", "version": "v1", "commit_sha": "9fceb02" });
    let (_, first) = world.post("/deployments", body.clone()).await;
    let (status, again) = world.post("/deployments", body.clone()).await;
    assert_eq!((status.as_u16(), &again["id"]), (200, &first["id"]));
    let other = json!({ "environment": "staging", "version": "v2" });
    let refused = refusal(world.post("/deployments", other).await);
    assert_eq!(refused, no(422, "deployment_in_progress"));
    let bob = world.person("bob", Role::Admin);
    let refused = refusal(world.post_as(&bob, "/deployments", body.clone()).await);
    assert_eq!(
        refused,
        no(422, "deployment_in_progress"),
        "another principal"
    );
    world.time.pass(61);
    let refused = refusal(world.post("/deployments", body).await);
    assert_eq!(refused, no(422, "deployment_in_progress"), "a minute later");
    let asked = world.happened("staging").await;
    let asked = asked.iter().filter(|kind| *kind == "deployment_requested");
    assert_eq!(asked.count(), 1);
}

#[tokio::test]
async fn g02_a_repeated_question_is_answered_like_the_first_time_after_the_deployment_has_ended() {
    let world = World::new().await;
    let body = json!({ "environment": "staging", "version": "v1" });
    let id = world.deploy("staging", "v1").await;
    let ask = || {
        let request = world.request(Method::POST, "/deployments").json(&body);
        request.header("idempotency-key", "0199aa00-0000-7000-8000-000000000077")
    };
    let first = reply(ask()).await;
    let known = |reply: &crate::world::Reply| (reply.status.as_u16(), reply.body["id"].clone());
    assert_eq!(known(&first), (200, json!(id)));
    let cancel = format!("/deployments/{id}/cancel");
    assert_eq!(world.post(&cancel, json!({})).await.0, 200);
    world.deploy("staging", "v2").await;
    let again = reply(ask()).await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(known(&again), (200, json!(id)));
    assert!(!again.headers.contains_key("location"));
}

#[tokio::test]
async fn a_deployment_is_shown_as_it_was() {
    let world = World::new().await;
    let before = world.head().await;
    let first = world.rolled_out("staging", "v1").await;
    let second = world.rolled_out("staging", "v2").await;
    let (then, was) = (world.head().await, world.deployment(&second).await);
    let rolled = world
        .post(&format!("/deployments/{second}/rollback"), json!({}))
        .await;
    assert_eq!(rolled.0, 201);
    assert_eq!(world.deployment(&second).await["outcome"], "rolled_back");
    let past = async |id: &str, at| world.get(&format!("/deployments/{id}?as_of={at}")).await;
    assert_eq!(past(&second, then).await, (StatusCode::OK, was));
    assert_eq!(past(&first, then).await.1["rollback_available"], false);
    assert_eq!(past(&first, before).await.0, 404);
    let refused = refusal(world.get(&format!("/deployments?as_of={then}")).await);
    assert_eq!(refused, no(400, "malformed_request"));
}

#[tokio::test]
async fn of_racing_triggers_one_runs() {
    let world = Arc::new(World::new().await);
    let beside = Arc::new(world.beside().await);
    let racers: Vec<_> = (0..8)
        .map(|n| {
            let node = Arc::clone(if n % 2 == 0 { &world } else { &beside });
            tokio::spawn(async move {
                let body = json!({ "environment": "staging", "version": format!("v{n}") });
                node.post("/deployments", body).await
            })
        })
        .collect();
    let mut won = 0;
    for racer in racers {
        let (status, body) = racer.await.expect("no panic");
        match status.as_u16() {
            201 => won += 1,
            _ => assert_eq!(refusal((status, body)), no(422, "deployment_in_progress")),
        }
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn the_status_of_a_pipeline_follows_its_newest_deployment() {
    let world = World::new().await;
    let (status, empty) = world.get("/deployments/status").await;
    assert_eq!(status, 200);
    assert_eq!(
        (
            &empty["pipeline_name"],
            &empty["current_stage"],
            &empty["last_deployment"]
        ),
        (&json!("pantheon-production"), &json!("idle"), &Value::Null)
    );
    assert_eq!(empty["stages"].as_array().map(Vec::len), Some(4));
    let id = world.deploy("staging", "v1").await;
    world.happens("staging", "deployment_released").await;
    for (command, data) in [
        ("start_deployment", json!({ "deployment_id": id })),
        (
            "start_stage",
            json!({ "deployment_id": id, "stage": "build" }),
        ),
        (
            "complete_stage",
            json!({ "deployment_id": id, "stage": "build" }),
        ),
        (
            "start_stage",
            json!({ "deployment_id": id, "stage": "test" }),
        ),
    ] {
        let said = world.says("deployment", "staging", command, data).await;
        assert_eq!(said, Ok(()), "{command}");
    }
    let running = world
        .current("/deployments/status?environment=staging")
        .await;
    assert_eq!(
        (&running["pipeline_name"], &running["current_stage"]),
        (&json!("pantheon-staging"), &json!("test"))
    );
    let statuses: Vec<_> = running["stages"]
        .as_array()
        .expect("stages")
        .iter()
        .map(|stage| &stage["status"])
        .collect();
    assert_eq!(statuses, ["completed", "in_progress", "pending", "pending"]);
    assert!(running["stages"][0]["duration_seconds"].is_number());
    let last = &running["last_deployment"];
    assert_eq!(
        (&last["version"], &last["status"], &last["deployed_by"]),
        (&json!("v1"), &json!("running"), &json!(crate::world::ADMIN))
    );
    assert!(last["deployed_at"].is_string());
    let alias = world
        .current("/infrastructure/deployment?environment=staging")
        .await;
    assert_eq!(alias, running);
    let deployment = world.deployment(&id).await;
    assert_eq!(deployment["status"], "running");
    assert_eq!(deployment["stages"], running["stages"]);
    let (status, _) = world
        .post(&format!("/deployments/{id}/cancel"), json!({}))
        .await;
    assert_eq!(status, 200);
    let ended = world
        .current("/deployments/status?environment=staging")
        .await;
    assert_eq!(ended["current_stage"], "idle", "nothing goes on");
    let stopped = &ended["stages"][1];
    assert_eq!(
        (&stopped["name"], &stopped["status"]),
        (&json!("test"), &json!("failed"))
    );
    assert!(stopped["completed_at"].is_string(), "{stopped}");
    assert_eq!(ended["stages"][2]["status"], "pending");
}

#[tokio::test]
async fn a_deployment_s_log_is_read_from_its_beginning_or_its_end() {
    let world = World::new().await;
    let id = world.deploy("staging", "v1").await;
    world.happens("staging", "deployment_released").await;
    for n in 0..3 {
        let entries = json!([{ "level": "INFO", "message": format!("line {n}") },
            { "level": "ERROR", "message": "oh" }]);
        let data = json!({ "deployment_id": id, "entries": entries });
        let said = world.says("deployment", "staging", "append_deployment_log", data);
        assert_eq!(said.await, Ok(()));
    }
    let log = world.current(&format!("/deployments/{id}/logs")).await;
    let log = log.as_array().expect("a bare array");
    assert_eq!(log.len(), 6);
    let expected = json!({ "message": "line 0", "level": "INFO", "source": "deployment",
        "session_id": id, "agent_type": "DeploymentAgent", "agent_id": "deployment" });
    for (field, value) in expected.as_object().expect("fields") {
        assert_eq!(&log[0][field], value, "{field}");
    }
    assert!(
        log[1]["id"].as_str().is_some_and(|id| id.ends_with(":1")),
        "{}",
        log[1]
    );
    assert!(log[0]["timestamp"].is_string());
    let last = world
        .current(&format!("/deployments/{id}/logs?limit=1"))
        .await;
    assert_eq!(last, json!([log[5]]));
    for limit in ["0", "10001", "x"] {
        let path = format!("/deployments/{id}/logs?limit={limit}");
        assert_eq!(
            refusal(world.get(&path).await),
            no(400, "malformed_request")
        );
    }
    let entries = vec![json!({ "level": "INFO", "message": "x" }); 101];
    let data = json!({ "deployment_id": id, "entries": entries });
    let by = pantheon_events::CommandContext::new(
        world.tenant,
        pantheon_events::Actor::agent("deployment"),
        None,
    );
    let commands = &world.node.app().commands;
    let (stream, data) = (world.environment("staging"), data.to_string());
    let many = commands.execute(
        "environment",
        "append_deployment_log",
        &stream,
        data.as_bytes(),
        by,
    );
    assert!(many.await.is_err(), "at most 100 at once");
}
