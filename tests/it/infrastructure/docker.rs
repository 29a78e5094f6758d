//! CON-54: the containers of a Docker, or of what speaks like one.

use std::sync::{Arc, Mutex};

use pantheon_harness::soon;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;

use crate::world::{World, answer};

/// What speaks like Docker's Engine API on a socket of its own.
struct Engine {
    host: &'static str,
    containers: Arc<Mutex<Value>>,
    dir: tempfile::TempDir,
}

impl Engine {
    fn start() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("docker.sock");
        let listener = UnixListener::bind(&path).expect("a socket");
        let containers = Arc::new(Mutex::new(json!([])));
        let shown = Arc::clone(&containers);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut asked = [0; 1024];
                let read = stream.read(&mut asked).await.unwrap_or_default();
                let asked = String::from_utf8_lossy(&asked[..read]);
                let known = asked.starts_with("GET /containers/json?all=true ");
                let body = shown.lock().expect("the list").to_string();
                let status = if known { "200 OK" } else { "404 Not Found" };
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n\
                     content-length: {length}\r\nconnection: close\r\n\r\n{body}"
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        let host = format!("unix://{}", path.display());
        Self {
            // Settings of a world live as long as the program.
            host: Box::leak(host.into_boxed_str()),
            containers,
            dir,
        }
    }

    fn shows(&self, containers: Value) {
        *self.containers.lock().expect("the list") = containers;
    }

    /// From now on nobody is there.
    fn goes(&self) {
        std::fs::remove_file(self.dir.path().join("docker.sock")).expect("the socket");
    }
}

fn web(state: &str, status: &str) -> Value {
    json!({
        "Id": "4f0c", "Names": ["/web"], "Image": "nginx:1", "State": state, "Status": status,
        "Labels": { "key": "do-not-record-labels" },
        "Ports": [{ "IP": "0.0.0.0", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp" }],
    })
}

/// The containers, once they are so.
async fn containers(world: &World, expected: Value) {
    soon(async || {
        let status = world.current("/infrastructure/status").await;
        match status["docker_containers"] == expected {
            true => Ok(()),
            false => Err(status.to_string()),
        }
    })
    .await;
}

async fn looked_at(world: &World) {
    let sync = world.request(Method::POST, "/infrastructure/sync");
    let (status, body) = answer(sync).await;
    assert_eq!(status, 202, "{body}");
    assert!(body["message"].is_string(), "{body}");
}

/// A change is seen at the next look, is one event, and is over when the container is gone; nothing
/// but what is shown is recorded.
#[tokio::test(flavor = "multi_thread")]
async fn con_54_containers_are_shown_as_docker_has_them() {
    let engine = Engine::start();
    let db = json!({ "Id": "77aa", "Names": ["/db"], "Image": "postgres:18", "State": "running",
        "Status": "Up 3 days" });
    engine.shows(json!([web("running", "Up 2 hours (healthy)"), db]));
    let world = World::with(&[("DOCKER_HOST", engine.host)]).await;
    let db = json!({ "name": "db", "status": "running", "health": "none", "ports": [] });
    let ports = json!(["0.0.0.0:8080->80/tcp"]);
    let healthy =
        json!({ "name": "web", "status": "running", "health": "healthy", "ports": ports });
    containers(&world, json!([db, healthy])).await;

    // The time in Docker's words is no change.
    engine.shows(json!([web("exited", "Exited (1) 4 seconds ago")]));
    looked_at(&world).await;
    let exited = json!({ "name": "web", "status": "exited", "health": "none", "ports": ports });
    containers(&world, json!([exited])).await;
    engine.shows(json!([web("exited", "Exited (1) 9 seconds ago")]));
    looked_at(&world).await;
    let local = pantheon_events::infrastructure::infrastructure_id(world.tenant, "local");
    let told = async || {
        let events = world.events("infrastructure", &local.to_string()).await;
        let of_docker = |kind: &str| kind.starts_with("container_");
        let of_docker = events.iter().filter(|(kind, _)| of_docker(kind));
        let of_docker: Vec<_> = of_docker.cloned().collect();
        of_docker
    };
    soon(async || {
        let synced = world.current("/infrastructure/topology").await;
        synced["synced_at"].is_string()
    })
    .await;
    let told = told().await;
    let kinds: Vec<_> = told.iter().map(|(kind, _)| kind.as_str()).collect();
    let changed = "container_status_changed";
    assert_eq!(kinds, [changed, changed, "container_gone", changed]);
    assert!(!format!("{told:?}").contains("do-not-record"), "{told:?}");
}

/// CON-37, CON-87: an observer that sees nothing for five minutes is told of, until it sees again.
#[tokio::test(flavor = "multi_thread")]
async fn con_54_a_docker_that_is_away_for_long_raises_an_alert_until_it_is_back() {
    let engine = Engine::start();
    engine.goes();
    let world = World::with(&[("DOCKER_HOST", engine.host)]).await;
    let raised = async |query: &str| {
        let list = world.current(&format!("/system/alerts?{query}")).await;
        let items = list["items"].as_array().expect("items").clone();
        items
            .into_iter()
            .find(|alert| alert["source"] == "observer")
    };
    // A look that somebody asks for counts like any other: the first one says since when.
    soon(async || {
        looked_at(&world).await;
        world.time.pass(301);
        raised("open=true").await.is_some()
    })
    .await;
    let alert = raised("open=true").await.expect("it is open");
    assert_eq!(
        (&alert["subject"], &alert["severity"]),
        (&json!("docker"), &json!("warning"))
    );
    assert_eq!(
        world.failing().await,
        Vec::<String>::new(),
        "the node is well without it"
    );
    let listener = UnixListener::bind(engine.dir.path().join("docker.sock")).expect("a socket");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 1024];
            let _ = stream.read(&mut asked).await;
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n[]";
            let _ = stream.write_all(answer).await;
        }
    });
    soon(async || {
        looked_at(&world).await;
        world.time.pass(61);
        raised("open=true").await.is_none()
    })
    .await;
    assert!(raised("open=false").await.is_some());
}
