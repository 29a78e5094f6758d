//! Running the program, and short words for what it did.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use pantheon::auth::Role;
use pantheon_events::tasks::CreateTask;
use pantheon_events::{Actor, CommandContext, Position, TenantId};
use pantheon_harness::{Database, Postgres, Process};
use serde_json::Value;
use tempfile::TempDir;

use crate::world::{ADMIN, World};

/// How long a command may take on a busy machine.
pub const WITHIN: Duration = Duration::from_secs(60);

/// The program with an environment of its own: an empty data directory, and no token.
#[derive(Clone)]
pub struct Cli {
    env: BTreeMap<String, String>,
    dir: Arc<TempDir>,
}

/// A command that has ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; `None` when a signal ended it.
    pub exit: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Cli {
    pub fn new() -> Self {
        let dir = Arc::new(tempfile::tempdir().expect("a folder"));
        let env = BTreeMap::new();
        Self {
            env,
            dir: Arc::clone(&dir),
        }
        .set("PANTHEON_DATA_DIR", dir.path().display())
    }

    /// A client of this node, as its operator.
    pub fn of(world: &World) -> Self {
        Self::new()
            .set(
                "PANTHEON_SERVER",
                format!("http://{}", world.node.address()),
            )
            .set("PANTHEON_TOKEN", &world.admin)
    }

    /// The same with one more variable in the environment.
    pub fn set(mut self, name: &str, value: impl ToString) -> Self {
        self.env.insert(name.to_owned(), value.to_string());
        self
    }

    /// The same without a variable.
    pub fn unset(mut self, name: &str) -> Self {
        self.env.remove(name);
        self
    }

    /// The token in its environment.
    pub fn token(&self) -> String {
        self.env["PANTHEON_TOKEN"].clone()
    }

    /// Its data directory.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Starts a command that stays.
    pub fn start(&self, args: &[&str]) -> Process {
        let program = env!("CARGO_BIN_EXE_pantheon");
        Process::start(program, args, &self.env).expect("the program runs")
    }

    /// Runs a command to its end.
    pub async fn run(&self, args: &[&str]) -> Ended {
        ended(self.start(args)).await
    }

    /// What a command prints that ends well.
    pub async fn ok(&self, args: &[&str]) -> String {
        self.ends(args, 0).await.out
    }

    /// Runs a command that ends with this code.
    pub async fn ends(&self, args: &[&str], exit: i32) -> Ended {
        let ended = self.run(args).await;
        assert_eq!(ended.exit, Some(exit), "{args:?}: {ended:?}");
        if exit != 0 && exit != 130 {
            assert!(!ended.err.is_empty(), "{args:?} fails without a word");
        }
        ended
    }

    /// The document that a command prints with `-o json`.
    pub async fn json(&self, args: &[&str]) -> Value {
        let out = self.ok(&[args, &["-o", "json"]].concat()).await;
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{args:?}: {error}: {out}"))
    }

    /// The documents that a command prints with `-o ndjson`, one a line.
    pub async fn ndjson(&self, args: &[&str]) -> Vec<Value> {
        lines(&self.ok(&[args, &["-o", "ndjson"]].concat()).await)
    }
}

/// Waits for the end of a command.
pub async fn ended(mut process: Process) -> Ended {
    let status = process.wait(WITHIN).await.expect("it ends");
    let (out, err) = process.printed().await;
    let exit = status.code();
    Ended { exit, out, err }
}

/// One document a line.
pub fn lines(text: &str) -> Vec<Value> {
    let line = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(line).collect()
}

/// The positions of events, in the order in which they came.
pub fn positions(events: &[Value]) -> Vec<i64> {
    let position = |event: &Value| event["position"].as_str()?.parse().ok();
    events.iter().filter_map(position).collect()
}

/// `first`, `first + 1` … `last`.
pub fn dense(first: i64, last: i64) -> Vec<i64> {
    (first..=last).collect()
}

/// Makes so many tasks of a tenant at once and gives the log's head.
pub async fn tasks(world: &World, tenant: TenantId, count: usize) -> Position {
    let tasks = &world.node.app().commands.tasks;
    let make = |n: usize| async move {
        let by = CommandContext::new(tenant, Actor::human(ADMIN), None);
        let id = by.command_id.created("task").to_string();
        let name = format!("task {n}");
        let task: CreateTask =
            serde_json::from_value(serde_json::json!({ "name": name })).expect("a command");
        tasks.dispatch(&id, task, by).await.expect("a task")
    };
    for start in (0..count).step_by(200) {
        let some = (start..count.min(start + 200)).map(make);
        futures_util::future::join_all(some).await;
    }
    let head = world.head().await;
    let mut seen = world.node.app().log.watch_head();
    let reached = seen.wait_for(|at| *at >= head).await;
    reached.expect("the node reads on");
    head
}

/// Writes an event past the log's function, as nobody may, recorded so long after the last one.
pub async fn plant(world: &World, event_type: &str, payload: &str, later: &str) -> i64 {
    let pool = world.database.pool(1).await.expect("a connection");
    let planted = sqlx::query_scalar(
        "insert into events (position, aggregate_type, aggregate_id, sequence, event_type,
             event_version, payload, metadata, event_id, command_id, recorded_at)
         select position + 1, 'task', gen_random_uuid()::text, 1, $1, '1', $2::json, metadata,
             gen_random_uuid(), gen_random_uuid(), recorded_at + $3::interval
         from events order by position desc limit 1 returning position",
    );
    let planted = planted.bind(event_type).bind(payload).bind(later);
    let position: i64 = planted.fetch_one(&pool).await.expect("planted");
    let mut seen = world.node.app().log.watch_head();
    let reached = seen.wait_for(|at| at.get() >= position).await;
    reached.expect("the node reads on");
    position
}

/// An installation of one `serve` process without a bus, which can be killed and started again.
pub struct Server {
    pub cli: Cli,
    _database: Database,
    pub process: Process,
    pub url: String,
}

impl Server {
    pub async fn start() -> Self {
        let database = Postgres::shared().await.expect("a database");
        let cli = Cli::new()
            .set("DATABASE_URL", database.url())
            .set("PANTHEON_LIMITS_REQUESTS_PER_MINUTE", 0)
            .set("PANTHEON_LISTEN", "127.0.0.1:0");
        let process = cli.start(&["serve"]);
        let url = process.ready(WITHIN).await.expect("it serves");
        let cli = cli.set("PANTHEON_SERVER", &url);
        let token = cli
            .json(&["token", "issue", "--role", Role::Admin.as_str()])
            .await;
        let token = token["token"].as_str().expect("a token").to_owned();
        Self {
            cli: cli.set("PANTHEON_TOKEN", token),
            _database: database,
            process,
            url,
        }
    }

    /// Kills it.
    pub async fn kill(&mut self) {
        self.process.kill9().await.expect("it is killed");
    }

    /// Starts it again at the same address.
    pub async fn restart(&mut self) {
        let address = self.url.trim_start_matches("http://").to_owned();
        let cli = self
            .cli
            .clone()
            .set("PANTHEON_LISTEN", address)
            .unset("PANTHEON_TOKEN");
        self.process = cli.start(&["serve"]);
        self.process.ready(WITHIN).await.expect("it serves again");
    }

    /// Makes a task and gives its position.
    pub async fn task(&self, name: &str) -> i64 {
        let id = pantheon_events::CommandId::generate().to_string();
        let data = serde_json::json!({ "name": name }).to_string();
        let args = ["command", "task", "create_task", &id, "--data", &data];
        let verdict = self.cli.json(&args).await;
        assert_eq!(verdict["verdict"], "accepted", "{verdict}");
        positions(&[verdict])[0]
    }
}
