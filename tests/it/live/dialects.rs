//! Dialects B, C and D: flat frames, frames with a payload, one gate.

use std::time::Duration;

use pantheon::auth::Role;
use pantheon::config::WsAnonymous;
use pantheon_events::{Actor, TenantId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::node::{Node, elsewhere, home};
use super::ws::{Client, Heard};

const B: &str = "/api/v1/ws";
const C: &str = "/ws?dialect=c";

/// A stream that is written to.
struct Stream<'a> {
    node: &'a Node,
    tenant: TenantId,
    aggregate: &'static str,
    id: String,
    sequence: i64,
}

impl<'a> Stream<'a> {
    fn new(node: &'a Node, tenant: TenantId, aggregate: &'static str) -> Self {
        let id = Uuid::now_v7().to_string();
        Self {
            node,
            tenant,
            aggregate,
            id,
            sequence: 0,
        }
    }

    async fn append(&mut self, event: &'static str, payload: Value) -> String {
        let place = (self.aggregate, self.id.as_str(), self.sequence);
        let actor = Actor::agent("codegen");
        let appended = self
            .node
            .append_as(actor, self.tenant, place, event, payload);
        self.sequence += 1;
        appended.await.position.to_string()
    }
}

fn subject() -> Value {
    json!({ "repository_id": "0198c7a0-0000-7000-8000-0000000000aa", "issue_number": 7,
        "agent_type": "codegen", "at": "2026-01-31T12:00:00Z" })
}

fn about(more: Value) -> Value {
    let mut all = subject();
    for (name, value) in more.as_object().expect("fields") {
        all[name] = value.clone();
    }
    all
}

fn line(message: &str) -> Value {
    about(json!({ "entries": [{ "log_level": "INFO", "message": message }] }))
}

async fn connect(node: &Node, path: &str) -> Client {
    let client = Client::connect(node, path, Some(&node.admin())).await;
    client.expect("admitted")
}

#[tokio::test]
async fn con_80_dialect_b_says_hello_and_then_every_frame_from_its_cause() {
    let node = Node::start().await;
    let mut client = connect(&node, B).await;
    let hello = client.frame().await;
    assert_eq!(
        (&hello["type"], &hello["message"]),
        (&json!("notification"), &json!("Connected"))
    );
    assert!(hello["timestamp"].is_string());
    let mut foreign = Stream::new(&node, elsewhere(), "agent_execution");
    foreign.append("agent_execution_started", subject()).await;
    let mut run = Stream::new(&node, home(), "agent_execution");
    run.append("agent_execution_started", subject()).await;
    let at = run
        .append(
            "agent_execution_progressed",
            about(json!({ "progress": 40, "message": "on it" })),
        )
        .await;
    run.append("agent_execution_log_appended", line("hello"))
        .await;
    run.append(
        "agent_execution_completed",
        about(json!({ "quality_score": 91.0, "pr_number": 8 })),
    )
    .await;
    Stream::new(&node, home(), "task")
        .append("task_created", json!({ "name": "n" }))
        .await;
    Stream::new(&node, home(), "agent")
        .append(
            "agent_status_changed",
            json!({ "new_status": "active", "agent_type": "codegen" }),
        )
        .await;
    Stream::new(&node, home(), "environment")
        .append(
            "deployment_started",
            json!({ "deployment_id": "d", "environment": "staging", "version": "v1" }),
        )
        .await;
    Stream::new(&node, home(), "system_alert")
        .append(
            "system_alert_raised",
            json!({ "severity": "warning", "title": "lost" }),
        )
        .await;
    let mut heard = Vec::new();
    while heard.len() < 13 {
        heard.push(client.frame().await);
    }
    let types: Vec<_> = heard
        .iter()
        .map(|frame| frame["type"].as_str().expect("a type"))
        .collect();
    assert_eq!(
        types,
        [
            "execution_started",
            "agent_started",
            "execution_progress",
            "agent_progress",
            "execution_log",
            "log_entry",
            "execution_completed",
            "agent_completed",
            "pr_update",
            "task_updated",
            "agent_status",
            "deployment_update",
            "notification"
        ]
    );
    assert_eq!(
        heard[2],
        json!({ "type": "execution_progress", "execution_id": run.id, "progress": 40, "message": "on it",
            "timestamp": heard[2]["timestamp"], "position": at })
    );
    assert_eq!(heard[5]["source"], "execution");
    assert_eq!(
        heard[7]["result"],
        json!({ "success": true, "quality_score": 91.0, "pr_number": 8, "error": null })
    );
    // Who keeps the position goes on from there.
    let mut again = connect(&node, &format!("{B}?after={at}")).await;
    assert_eq!(again.frame().await["type"], "notification");
    assert_eq!(again.frame().await["type"], "execution_log");
    // Executions only.
    let mut only = connect(&node, &format!("{B}?events=true&after=0")).await;
    let expected = [
        "execution_started",
        "execution_progress",
        "execution_log",
        "execution_completed",
    ];
    for kind in expected {
        assert_eq!(only.frame().await["type"], kind);
    }
}

#[tokio::test]
async fn con_80_one_execution_is_told_from_its_first_line_to_its_end() {
    let node = Node::start().await;
    let mut run = Stream::new(&node, home(), "agent_execution");
    run.append("agent_execution_started", subject()).await;
    run.append("agent_execution_log_appended", line("before"))
        .await;
    let path = format!("{B}?execution_id={}", run.id);
    let mut client = connect(&node, &path).await;
    let first = client.frame().await;
    assert!(first.get("type").is_none(), "{first}");
    assert_eq!(
        (
            &first["message"],
            &first["log_level"],
            &first["execution_id"]
        ),
        (&json!("before"), &json!("INFO"), &json!(run.id))
    );
    assert!(
        first["id"].as_str().is_some_and(|id| id.ends_with(":0")) && first["timestamp"].is_string()
    );
    run.append("agent_execution_log_appended", line("while"))
        .await;
    assert_eq!(client.frame().await["message"], "while");
    run.append("agent_execution_failed", about(json!({ "error": "no" })))
        .await;
    let last = client.frame().await;
    assert_eq!(
        (&last["type"], &last["status"]),
        (&json!("execution_complete"), &json!("failed"))
    );
    assert_eq!(client.hear().await, Heard::Closed(1000));
    // Over: told whole, and closed.
    let mut late = connect(&node, &path).await;
    for expected in [json!("before"), json!("while"), Value::Null] {
        assert_eq!(late.frame().await["message"], expected);
    }
    assert_eq!(late.hear().await, Heard::Closed(1000));
    // Unknown and foreign ones are nothing.
    let stranger = node.token("root", elsewhere(), Role::Admin);
    for (path, token) in [
        (format!("{B}?execution_id={}", Uuid::now_v7()), node.admin()),
        (format!("{B}?execution_id=x"), node.admin()),
        (path, stranger),
    ] {
        let refused = Client::connect(&node, &path, Some(&token)).await;
        assert_eq!(refused.err(), Some(404), "{path}");
    }
}

#[tokio::test]
async fn con_80_nobody_anonymous_reads_logs_or_names_on_dialect_b() {
    let node = Node::start_with(|config| config.anonymous = WsAnonymous::Loopback).await;
    let mut client = Client::connect(&node, B, None).await.expect("a socket");
    assert_eq!(client.frame().await["message"], "Connected");
    let mut run = Stream::new(&node, home(), "agent_execution");
    run.append("agent_execution_log_appended", line("secret"))
        .await;
    run.append(
        "agent_execution_failed",
        about(json!({ "error": "secret" })),
    )
    .await;
    let failed = client.frame().await;
    assert_eq!(
        (&failed["type"], &failed["error"]),
        (&json!("execution_failed"), &json!("failed"))
    );
    let token = Client::connect(&node, &format!("{B}?token={}", node.admin()), None).await;
    assert_eq!(
        token.err(),
        Some(401),
        "an access token in the address is none"
    );
}

#[tokio::test]
async fn con_81_dialect_c_signs_in_in_band_listens_to_what_it_asks_for_and_has_a_heartbeat() {
    let node =
        Node::start_with(|config| config.console_heartbeat = Duration::from_millis(100)).await;
    let mut client = Client::connect(&node, C, None).await.expect("a socket");
    client.say_text("not json".to_owned()).await;
    let early = client.frame().await;
    assert_eq!(
        (&early["type"], &early["payload"]["code"]),
        (&json!("error"), &json!("unauthenticated"))
    );
    client
        .say(json!({ "type": "auth", "payload": { "token": node.admin() } }))
        .await;
    assert_eq!(
        client.frame().await,
        json!({ "type": "auth_success", "payload": { "userId": "root", "username": "root" } })
    );
    let beat = client.frame_of("heartbeat").await;
    let status = &beat["payload"]["serverStatus"];
    assert_eq!(
        (
            &status["activeExecutions"],
            &status["queuedExecutions"],
            &status["memoryUsage"]
        ),
        (&json!(1), &json!(2), &json!(42.0))
    );
    assert!(
        status["uptime"].is_i64() && beat["payload"]["timestamp"].is_string(),
        "{beat}"
    );
    client
        .say(json!({ "type": "ping", "payload": { "id": 5 } }))
        .await;
    assert_eq!(client.frame_of("pong").await["payload"], json!({ "id": 5 }));
    for bad in [
        json!({ "type": "dance" }),
        json!({ "type": "subscribe", "payload": {} }),
    ] {
        client.say(bad).await;
        assert_eq!(
            client.frame_of("error").await["payload"]["code"],
            "malformed_request"
        );
    }

    let (mut one, mut other) = (
        Stream::new(&node, home(), "agent_execution"),
        Stream::new(&node, home(), "agent_execution"),
    );
    other.append("agent_execution_started", subject()).await;
    assert_eq!(
        client.frame_of("agent.started").await["payload"]["executionId"],
        json!(other.id)
    );
    client
        .say(json!({ "type": "subscribe", "payload": { "executionId": one.id } }))
        .await;
    // What it says afterwards is answered in order, so the subscription counts by then.
    client
        .say(json!({ "type": "ping", "payload": { "id": 6 } }))
        .await;
    client.frame_of("pong").await;
    other
        .append(
            "agent_execution_progressed",
            about(json!({ "progress": 1 })),
        )
        .await;
    one.append("agent_execution_started", subject()).await;
    one.append(
        "agent_execution_progressed",
        about(json!({ "progress": 9, "message": "m" })),
    )
    .await;
    one.append("agent_execution_log_appended", line("hello"))
        .await;
    one.append(
        "agent_execution_completed",
        about(json!({ "quality_score": 80.0 })),
    )
    .await;
    Stream::new(&node, home(), "plan")
        .append("plan_started", json!({ "workflow_id": "w" }))
        .await;
    let mut heard = Vec::new();
    while heard.len() < 5 {
        let frame = client.frame().await;
        if frame["type"] != "heartbeat" {
            heard.push(frame);
        }
    }
    let types: Vec<_> = heard
        .iter()
        .map(|frame| frame["type"].as_str().expect("a type"))
        .collect();
    assert_eq!(
        types,
        [
            "agent.started",
            "agent.progress",
            "agent.log",
            "agent.completed",
            "workflow.started"
        ]
    );
    assert_eq!(
        heard[1]["payload"],
        json!({ "executionId": one.id, "progress": 9, "message": "m", "step": null })
    );
    client
        .say(json!({ "type": "unsubscribe", "payload": { "executionId": one.id } }))
        .await;
    client
        .say(json!({ "type": "ping", "payload": { "id": 7 } }))
        .await;
    client.frame_of("pong").await;
    other
        .append(
            "agent_execution_failed",
            about(json!({ "error": "it timed out" })),
        )
        .await;
    let failed = client.frame_of("agent.failed").await;
    assert_eq!(failed["payload"]["errorCode"], "timeout");

    let mut forger = Client::connect(&node, C, None).await.expect("a socket");
    forger
        .say(json!({ "type": "auth", "payload": { "token": "forged" } }))
        .await;
    assert_eq!(forger.frame().await["type"], "error");
    assert_eq!(forger.hear().await, Heard::Closed(4501));
}

#[tokio::test]
async fn con_82_a_gate_is_told_how_far_it_is_and_how_it_ends() {
    let node = Node::start().await;
    let mut gate = Stream::new(&node, home(), "approval");
    let stage = json!({ "name": "gate", "required": 2, "timeout_seconds": 86400,
        "on_timeout": "expire",
        "approvers": { "roles": [], "user_ids": ["ann", "bob"] } });
    let requested = |kind: &str, id: &str| {
        json!({ "approval_id": id, "subject": { "resource_type": kind, "resource_id": Uuid::now_v7() },
            "requester_id": "root", "context": {}, "stages": [stage], "channels": [],
            "distinct_across_stages": false, "expires_at": "2026-02-01T12:00:00Z",
            "stage": 0, "granted": 0, "required": 2 })
    };
    let subject = json!({ "resource_type": "workflow_gate", "resource_id": Uuid::now_v7() });
    let asked = requested("workflow_gate", &gate.id);
    gate.append("approval_requested", asked).await;
    let path = format!("/api/approvals/{}/stream", gate.id);
    let mut client = connect(&node, &path).await;
    let update = |count: u32| {
        json!({ "type": "approval_update", "approval_id": gate.id, "status": "pending",
            "approval_count": count, "required_count": 2 })
    };
    assert_eq!(client.frame().await, update(0));
    let opened = json!({ "approval_id": gate.id, "stage": 0, "name": "gate", "granted": 0,
        "approvers": { "roles": [], "user_ids": ["ann", "bob"] }, "required": 2,
        "deadline": "2026-02-01T12:00:00Z", "remind_at": "2026-02-01T00:00:00Z" });
    let yes = json!({ "user_id": "ann", "decision": "approve", "conditions": [],
        "decided_at": "2026-01-31T12:00:01Z" });
    let granted =
        json!({ "approval_id": gate.id, "stage": 0, "granted": 1, "required": 2, "decision": yes });
    let ended = json!({ "approval_id": gate.id, "subject": subject, "stage": 0, "granted": 1,
        "required": 2 });
    let expected = update(1);
    gate.append("approval_stage_opened", opened).await;
    gate.append("approval_granted", granted).await;
    let mut told = client.frame().await;
    assert!(told["position"].take().is_string());
    told.as_object_mut().expect("an object").remove("position");
    assert_eq!(told, expected);
    gate.append("approval_expired", ended).await;
    let done = client.frame().await;
    assert_eq!(
        (&done["type"], &done["status"]),
        (&json!("approval_completed"), &json!("timed_out"))
    );
    assert_eq!(client.hear().await, Heard::Closed(1000));
    let mut late = connect(&node, &path).await;
    assert_eq!(late.frame().await["approval_count"], 1);
    assert_eq!(late.frame().await["type"], "approval_completed");
    assert_eq!(late.hear().await, Heard::Closed(1000));

    let mut order = Stream::new(&node, home(), "approval");
    let other = requested("release", &order.id);
    order.append("approval_requested", other).await;
    let stranger = node.token("root", elsewhere(), Role::Admin);
    for (id, token) in [(&order.id, node.admin()), (&gate.id, stranger)] {
        let path = format!("/api/approvals/{id}/stream");
        let refused = Client::connect(&node, &path, Some(&token)).await;
        assert_eq!(refused.err(), Some(404), "{path}");
    }
    // Who signs in by the first frame is told the same.
    let path = format!("/api/approvals/{}/stream", order.id);
    let mut known = Client::connect(&node, &path, None).await.expect("a socket");
    known
        .say(json!({ "type": "auth", "token": node.admin() }))
        .await;
    assert_eq!(known.frame().await["type"], "error");
    assert_eq!(known.hear().await, Heard::Closed(4503));
}
