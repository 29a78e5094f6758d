//! A small server on the real layers, with handlers of its own on routes of the real table.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::routing::{get, post};
use pantheon::auth::{Auth, Revoked, Role, TokenKeys};
use pantheon::clock::Clock;
use pantheon::config::{Config, Mode, Sources};
use pantheon::http::health::{Check, DatabaseStatus, Probe};
use pantheon::http::{
    Answer, Api, ApiJson, ApiJsonOrEmpty, ApiQuery, Caller, CommandHeaders, Doors, Problem,
    ReadOptions, ServerOptions, serve,
};
use pantheon_events::{Position, TenantId};
use serde::Deserialize;
use serde_json::json;
use tokio_util::sync::CancellationToken;

/// A route that needs `events.read`.
pub const READ: &str = "/api/v1/events";
/// A route that any token opens, with a JSON body.
pub const WRITE: &str = "/api/v1/commands/a/b";
/// A route that any token opens, with a body that may be missing.
pub const EMPTY: &str = "/api/v1/live/tickets";

pub struct Shell {
    pub address: SocketAddr,
    pub auth: Auth,
    pub dir: tempfile::TempDir,
    pub stop: CancellationToken,
}

struct Well;

#[async_trait]
impl Probe for Well {
    async fn checks(&self) -> Vec<Check> {
        vec![
            Check::of("database", true, "answers"),
            Check::of("nats", false, "is gone"),
        ]
    }

    async fn database(&self) -> DatabaseStatus {
        DatabaseStatus {
            active_connections: 0,
            idle_connections: 1,
            max_connections: 2,
            status: "connected",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    #[serde(default)]
    quantity: u32,
}

#[derive(Deserialize)]
struct Filter {
    limit: Option<u32>,
}

async fn read(
    caller: Caller,
    ApiQuery(filter): ApiQuery<Filter>,
    options: ReadOptions,
) -> Result<Answer, Problem> {
    let body = json!({"limit": filter.limit, "tenant": caller.tenant});
    Answer::found(&options, Position::new(7), body)
}

async fn write(headers: CommandHeaders, ApiJson(order): ApiJson<Order>) -> Result<Answer, Problem> {
    if order.quantity == 13 {
        panic!("a handler of the test panics");
    }
    Answer::plain(json!({"quantity": order.quantity, "key": headers.command_id}))
}

async fn empty(ApiJsonOrEmpty(order): ApiJsonOrEmpty<Order>) -> Result<Answer, Problem> {
    Answer::plain(json!({"quantity": order.quantity}))
}

pub fn api() -> Api<()> {
    Api::default()
        .plain("GET", "/api/v1/events", get(read))
        .plain(
            "POST",
            "/api/v1/commands/{aggregate}/{command}",
            post(write),
        )
        .plain("POST", "/api/v1/live/tickets", post(empty))
}

pub fn doors(dir: &Path, settings: &[(&str, &str)]) -> (Doors, Auth, Config) {
    let settings = settings
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    let env = settings.collect::<BTreeMap<_, _>>();
    let sources = Sources {
        mode: Mode::Serve,
        file: None,
        env,
        flags: BTreeMap::new(),
    };
    let config = Config::load(&sources).expect("good settings");
    let keys = TokenKeys::open(None, dir).expect("a key");
    let auth = Auth::new(keys, Clock::system(), Revoked::default());
    (
        Doors::new(&config, auth.clone(), Arc::new(Well), None),
        auth,
        config,
    )
}

pub async fn start(settings: &[(&str, &str)]) -> Shell {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (doors, auth, config) = doors(dir.path(), settings);
    let router = api().build((), &doors).expect("every route has a row");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = listener.local_addr().expect("an address");
    let stop = CancellationToken::new();
    tokio::spawn(serve(
        listener,
        router,
        ServerOptions::from(&config),
        stop.clone(),
    ));
    Shell {
        address,
        auth,
        dir,
        stop,
    }
}

impl Shell {
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn token(&self, role: Role) -> String {
        let tenant = TenantId::default_organization();
        self.auth
            .issue_operator("op-1", tenant, role, Duration::from_secs(600))
            .token
    }

    pub fn get(&self, path: &str) -> reqwest::RequestBuilder {
        reqwest::Client::new().get(self.url(path))
    }

    pub fn post(&self, path: &str) -> reqwest::RequestBuilder {
        reqwest::Client::new()
            .post(self.url(path))
            .bearer_auth(self.token(Role::Admin))
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
