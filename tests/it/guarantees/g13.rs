//! G13: nobody reads or changes what is not theirs; an agent speaks only as itself.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures_util::future::join_all;
use pantheon::auth::{Role, table};
use pantheon_events::TenantId;
use pantheon_harness::{Api, Cluster, Reply, eventually, send};
use pantheon_nats::AgentCredentials;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::installation;

/// An agent of those who ask.
const STRANGERS_AGENT: &str = "strangers-own";

/// What one organisation has.
struct Estate {
    agent: String,
    task: String,
    plan: String,
    other_task: String,
    product: String,
    order: String,
    approval: String,
    deployment: String,
    repository: String,
    execution: String,
    event: String,
    organization: String,
}

async fn made(api: &Api, path: &str, body: Value) -> Result<String> {
    let made = api.post(path, &body).await?;
    let id = made.body["id"].as_str();
    Ok(id
        .with_context(|| format!("{path}: {}", made.text))?
        .to_owned())
}

impl Estate {
    async fn of(api: &Api) -> Result<Self> {
        let policy = json!({ "rules": [{ "stages": [
            { "name": "lead", "approvers": { "roles": ["admin"] } }] }] });
        let path = "/api/v1/approval-policies/release";
        send(api.request(Method::PUT, path).json(&policy))
            .await?
            .expect(200)?;
        let product = made(api, "/products", json!({ "name": "cup", "price": "3.50" })).await?;
        let repository = made(api, "/repositories", json!({ "full_name": "octo/cat" })).await?;
        let issue = json!({ "repository_id": repository, "issue_number": 7,
            "agent_type": "codegen" });
        let release = json!({ "resource_type": "release", "resource_id": Uuid::now_v7() });
        let estate = Self {
            agent: made(api, "/agents", json!({ "id": "theirs", "type": "codegen" })).await?,
            task: made(api, "/tasks", json!({ "name": "one" })).await?,
            plan: made(
                api,
                "/plans",
                json!({ "name": "all", "tasks": [{ "id": "a", "name": "a" }] }),
            )
            .await?,
            other_task: made(api, "/tasks", json!({ "name": "two" })).await?,
            order: made(
                api,
                "/orders",
                json!({ "product_id": product, "quantity": 1 }),
            )
            .await?,
            approval: made(api, "/approvals", release).await?,
            deployment: made(api, "/deployments", json!({ "environment": "staging" })).await?,
            execution: made(api, "/agents/execute", issue).await?,
            repository,
            event: String::new(),
            organization: TenantId::default_organization().to_string(),
            product,
        };
        let events = api.get("/events?after=0&type=task_created&limit=1").await?;
        let event = events.body["items"][0]["id"]
            .as_str()
            .context("an event")?
            .to_owned();
        Ok(Self { event, ..estate })
    }

    /// The same kinds of names, of things that nobody has.
    fn of_nobody() -> Self {
        let id = || Uuid::now_v7().to_string();
        Self {
            agent: "nobody".to_owned(),
            task: id(),
            plan: id(),
            other_task: id(),
            product: id(),
            order: id(),
            approval: id(),
            deployment: id(),
            repository: id(),
            execution: id(),
            event: id(),
            organization: id(),
        }
    }

    /// The address of a route about one of these things; `None` when it is about none.
    fn address(&self, route: &str) -> Option<String> {
        let ids = [
            ("/api/v1/agents/executions/{id}", &self.execution),
            ("/api/v1/agents/{id}", &self.agent),
            ("/api/v1/tasks/{id}", &self.task),
            ("/api/v1/plans/{id}", &self.plan),
            ("/api/v1/dags/{id}", &self.plan),
            ("/api/v1/products/{id}", &self.product),
            ("/api/v1/orders/{id}", &self.order),
            ("/api/v1/approvals/{id}", &self.approval),
            ("/api/v1/deployments/{id}", &self.deployment),
            // An export has an id of its own kind; nobody has one here.
            ("/api/v1/database/exports/{id}", &self.task),
            ("/api/v1/repositories/{id}", &self.repository),
            ("/api/v1/events/{id}", &self.event),
            ("/api/v1/streams/{type}/{id}", &self.task),
            ("/api/v1/organizations/{org_id}", &self.task),
        ];
        let (_, id) = ids.iter().find(|(prefix, _)| route.starts_with(prefix))?;
        if NOBODYS.contains(&route) {
            return None;
        }
        let address = route.replace("{id}", id).replace("{type}", "task");
        let address = address.replace("{org_id}", &self.organization);
        let address = address.replace("{dependency_id}", &self.other_task);
        // Somebody or something inside the organisation: it comes first.
        let inside = ["{user_id}", "{team_id}", "{code}"];
        Some(
            inside
                .iter()
                .fold(address, |all, name| all.replace(name, id)),
        )
    }

    /// A body that the route takes.
    fn body(&self, route: &str) -> Value {
        let (_, last) = route.rsplit_once('/').unwrap_or_default();
        match last {
            "assign" => json!({ "assigned_to": STRANGERS_AGENT }),
            "dependencies" => json!({ "depends_on_task_id": self.other_task }),
            "stock" => json!({ "delta": 1 }),
            "status" => json!({ "status": "cancelled" }),
            "reject" => json!({ "comments": "no" }),
            "heartbeat" => json!({ "session_id": "a" }),
            "{id}" if route.contains("tasks") => json!({ "description": "mine now" }),
            "{id}" if route.contains("products") => json!({ "name": "mine now" }),
            _ => json!({}),
        }
    }

    /// A reply without what has to differ: ids that were asked for, and the request's own.
    fn neutral(&self, reply: &Reply) -> String {
        let request = reply.body["request_id"].as_str().unwrap_or("-");
        let mut text = reply.text.replace(request, "request");
        for id in [
            &self.agent,
            &self.task,
            &self.plan,
            &self.other_task,
            &self.product,
            &self.order,
            &self.approval,
            &self.deployment,
            &self.repository,
            &self.execution,
            &self.event,
            &self.organization,
        ] {
            text = text.replace(id.as_str(), "id");
        }
        format!("{} {text}", reply.status)
    }
}

/// Routes with a name in them that is no organisation's own: parts of the installation, sorts of
/// things, documents. `{resource_type}` names the caller's own policy.
const NOBODYS: [&str; 25] = [
    // A socket; tests/it/live holds its tenants apart.
    "/api/approvals/{id}/stream",
    "/docs/{*rest}",
    "/problems/{code}",
    "/schemas/{type}/{version}",
    "/api/v1/commands/{aggregate}/{command}",
    "/api/v1/approval-policies/{resource_type}",
    "/api/v1/projections/{name}",
    "/api/v1/projections/{name}/rebuild",
    "/api/v1/projections/{name}/verify",
    "/api/v1/projections/{name}/pause",
    "/api/v1/projections/{name}/resume",
    "/api/v1/projections/{name}/replay",
    // Only those who signed in have sessions; tests/it/identity holds them apart.
    "/api/v1/auth/sessions/{id}",
    // There are some where git is configured; tests/it/worktrees holds them apart.
    "/api/v1/worktrees/{id}",
    // The same with invitations; tests/it/organizations holds them apart.
    "/api/v1/organizations/{org_id}/members/accept",
    "/api/v1/organizations/{org_id}/members/decline",
    // The operator's, whose it may be.
    "/api/v1/organizations/{org_id}/features",
    // Accounts are the installation's; tests/it/users holds them apart.
    "/api/v1/users/{id}",
    "/api/v1/users/{id}/activate",
    "/api/v1/users/{id}/deactivate",
    "/api/v1/users/{id}/unlock",
    "/api/v1/users/{id}/reset-password",
    "/api/v1/users/{id}/change-password",
    "/api/v1/users/by-email/{email}",
    "/api/v1/users/by-username/{username}",
];

#[tokio::test(flavor = "multi_thread")]
async fn g13_what_another_organisation_has_answers_like_what_nobody_has() -> Result<()> {
    let cluster = Cluster::start(installation()).await?;
    let home = cluster.api(0)?;
    let stranger = home.with_token(cluster.token(TenantId::of_slug("elsewhere"), Role::Admin));
    let (theirs, nobodys) = (Estate::of(&home).await?, Estate::of_nobody());
    made(
        &stranger,
        "/agents",
        json!({ "id": STRANGERS_AGENT, "type": "codegen" }),
    )
    .await?;
    let before = cluster.log().await?;
    let mut wrong = Vec::new();
    for row in table::routes().filter(|row| row.path.contains('{')) {
        let (Some(there), Some(nowhere)) = (theirs.address(row.path), nobodys.address(row.path))
        else {
            let known = NOBODYS.contains(&row.path) || row.path.ends_with("replay-parked");
            ensure!(
                known,
                "{}: say in this test whose the thing in it is",
                row.path
            );
            continue;
        };
        let method = Method::from_bytes(row.method.as_bytes())?;
        let ask = async |address: &str, estate: &Estate| {
            let request = stranger.request(method.clone(), address);
            let reply = send(match row.method {
                "GET" | "DELETE" => request,
                _ => request.json(&estate.body(row.path)),
            })
            .await?;
            anyhow::Ok((reply.status.as_u16(), estate.neutral(&reply)))
        };
        let (status, there) = ask(&there, &theirs).await?;
        let (_, nowhere) = ask(&nowhere, &nobodys).await?;
        // An operator may not send an agent's heartbeat at all.
        let expected = if row.path.ends_with("/heartbeat") {
            403
        } else {
            404
        };
        if there != nowhere || status != expected {
            wrong.push(format!(
                "{} {}: {there}\n  but of nobody: {nowhere}",
                row.method, row.path
            ));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));

    for list in [
        "tasks",
        "dags",
        "agents",
        "products",
        "orders",
        "approvals",
        "deployments",
        "events",
    ] {
        let all = stranger.get(&format!("/{list}")).await?.expect(200)?;
        let ids = [
            &theirs.task,
            &theirs.plan,
            &theirs.agent,
            &theirs.product,
            &theirs.order,
            &theirs.approval,
        ];
        for id in ids {
            ensure!(
                !all.text.contains(&format!("\"{id}\"")),
                "{list}: {}",
                all.text
            );
        }
    }
    let after = cluster.log().await?;
    // That a stranger was refused is on record, and nothing of theirs.
    let kinds = ["node", "infrastructure", "access_trail"];
    let own = |event: &&pantheon_harness::evidence::Logged| {
        !kinds.contains(&event.aggregate_type.as_str())
    };
    let [before, after] = [&before, &after].map(|log| log.iter().filter(own).count());
    ensure!(
        before == after,
        "a stranger's commands left {} events",
        after - before
    );
    Ok(())
}

/// What an agent holds after it was enrolled.
struct Key {
    nats: AgentCredentials,
    token: String,
}

async fn enrol(api: &Api, id: &str) -> Result<Key> {
    let body = json!({ "id": id, "type": "codegen" });
    let enrolled = api.post("/agents", &body).await?.expect(201)?;
    let secret = |name: &str| {
        let text = enrolled.body["credentials"][name].as_str();
        text.map(str::to_owned).context("credentials")
    };
    Ok(Key {
        nats: AgentCredentials::from_seed(id.parse()?, secret("seed")?)?,
        token: secret("token")?,
    })
}

/// A request on the bus; the status of the verdict, or `None` when the server let nobody hear it.
async fn ask(client: &async_nats::Client, subject: &str, body: Value) -> Result<Option<u64>> {
    let asked = client.request(subject.to_owned(), body.to_string().into());
    match tokio::time::timeout(Duration::from_secs(3), asked).await {
        Ok(Ok(reply)) => {
            let verdict: Value = serde_json::from_slice(&reply.payload)?;
            Ok(Some(
                verdict["status"]
                    .as_u64()
                    .context("a verdict has a status")?,
            ))
        }
        _ => Ok(None),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn g13_an_agent_speaks_only_as_itself_on_nats_and_on_http() -> Result<()> {
    let cluster = Cluster::start(installation()).await?;
    let api = cluster.api(0)?;
    let (me, _other) = (enrol(&api, "me").await?, enrol(&api, "other").await?);
    let url = cluster.nats.url();
    let bus = eventually(Duration::from_secs(10), async || {
        me.nats.connect(&url).await
    })
    .await;
    let beat = json!({ "data": { "session_id": "a" } });
    let said = ask(&bus, "pantheon.agent.me.heartbeat", beat.clone()).await?;
    ensure!(said == Some(200), "as itself: {said:?}");
    let closed = [
        "pantheon.agent.other.heartbeat",
        "pantheon.agent.other.cmd.append_log",
        "pantheon.agent.other.tell",
        "pantheon.cmd.task.create_task",
        "pantheon.evt.default.task.task_created.x",
        "$JS.API.INFO",
    ];
    // All at once: what nobody may hear is answered by silence.
    let said = closed.map(|subject| ask(&bus, subject, beat.clone()));
    for (subject, said) in closed.iter().zip(join_all(said).await) {
        let said = said?;
        ensure!(said.is_none(), "{subject}: {said:?}");
    }
    for body in [
        json!({ "id": "other", "data": { "entries": [{ "message": "x" }] } }),
        json!({ "data": { "agent_id": "other", "entries": [{ "message": "x" }] } }),
    ] {
        let said = ask(&bus, "pantheon.agent.me.cmd.append_log", body).await?;
        ensure!(said == Some(403), "{said:?}");
    }

    let (mine, body) = (api.with_token(&me.token), json!({ "session_id": "a" }));
    mine.post("/agents/me/heartbeat", &body)
        .await?
        .expect(200)?;
    mine.post("/agents/other/heartbeat", &body)
        .await?
        .expect(403)?;
    for (command, data) in [
        ("record_heartbeat", body),
        ("append_log", json!({ "entries": [{ "message": "x" }] })),
        ("report_error", json!({ "error": "x" })),
        ("confirm_control", json!({})),
        ("configure_agent", json!({})),
        ("revoke_agent", json!({})),
    ] {
        let sent = json!({ "id": "other", "data": data });
        let reply = mine
            .post(&format!("/commands/agent/{command}"), &sent)
            .await?;
        ensure!(reply.status == 403, "{command}: {reply:?}");
    }
    let log = cluster.log().await?;
    let of_other: Vec<_> = log
        .iter()
        .filter(|event| event.aggregate_id == "other")
        .collect();
    ensure!(of_other.len() == 1, "besides its enrolment: {of_other:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g13_what_no_row_allows_is_denied_at_every_door() -> Result<()> {
    let cluster = Cluster::start(installation()).await?;
    let api = cluster.api(0)?;
    let tenant = TenantId::default_organization();
    let viewer = api.with_token(cluster.token(tenant, Role::Viewer));
    let agent = api.with_token(enrol(&api, "me").await?.token);
    let forged = api.with_token(format!("{}x", cluster.admin()));
    let catalogue = api.get("/commands").await?.expect(200)?;
    let commands = catalogue.body["items"].as_array().context("commands")?;
    ensure!(commands.len() > 50, "{}", commands.len());
    let before = cluster.log().await?.len();
    for command in commands {
        let (aggregate, name) = (&command["aggregate"], &command["command"]);
        let path = format!(
            "/commands/{}/{}",
            aggregate.as_str().context("an aggregate")?,
            name.as_str().context("a name")?
        );
        let body = json!({ "id": "nobody", "data": {} });
        ensure!(forged.post(&path, &body).await?.status == 401, "{path}");
        let needs = command["needs"].to_string();
        for (who, caller) in [("viewer", &viewer), ("agent", &agent), ("admin", &api)] {
            let reply = caller.post(&path, &body).await?;
            ensure!(!reply.status.is_success(), "{who} {path}: {reply:?}");
            ensure!(!reply.status.is_server_error(), "{who} {path}: {reply:?}");
            // Only Pantheon itself sends these, whoever asks.
            let closed = needs.to_lowercase().contains("only pantheon");
            ensure!(
                !closed || reply.status == 403,
                "{who} {path} {needs}: {reply:?}"
            );
        }
    }
    let log = cluster.log().await?;
    let left: Vec<_> = log[before..]
        .iter()
        .filter(|event| {
            !["node", "infrastructure", "access_trail"].contains(&event.aggregate_type.as_str())
        })
        .collect();
    ensure!(left.is_empty(), "{left:?}");
    Ok(())
}
