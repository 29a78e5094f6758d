//! A node of its own for one test, and short words for talking to it.

use std::collections::BTreeMap;
use std::time::Duration;

use nkeys::KeyPair;
use pantheon::auth::Role;
use pantheon::config::{Config, Mode, Sources};
use pantheon::node::Node;
use pantheon::processes::claim;
use pantheon_events::agents::EnrollAgent;
use pantheon_events::{Actor, AgentId, CommandContext, CommandId, TenantId};
use pantheon_harness::{Database, Postgres};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

/// Who asks in most tests.
pub const ADMIN: &str = "0198c7a0-0000-7000-8000-000000000001";

pub struct World {
    pub node: Node,
    pub tenant: TenantId,
    client: Client,
    token: String,
    _database: Database,
    _dir: tempfile::TempDir,
}

impl World {
    pub async fn new() -> Self {
        let database = Postgres::shared().await.expect("a database");
        let dir = tempfile::tempdir().expect("a folder");
        let data_dir = dir.path().display().to_string();
        let env = [
            ("PANTHEON_DATA_DIR", data_dir.as_str()),
            ("PANTHEON_LISTEN", "127.0.0.1:0"),
        ];
        let env = env.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let sources = Sources {
            mode: Mode::Serve,
            file: None,
            env: BTreeMap::from(env),
            flags: BTreeMap::new(),
        };
        let config = Config::load(&sources).expect("good settings");
        let node = Node::start(config, database.url(), None)
            .await
            .expect("a node");
        let tenant = TenantId::default_organization();
        let ttl = Duration::from_secs(600);
        let issued = node
            .app()
            .auth
            .issue_operator(ADMIN, tenant, Role::Admin, ttl);
        Self {
            node,
            tenant,
            client: Client::new(),
            token: issued.token,
            _database: database,
            _dir: dir,
        }
    }

    /// A request as the admin.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.request_as(&self.token, method, path)
    }

    pub fn request_as(&self, token: &str, method: Method, path: &str) -> RequestBuilder {
        let url = format!("http://{}/api/v1{path}", self.node.address());
        self.client.request(method, url).bearer_auth(token)
    }

    pub fn token(&self, tenant: TenantId, role: Role) -> String {
        let ttl = Duration::from_secs(600);
        self.node
            .app()
            .auth
            .issue_operator(ADMIN, tenant, role, ttl)
            .token
    }

    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        answer(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        answer(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> (StatusCode, Value) {
        answer(self.request(Method::PATCH, path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> (StatusCode, Value) {
        answer(self.request(Method::DELETE, path)).await
    }

    /// Makes a task and gives its id.
    pub async fn task(&self, body: Value) -> String {
        let (status, task) = self.post("/tasks", body).await;
        assert_eq!(status, 201, "{task}");
        task["id"].as_str().expect("an id").to_owned()
    }

    /// Makes a task of this name and gives its id.
    pub async fn named(&self, name: &str) -> String {
        self.task(json!({ "name": name })).await
    }

    /// Sends a command to a task and expects it to be accepted.
    pub async fn done(&self, task: &str, verb: &str, body: Value) -> Value {
        let (status, task) = self.post(&format!("/tasks/{task}/{verb}"), body).await;
        assert_eq!(status, 200, "{verb}: {task}");
        task
    }

    /// Sends a command to a task and expects a refusal; gives its code.
    pub async fn refused(&self, task: &str, verb: &str, body: Value) -> String {
        let (status, problem) = self.post(&format!("/tasks/{task}/{verb}"), body).await;
        assert_eq!(status, 422, "{verb}: {problem}");
        code(&problem)
    }

    /// Enrols an agent of a type and gives its id.
    pub async fn agent(&self, id: &str, agent_type: &str) -> AgentId {
        let enroll = EnrollAgent {
            public_key: KeyPair::new_user().public_key(),
            agent_type: agent_type.to_owned(),
            kind: pantheon_events::agents::MemberKind::Agent,
            name: None,
            layer: None,
            capabilities: vec!["fix.apply".to_owned()],
        };
        let by = CommandContext::new(self.tenant, Actor::human(ADMIN), None);
        let enrolled = self
            .node
            .app()
            .commands
            .agents
            .dispatch(id, enroll, by)
            .await;
        enrolled.expect("the agent is enrolled");
        id.parse().expect("an agent id")
    }

    /// Claims as an agent, the next task unless one is named.
    pub async fn claim(&self, agent: &AgentId, task: Option<&str>) -> Result<Value, String> {
        self.claim_again(agent, task, CommandId::generate()).await
    }

    /// Claims under a given command id; a refusal gives its code.
    pub async fn claim_again(
        &self,
        agent: &AgentId,
        task: Option<&str>,
        id: CommandId,
    ) -> Result<Value, String> {
        let by = CommandContext::new(self.tenant, Actor::agent(agent.as_str()), Some(id));
        let body = match task {
            Some(task) => json!({ "task_id": task }),
            None => json!({}),
        };
        claim::answer(self.node.app(), agent, by, body.to_string().as_bytes())
            .await
            .map_err(|problem| problem.code.into_owned())
    }

    /// The task as the read model has it after everything committed so far.
    pub async fn now(&self, task: &str) -> Value {
        let head = self.node.app().log.database_head().await.expect("a head");
        let (status, task) = self
            .get(&format!("/tasks/{task}?min_position={head}&wait=10"))
            .await;
        assert_eq!(status, 200, "{task}");
        task["task"].clone()
    }
}

pub async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let answer = request.send().await.expect("an answer");
    let status = answer.status();
    let body = answer.bytes().await.expect("a body");
    let value = match body.is_empty() {
        true => Value::Null,
        false => serde_json::from_slice(&body).expect("JSON"),
    };
    (status, value)
}

pub fn code(problem: &Value) -> String {
    problem["code"].as_str().expect("a code").to_owned()
}
