use anyhow::{Context, Result};
use pantheon::auth::Role;
use pantheon_events::TenantId;
use pantheon_events::agents::CATALOGUE;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::fleet::{Fleet, text};

#[tokio::test(flavor = "multi_thread")]
async fn the_21_are_there_from_the_first_start_on_in_order_and_only_once() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    let at = fleet.node.app().log.database_head().await?;
    let list = fleet.get(&format!("/agents?min_position={at}")).await?;
    let ids: Vec<_> = list
        .as_array()
        .into_iter()
        .flatten()
        .map(|a| a["id"].clone())
        .collect();
    let catalogue: Vec<_> = CATALOGUE.iter().map(|known| json!(known.id)).collect();
    assert_eq!(ids, catalogue);
    let fleet = fleet.restarted().await?;
    for known in CATALOGUE {
        assert_eq!(
            fleet.event_types(known.id).await?,
            ["agent_registered"],
            "{}",
            known.id
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_has_all_the_fields_that_the_console_reads() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    let at = fleet.node.app().log.database_head().await?;
    let agent = fleet
        .get(&format!("/agents/coordinator?min_position={at}"))
        .await?;
    let sequence = agent["sequence"].clone();
    assert!(sequence.is_string(), "{agent}");
    assert_eq!(
        agent,
        json!({
            "sequence": sequence, "id": "coordinator", "name": "Coordinator Agent", "category": "coding", "icon": "🎯",
            "description": "Orchestrates tasks and manages DAG-based workflows",
            "capabilities": ["Task decomposition", "DAG planning", "Parallel execution"],
            "layer": 3, "status": "offline", "uptime": 0,
            "tasks": {"active": 0, "completed": 0, "failed": 0},
            "metrics": {"cpuUsage": 0.0, "memoryUsage": 0.0, "taskCompletionRate": 0.0,
                "averageTaskDuration": 0.0},
            "config": {"maxConcurrentTasks": 3, "timeoutSeconds": 3600, "retryAttempts": 3,
                "enableLogging": true},
            "type": "coordinator", "desired_state": "running", "health": "Unknown",
            "enrolled": false, "last_heartbeat": null, "current_task": null, "last_error": null,
        })
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn enrolled_agents_follow_by_id_and_filters_apply() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    for id in ["zeta", "alpha"] {
        fleet.enrol(id, "CodeGenAgent").await?;
    }
    let list = fleet.get("/agents").await?;
    let ids: Vec<_> = list
        .as_array()
        .into_iter()
        .flatten()
        .map(|a| a["id"].clone())
        .collect();
    assert_eq!(
        (ids.len(), &ids[21], &ids[22]),
        (23, &json!("alpha"), &json!("zeta"))
    );
    let count = async |query: &str| -> Result<usize> {
        Ok(fleet
            .get(&format!("/agents?{query}"))
            .await?
            .as_array()
            .map_or(0, Vec::len))
    };
    assert_eq!(count("category=business").await?, 14);
    assert_eq!(count("layer=3").await?, 1);
    assert_eq!(count("status=active").await?, 0);
    assert_eq!(count("limit=5").await?, 5);
    let (mut met, mut path) = (Vec::new(), "/agents?limit=9".to_owned());
    loop {
        let page = fleet
            .send(Method::GET, &path, &fleet.admin, &[], None)
            .await?;
        met.extend(page.body.as_array().cloned().unwrap_or_default());
        let Some(link) = page.headers.get("link") else {
            break;
        };
        let next = link.to_str()?.strip_prefix("</api/v1");
        let next = next.and_then(|rest| rest.strip_suffix(">; rel=\"next\""));
        path = next.context("a link to the next page")?.to_owned();
    }
    let met: Vec<_> = met.iter().map(|agent| agent["id"].clone()).collect();
    assert_eq!(met, ids);
    for bad in [
        "limit=0",
        "limit=1001",
        "status=asleep",
        "layer=x",
        "cursor=x",
        "colour=red",
    ] {
        let path = format!("/agents?{bad}");
        let reply = fleet
            .send(Method::GET, &path, &fleet.admin, &[], None)
            .await?;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_answers_to_its_names_and_its_own_id_wins() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    let at = fleet.node.app().log.database_head().await?;
    for name in ["codegen", "codegen-agent", "CodeGenAgent"] {
        let agent = fleet
            .get(&format!("/agents/{name}?min_position={at}"))
            .await?;
        assert_eq!(agent["id"], "codegen", "{name}");
    }
    fleet.enrol("codegen-agent", "review").await?;
    assert_eq!(fleet.get("/agents/codegen-agent").await?["type"], "review");
    for name in ["Codegen", "nobody", "codegen.x"] {
        let path = format!("/agents/{name}");
        let reply = fleet
            .send(Method::GET, &path, &fleet.admin, &[], None)
            .await?;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{name}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tenant_sees_only_its_own_and_foreign_is_missing() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    let other = fleet.operator(TenantId::of_slug("other"), Role::Admin);
    let get = async |path: &str| fleet.send(Method::GET, path, &other, &[], None).await;
    assert_eq!(get("/agents").await?.body, json!([]));
    let (foreign, missing) = (get("/agents/codegen").await?, get("/agents/nobody").await?);
    assert_eq!(
        (foreign.status, missing.status),
        (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND)
    );
    assert_eq!(foreign.body["message"], missing.body["message"]);
    for action in ["stop", "configure"] {
        let path = format!("/agents/codegen/{action}");
        let reply = fleet
            .send(Method::POST, &path, &other, &[], Some(json!({})))
            .await?;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{action}");
    }
    assert_eq!(fleet.event_types("codegen").await?, ["agent_registered"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_list_is_304() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    // The node's own first events may still come in between two requests, but not for long.
    let mut again = fleet
        .send(Method::GET, "/agents", &fleet.admin, &[], None)
        .await?;
    for _ in 0..50 {
        let first = fleet
            .send(Method::GET, "/agents", &fleet.admin, &[], None)
            .await?;
        let known = [("if-none-match", first.headers["etag"].to_str()?.to_owned())];
        again = fleet
            .send(Method::GET, "/agents", &fleet.admin, &known, None)
            .await?;
        if again.status == StatusCode::NOT_MODIFIED {
            break;
        }
    }
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert_eq!(again.body, Value::Null);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_come_from_heartbeats_and_tasks() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    let token = fleet.agent("worker-1").await?;
    fleet
        .beat(
            "worker-1",
            &token,
            json!({"cpu_usage": 12.5, "memory_usage": 40}),
        )
        .await?;
    let mut last = Value::Null;
    for (end, body) in [
        ("complete", json!({})),
        ("fail", json!({"retryable": false})),
    ] {
        let task = fleet.post("/tasks", json!({"name": "build"})).await?.body;
        let path = format!("/tasks/{}", text(&task["id"])?);
        fleet
            .post(&format!("{path}/start"), json!({"assigned_to": "worker-1"}))
            .await?;
        last = fleet.post(&format!("{path}/{end}"), body).await?.body["position"].clone();
    }
    let at = text(&last)?;
    let agent = fleet
        .get(&format!("/agents/worker-1?min_position={at}"))
        .await?;
    assert_eq!(
        agent["tasks"],
        json!({"active": 0, "completed": 1, "failed": 1})
    );
    let metrics = fleet.get("/agents/worker-1/metrics").await?;
    assert_eq!(metrics, agent["metrics"]);
    assert_eq!(metrics["cpuUsage"], 12.5);
    assert_eq!(metrics["taskCompletionRate"], 50.0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_task_is_the_current_one() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    let token = fleet.agent("worker-1").await?;
    let task = fleet.post("/tasks", json!({"name": "build"})).await?.body;
    let id = text(&task["id"])?;
    fleet
        .post(
            &format!("/tasks/{id}/start"),
            json!({"assigned_to": "worker-1"}),
        )
        .await?;
    let said = json!({"current_task": {"task_id": id, "progress": 0.25}});
    fleet.beat("worker-1", &token, said).await?;
    let current = fleet.get("/agents/worker-1").await?["current_task"].clone();
    assert_eq!(
        (&current["task_id"], &current["title"]),
        (&json!(id), &json!("build"))
    );
    assert_eq!(current["progress"], 0.25);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_read_as_lines_the_newest_last() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    let token = fleet.agent("worker-1").await?;
    let entries: Vec<_> = (1..=3)
        .map(|n| {
            json!({"message": format!("line {n}"), "timestamp": format!("2026-05-28T20:26:4{n}Z")})
        })
        .collect();
    let body = json!({"id": "worker-1", "data": {"entries": entries}});
    let path = "/commands/agent/append_log";
    let reply = fleet
        .send(Method::POST, path, &token, &[], Some(body))
        .await?;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    let at = text(&reply.body["position"])?;
    let lines = fleet
        .get(&format!("/agents/worker-1/logs?limit=2&min_position={at}"))
        .await?;
    assert_eq!(
        lines,
        json!([
            "2026-05-28T20:26:42.000Z INFO line 2",
            "2026-05-28T20:26:43.000Z INFO line 3"
        ])
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_shown_as_it_was() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    let token = fleet.agent("worker-1").await?;
    let before = fleet.node.app().log.database_head().await?;
    fleet.beat("worker-1", &token, json!({})).await?;
    let then = fleet
        .get(&format!("/agents/worker-1?as_of={before}"))
        .await?;
    assert_eq!(
        (&then["status"], &then["enrolled"]),
        (&json!("offline"), &json!(true))
    );
    assert_eq!(fleet.get("/agents/worker-1").await?["status"], "active");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_of_agents_and_their_logs_gives_the_same_rows() -> Result<()> {
    let fleet = Fleet::start(&[]).await?;
    let token = fleet.agent("worker-1").await?;
    for (session, state) in [
        ("a", "active"),
        ("a", "idle"),
        ("b", "error"),
        ("b", "active"),
    ] {
        let beat = json!({"session_id": session, "state": state, "cpu_usage": 7});
        fleet.beat("worker-1", &token, beat).await?;
    }
    let task = fleet.post("/tasks", json!({"name": "build"})).await?.body;
    let path = format!("/tasks/{}/start", text(&task["id"])?);
    fleet
        .post(&path, json!({"assigned_to": "worker-1"}))
        .await?;
    let log = json!({"id": "worker-1", "data": {"entries": [{"message": "hello"}]}});
    let append = "/commands/agent/append_log";
    fleet
        .send(Method::POST, append, &token, &[], Some(log))
        .await?;
    fleet
        .send(Method::DELETE, "/agents/worker-1", &fleet.admin, &[], None)
        .await?;
    for name in ["agents", "agent_logs"] {
        let stop = CancellationToken::new();
        let report = fleet.node.app().projections.verify(name, stop).await?;
        assert!(report.is_equal(), "{name}: {report:?}");
    }
    Ok(())
}
