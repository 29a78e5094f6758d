//! CON-84, CON-85: the real `pantheon-lambda` against a stand-in of Lambda's runtime API, held against
//! `serve` byte for byte.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePublicKey};
use pantheon::auth::Role;
use pantheon_harness::Process;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::world::World;

/// Longer than a cold start on a loaded machine.
const WITHIN: Duration = Duration::from_secs(60);

type Waiting = Arc<Mutex<HashMap<String, oneshot::Sender<Value>>>>;

/// What speaks like the runtime API.
#[derive(Clone)]
struct Desk {
    events: Arc<Mutex<mpsc::Receiver<(String, Value)>>>,
    waiting: Waiting,
}

async fn next(State(desk): State<Desk>) -> impl IntoResponse {
    let event = desk.events.lock().await.recv().await;
    let (id, event) = event.expect("the test asks until its end");
    ([("lambda-runtime-aws-request-id", id)], event.to_string())
}

async fn handed_in(
    State(desk): State<Desk>,
    Path((id, how)): Path<(String, String)>,
    body: Bytes,
) -> StatusCode {
    let answer: Value = serde_json::from_slice(&body).expect("JSON");
    let asked = desk
        .waiting
        .lock()
        .await
        .remove(&id)
        .expect("somebody asked");
    let _ = asked.send(json!({ "how": how, "answer": answer }));
    StatusCode::ACCEPTED
}

/// The function, and the desk that hands it events.
struct Function {
    process: Process,
    events: mpsc::Sender<(String, Value)>,
    waiting: Waiting,
    asked: AtomicUsize,
}

impl Function {
    async fn beside(world: &World) -> Self {
        let (sender, events) = mpsc::channel(1);
        let waiting = Waiting::default();
        let desk = Desk {
            events: Arc::new(Mutex::new(events)),
            waiting: Arc::clone(&waiting),
        };
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/{how}", post(handed_in))
            .with_state(desk);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let data = world.node.app().config.data_dir.clone();
        let key = std::fs::read_to_string(data.join("keys/token.pem")).expect("the key");
        let key = SigningKey::from_pkcs8_pem(&key)
            .expect("a key")
            .verifying_key();
        let key = key
            .to_public_key_pem(LineEnding::LF)
            .expect("the public half");
        let process = Process::start(
            env!("CARGO_BIN_EXE_pantheon-lambda"),
            [] as [&str; 0],
            [
                ("AWS_LAMBDA_RUNTIME_API", address),
                ("DATABASE_URL", world.database.url().to_owned()),
                ("PANTHEON_TOKEN_KEY", key),
                ("PANTHEON_LIMITS_REQUESTS_PER_MINUTE", "0".to_owned()),
                ("PANTHEON_LIMITS_ANONYMOUS_PER_MINUTE", "0".to_owned()),
            ],
        );
        Self {
            process: process.expect("it runs"),
            events: sender,
            waiting,
            asked: AtomicUsize::new(0),
        }
    }

    /// What the function makes of an event.
    async fn invoke(&self, id: &str, event: Value) -> Value {
        let (sender, answer) = oneshot::channel();
        self.waiting.lock().await.insert(id.to_owned(), sender);
        self.events
            .send((id.to_owned(), event))
            .await
            .expect("it listens");
        let answer = tokio::time::timeout(WITHIN, answer).await;
        let answer = answer.unwrap_or_else(|_| panic!("no answer: {:?}", self.process.stderr()));
        answer.expect("an answer")
    }

    /// Status and body of a request.
    async fn ask(&self, method: &str, path: &str, token: Option<&str>) -> (u16, Vec<u8>, Value) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut headers = json!({ "x-request-id": "same" });
        if let Some(token) = token {
            headers["authorization"] = format!("Bearer {token}").into();
        }
        let event = json!({
            "version": "2.0", "rawPath": path, "rawQueryString": query, "headers": headers,
            "requestContext": { "http": { "method": method, "sourceIp": "198.51.100.7" }, "stage": "$default" },
        });
        let id = self.asked.fetch_add(1, Ordering::Relaxed).to_string();
        let said = self.invoke(&id, event).await;
        assert_eq!(said["how"], "response", "{said}");
        let answer = &said["answer"];
        let body = answer["body"].as_str().expect("a body");
        let body = match answer["isBase64Encoded"].as_bool() {
            Some(true) => STANDARD.decode(body).expect("base64"),
            _ => body.as_bytes().to_vec(),
        };
        let status = answer["statusCode"].as_u64().expect("a status");
        (
            u16::try_from(status).expect("a status"),
            body,
            answer["headers"].clone(),
        )
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn con_84_queries_on_lambda_answer_byte_for_byte_like_serve() {
    // Without sockets, which are not in the function's document either.
    let world = World::with(&[("PANTHEON_ROLE", "api,projector")]).await;
    let task = world.named("one").await;
    world.agent("worker-1", "codegen").await;
    let head = world.head().await;
    let viewer = world.role(Role::Viewer);
    let function = Function::beside(&world).await;
    let paths = [
        "/api/v1/tasks".to_owned(),
        format!("/api/v1/tasks/{task}?min_position={head}&wait=10"),
        "/api/v1/tasks/stats".to_owned(),
        "/api/v1/agents".to_owned(),
        "/api/v1/agents/worker-1".to_owned(),
        "/api/v1/products".to_owned(),
        "/api/v1/deployments?environment=staging&limit=2".to_owned(),
        "/api/v1/deployments/status".to_owned(),
        "/api/v1/worktrees".to_owned(),
        "/api/v1/aws/resources".to_owned(),
        "/api/v1/organizations".to_owned(),
        "/api/v1/roles".to_owned(),
        "/api/v1/events?after=0&limit=3".to_owned(),
        "/api/v1/tasks?limit=0".to_owned(),
        "/api/v1/tasks/no-such-task".to_owned(),
        "/api/v1/nowhere".to_owned(),
        "/openapi.json".to_owned(),
    ];
    for path in &paths {
        for token in [
            Some(world.admin.as_str()),
            Some(viewer.as_str()),
            None,
            Some("forged"),
        ] {
            let url = format!("http://{}{path}", world.node.address());
            let request = reqwest::Client::new()
                .get(url)
                .header("x-request-id", "same");
            let request = match token {
                Some(token) => request.bearer_auth(token),
                None => request,
            };
            let served = request.send().await.expect("an answer");
            let (status, kind) = (
                served.status().as_u16(),
                served.headers()["content-type"].clone(),
            );
            let served = served.bytes().await.expect("a body").to_vec();
            let (same, body, headers) = function.ask("GET", path, token).await;
            let text = String::from_utf8_lossy(&body);
            assert_eq!(same, status, "{path} {token:?}: {text}");
            assert_eq!(
                headers["content-type"],
                kind.to_str().expect("text"),
                "{path}"
            );
            assert_eq!(text, String::from_utf8_lossy(&served), "{path} {token:?}");
        }
    }

    // What was written a moment ago is there, also what somebody may do from now on.
    let (_, made) = world.post("/tasks", json!({ "name": "two" })).await;
    let position = made["position"].as_str().expect("a position").to_owned();
    let path = format!("/api/v1/tasks?min_position={position}&wait=10");
    let (status, body, _) = function.ask("GET", &path, Some(&world.admin)).await;
    assert_eq!(status, 200);
    assert!(String::from_utf8_lossy(&body).contains("\"two\""));

    let before = world.head().await;
    for (method, path) in [
        ("POST", "/api/v1/tasks"),
        ("DELETE", "/api/v1/agents/worker-1"),
        ("POST", "/api/v1/auth/login"),
        ("POST", "/api/v1/commands/task/create_task"),
    ] {
        let (status, body, headers) = function.ask(method, path, Some(&world.admin)).await;
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(
            (status, &body["code"]),
            (405, &json!("commands_not_served")),
            "{path}: {body}"
        );
        assert_eq!(headers["allow"], "GET, HEAD");
    }
    for path in ["/ws", "/api/v1/live", "/api/v1/ws", "/api/v1/events/stream"] {
        assert_eq!(
            function.ask("GET", path, Some(&world.admin)).await.0,
            404,
            "{path}"
        );
    }
    let tasks = world.current("/tasks").await;
    assert_eq!(tasks["total"], 2, "{tasks} after {before}");
}

#[tokio::test(flavor = "multi_thread")]
async fn con_85_every_answer_is_one_line_and_one_set_of_figures() {
    let world = World::new().await;
    let function = Function::beside(&world).await;
    for path in ["/api/v1/tasks", "/api/v1/tasks/nothing"] {
        function.ask("GET", path, Some(&world.admin)).await;
    }
    let said = function.invoke("odd", json!({ "Records": [] })).await;
    assert_eq!(said["how"], "error", "{said}");
    let second = function.process.line(WITHIN, |line| {
        line.contains("\"answered\"") && line.contains("tasks/{id}")
    });
    second.await.expect("the second answer's line");
    let figures = function
        .process
        .line(WITHIN, |line| line.contains("\"ClientErrors\":1"));
    figures.await.expect("the second answer's figures");
    let lines: Vec<Value> = function
        .process
        .stdout()
        .iter()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let answered: Vec<_> = lines
        .iter()
        .filter(|line| line["message"] == "answered")
        .collect();
    assert_eq!(answered.len(), 2, "{lines:?}");
    assert_eq!(
        (&answered[0]["cold_start"], &answered[1]["cold_start"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(
        (&answered[1]["status"], &answered[1]["route"]),
        (&json!(404), &json!("/api/v1/tasks/{id}"))
    );
    assert!(answered.iter().all(|line| line["latency_ms"].is_number()));
    let figures: Vec<_> = lines
        .iter()
        .filter(|line| line["_aws"].is_object())
        .collect();
    assert_eq!(figures.len(), 2, "{lines:?}");
    assert_eq!(
        (&figures[0]["Requests"], &figures[1]["ClientErrors"]),
        (&json!(1), &json!(1))
    );
}
