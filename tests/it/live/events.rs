//! `GET /api/v1/events…` and `GET /api/v1/streams…`.

use std::sync::Arc;
use std::time::Duration;

use pantheon::auth::Role;
use pantheon_events::{Actor, CommandId, Metadata, TenantId};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use super::node::{Node, elsewhere, home};

async fn get(node: &Node, path: &str) -> Response {
    let url = format!("http://{}/api/v1{path}", node.address);
    let request = reqwest::Client::new().get(url).bearer_auth(node.admin());
    request.send().await.expect("an answer")
}

async fn body(node: &Node, path: &str) -> Value {
    let answer = get(node, path).await;
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.json().await.expect("JSON")
}

fn positions(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().expect("items").iter();
    items.filter_map(|item| item["position"].as_str()).collect()
}

#[tokio::test]
async fn the_log_is_read_page_by_page_without_foreign_events() {
    let node = Node::start().await;
    for n in 0..6 {
        let tenant = if n == 2 { elsewhere() } else { home() };
        node.append(tenant, "task", "task_created").await;
    }
    let first = body(&node, "/events?limit=3").await;
    assert_eq!(
        (positions(&first), &first["position"]),
        (vec!["1", "2", "4"], &json!("4"))
    );
    let cursor = first["next_cursor"].as_str().expect("more");
    let second = body(&node, &format!("/events?limit=3&cursor={cursor}")).await;
    assert_eq!(
        (positions(&second), &second["next_cursor"]),
        (vec!["5", "6"], &Value::Null)
    );
    let typed = body(&node, "/events?type=task_s*").await;
    assert_eq!(
        (positions(&typed), &typed["position"]),
        (vec![], &json!("6"))
    );
    for bad in [
        "?limit=0",
        "?limit=1001",
        "?after=-1",
        "?stream=x",
        "?wait=26",
        "?what=1",
    ] {
        let answer = get(&node, &format!("/events{bad}")).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn those_who_run_the_installation_may_name_another_tenant() {
    let node = Node::start().await;
    node.append(elsewhere(), "task", "task_created").await;
    let path = format!("/events?tenant={}", elsewhere());
    assert_eq!(positions(&body(&node, &path).await), ["1"]);
    let token = node.token("root", home(), Role::Auditor);
    let url = format!("http://{}/api/v1{path}", node.address);
    let answer = reqwest::Client::new()
        .get(url)
        .bearer_auth(token)
        .send()
        .await;
    assert_eq!(answer.expect("an answer").status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_page_never_claims_a_position_that_is_not_there_yet() {
    let node = Node::start().await;
    for _ in 0..3 {
        node.append(home(), "task", "task_created").await;
    }
    for path in [
        "/events?after=9223372036854775807",
        "/events?after=4",
        "/events?after=99&wait=0.1",
        "/events?after=99&type=task_started",
    ] {
        let answer = get(&node, path).await;
        assert_eq!(answer.headers()["pantheon-position"], "3", "{path}");
        assert_eq!(answer.headers()["etag"], "W/\"3\"", "{path}");
        let page: Value = answer.json().await.expect("JSON");
        let expected = json!({ "items": [], "next_cursor": null, "position": "3" });
        assert_eq!(page, expected, "{path}");
    }
}

#[tokio::test]
async fn the_whole_log_is_seen_by_the_operators_of_the_installation_alone() {
    let node = Node::start().await;
    node.append(home(), "task", "task_created").await;
    node.append(elsewhere(), "task", "task_created").await;
    node.append(home(), "something_new", "thing_happened").await;
    let whole = body(&node, "/events?tenant=*").await;
    assert_eq!(positions(&whole), ["1", "2", "3"]);
    for (tenant, role) in [
        (elsewhere(), Role::Admin),
        (home(), Role::Auditor),
        (home(), Role::Developer),
    ] {
        let token = node.token("root", tenant, role);
        for whose in ["*".to_owned(), TenantId::of_slug("third").to_string()] {
            let url = format!("http://{}/api/v1/events?tenant={whose}", node.address);
            let request = reqwest::Client::new().get(url).bearer_auth(&token);
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{role} {whose}");
        }
    }
    let answer = get(&node, "/events?tenant=what").await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_long_poll_answers_as_soon_as_something_happens() {
    let node = Arc::new(Node::start().await);
    let waiting = tokio::spawn({
        let node = Arc::clone(&node);
        async move { body(&node, "/events?wait=10&type=task_created").await }
    });
    node.append(home(), "agent", "agent_registered").await;
    node.append(home(), "task", "task_created").await;
    let page = tokio::time::timeout(Duration::from_secs(5), waiting).await;
    assert_eq!(
        positions(&page.expect("well before 10 s").expect("an answer")),
        ["2"]
    );
}

#[tokio::test]
async fn the_log_comes_as_lines_to_those_who_ask_for_lines() {
    let node = Node::start().await;
    for _ in 0..5 {
        node.append(home(), "task", "task_created").await;
    }
    let url = format!("http://{}/api/v1/events?after=1", node.address);
    let request = reqwest::Client::new().get(url).bearer_auth(node.admin());
    let answer = request
        .header("accept", "application/x-ndjson")
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.headers()["content-type"], "application/x-ndjson");
    assert_eq!(answer.headers()["pantheon-position"], "5");
    let text = answer.text().await.expect("text");
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let positions: Vec<_> = lines
        .iter()
        .filter_map(|line| line["position"].as_str())
        .collect();
    assert_eq!(positions, ["2", "3", "4", "5"]);
}

#[tokio::test]
async fn one_event_is_found_by_position_and_by_id_and_a_foreign_one_is_missing() {
    let node = Node::start().await;
    node.append(home(), "task", "task_created").await;
    node.append(elsewhere(), "task", "task_created").await;
    let by_position = body(&node, "/events/1").await;
    let id = by_position["id"].as_str().expect("an id");
    assert_eq!(body(&node, &format!("/events/{id}")).await, by_position);
    for missing in ["2", "3", "0", "x", "0192f0c1-0000-7000-8000-000000000000"] {
        let answer = get(&node, &format!("/events/{missing}")).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{missing}");
    }
}

#[tokio::test]
async fn a_stream_is_read_alone_and_folded_as_of_any_moment() {
    let node = Node::start().await;
    for sequence in 0..3 {
        let actor = Actor::human("root");
        node.append_as(
            actor,
            home(),
            ("task", "t-1", sequence),
            "task_updated",
            json!({}),
        )
        .await;
        node.append(home(), "task", "task_created").await;
    }
    let stream = body(&node, "/streams/task/t-1?limit=2").await;
    assert_eq!(positions(&stream), ["1", "3"]);
    let cursor = stream["next_cursor"].as_str().expect("more");
    let rest = body(&node, &format!("/streams/task/t-1?cursor={cursor}")).await;
    assert_eq!(
        (positions(&rest), &rest["next_cursor"]),
        (vec!["5"], &Value::Null)
    );
    assert_eq!(
        positions(&body(&node, "/events?stream=task/t-1&after=1").await),
        ["3", "5"]
    );

    let state = body(&node, "/streams/task/t-1/state").await;
    assert_eq!(
        (&state["sequence"], &state["state"]["events"]),
        (&json!("3"), &json!(3))
    );
    let earlier = body(&node, "/streams/task/t-1/state?as_of=4").await;
    assert_eq!(
        (&earlier["sequence"], &earlier["position"]),
        (&json!("2"), &json!("3"))
    );
    let missing = get(&node, "/streams/task/t-2").await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    assert_eq!(
        get(&node, "/streams/task/t-1/state?as_of=0").await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn one_stream_is_waited_for_and_comes_as_lines_as_the_log_does() {
    let node = Arc::new(Node::start().await);
    let append = async |sequence, kind| {
        let stream = ("task", "t-1", sequence);
        let by = Actor::human("root");
        node.append_as(by, home(), stream, kind, json!({})).await;
        node.append(home(), "task", "task_created").await;
    };
    for sequence in 0..5 {
        append(sequence, "task_updated").await;
    }
    let one = "/events?stream=task/t-1";
    for (after, expected) in [
        (0, vec!["1", "3"]),
        (3, vec!["5", "7"]),
        (6, vec!["7", "9"]),
    ] {
        let page = body(&node, &format!("{one}&limit=2&after={after}")).await;
        assert_eq!(positions(&page), expected, "after {after}");
        assert_eq!(page["next_cursor"].is_string(), after < 6, "after {after}");
    }
    let url = format!("http://{}/api/v1{one}&after=5", node.address);
    let request = reqwest::Client::new().get(url).bearer_auth(node.admin());
    let lines = request
        .header("accept", "application/x-ndjson")
        .send()
        .await;
    let lines = lines.expect("an answer");
    assert_eq!(lines.headers()["content-type"], "application/x-ndjson");
    let lines = lines.text().await.expect("text");
    let found = lines.lines().map(|line| {
        let event: Value = serde_json::from_str(line).expect("a JSON line");
        event["position"].as_str().expect("a position").to_owned()
    });
    assert_eq!(found.collect::<Vec<_>>(), ["7", "9"]);

    let waiting = tokio::spawn({
        let node = Arc::clone(&node);
        async move { body(&node, "/events?stream=task/t-1&after=9&wait=10").await }
    });
    append(5, "task_started").await;
    let page = tokio::time::timeout(Duration::from_secs(5), waiting).await;
    assert_eq!(
        positions(&page.expect("well before 10 s").expect("an answer")),
        ["11"]
    );
}

#[tokio::test]
async fn what_a_caller_may_not_see_takes_no_room_on_a_page_of_a_stream() {
    let node = Node::start().await;
    for sequence in 0..5 {
        let tenant = if sequence < 3 { elsewhere() } else { home() };
        let (by, stream) = (Actor::human("root"), ("task", "t-1", sequence));
        node.append_as(by, tenant, stream, "task_updated", json!({}))
            .await;
    }
    let page = body(&node, "/streams/task/t-1?limit=1").await;
    assert_eq!(positions(&page), ["4"]);
    let cursor = page["next_cursor"].as_str().expect("more");
    let rest = body(&node, &format!("/streams/task/t-1?limit=1&cursor={cursor}")).await;
    assert_eq!(
        (positions(&rest), &rest["next_cursor"]),
        (vec!["5"], &Value::Null)
    );
}

#[tokio::test]
async fn a_trace_shows_what_followed_from_what() {
    let node = Node::start().await;
    let root = CommandId::generate();
    let metadata = Metadata {
        tenant: home(),
        actor: Actor::human("root"),
        correlation_id: root.as_uuid(),
        causation_id: None,
        request_id: None,
        traceparent: None,
    };
    node.commit(
        root,
        &metadata,
        ("task", "t-1", 0),
        "task_created",
        json!({}),
    )
    .await;
    node.append(home(), "task", "task_created").await;
    let step = root.step("reserve");
    node.commit(
        step,
        &metadata,
        ("task", "t-2", 0),
        "task_created",
        json!({}),
    )
    .await;
    let cause = node
        .log
        .event_at(1.to_string().parse().expect("a position"))
        .await;
    let cause = cause.expect("reads").expect("an event");
    let caused = Metadata {
        causation_id: Some(cause.event_id),
        ..metadata.clone()
    };
    let effect = CommandId::generate();
    node.commit(
        effect,
        &caused,
        ("task", "t-1", 1),
        "task_started",
        json!({}),
    )
    .await;

    let trace = body(&node, "/events/4/trace").await;
    assert_eq!(trace["correlation_id"], json!(root));
    let items = trace["items"].as_array().expect("items");
    let at = |node: &Value| node["event"]["position"].as_str().map(str::to_owned);
    assert_eq!(items.iter().filter_map(at).collect::<Vec<_>>(), ["1", "3"]);
    let effects = items[0]["effects"].as_array().expect("effects");
    assert_eq!(effects.iter().filter_map(at).collect::<Vec<_>>(), ["4"]);
}
