//! What is there after a run: every sink, read in the plainest way there is, past the code under
//! test.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use async_nats::jetstream::consumer::pull::OrderedConfig;
use futures_util::StreamExt;
use serde::Serialize;
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use crate::journal::Operation;

/// An event of the log.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Logged {
    /// Its place.
    pub position: i64,
    /// The kind of stream.
    pub aggregate_type: String,
    /// The stream's id.
    pub aggregate_id: String,
    /// Its place in the stream.
    pub sequence: i64,
    /// What happened.
    pub event_type: String,
    /// The data.
    pub payload: Value,
    /// Its id.
    pub event_id: Uuid,
    /// The command that brought it.
    pub command_id: Uuid,
}

/// A message of JetStream's copy.
#[derive(Clone, Debug, PartialEq)]
pub struct Mirrored {
    /// Its number in the stream.
    pub sequence: u64,
    /// The CloudEvent.
    pub body: Value,
}

/// Which events a live client asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those of every kind of stream.
    All,
    /// Those of these kinds.
    Aggregates(Vec<&'static str>),
}

impl Scope {
    /// Whether it is one of them.
    #[must_use]
    pub fn holds(&self, event: &Logged) -> bool {
        match self {
            Self::All => true,
            Self::Aggregates(kinds) => kinds.contains(&event.aggregate_type.as_str()),
        }
    }
}

/// What a live client was given, over all its connections, in the order it came.
#[derive(Clone, Debug)]
pub struct Transcript {
    /// Which client.
    pub client: String,
    /// What it asked for.
    pub scope: Scope,
    /// It asked for what comes after this position.
    pub after: i64,
    /// It has stayed until everything up to this position was there.
    pub until: i64,
    /// Position and event id.
    pub seen: Vec<(i64, Uuid)>,
}

/// A read model beside a plain fold of the log, made apart from the product.
#[derive(Clone, Debug)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// The rows, by key.
    pub rows: BTreeMap<String, Value>,
    /// What they must be.
    pub fold: BTreeMap<String, Value>,
}

/// A number that must not pass its limit: an integrity counter, a queue, memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gauge {
    /// What was measured.
    pub name: String,
    /// The highest it was.
    pub value: u64,
    /// The most it may be.
    pub most: u64,
}

/// Everything that the checker judges. What was not looked at stays empty.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The journal.
    pub operations: Vec<Operation>,
    /// The log, in position order.
    pub log: Vec<Logged>,
    /// JetStream's copy, in its own order.
    pub mirror: Option<Vec<Mirrored>>,
    /// The live clients.
    pub live: Vec<Transcript>,
    /// The read models.
    pub models: Vec<Model>,
    /// What must stay within limits.
    pub gauges: Vec<Gauge>,
}

/// The whole log, by one plain query.
///
/// # Errors
/// Postgres did not answer.
pub async fn log(pool: &PgPool) -> Result<Vec<Logged>> {
    sqlx::query_as(
        "select position, aggregate_type, aggregate_id, sequence, event_type, payload, event_id,
                command_id
         from events order by position",
    )
    .fetch_all(pool)
    .await
    .context("the log cannot be read")
}

/// The whole of JetStream's copy.
///
/// # Errors
/// There is no such stream, or nats-server did not answer.
pub async fn mirror(client: async_nats::Client) -> Result<Vec<Mirrored>> {
    let jet = async_nats::jetstream::new(client);
    let stream = jet
        .get_stream(pantheon_nats::topology::STREAM)
        .await
        .context("JetStream holds no copy of the log")?;
    let state = stream.cached_info().state.clone();
    let consumer = stream.create_consumer(OrderedConfig::default()).await?;
    let count = usize::try_from(state.messages)?;
    let mut messages = consumer.messages().await?.take(count);
    let mut all = Vec::with_capacity(count);
    while let Some(message) = messages.next().await {
        let message = message.context("the stream broke off")?;
        let sequence = message
            .info()
            .map_err(|error| anyhow::anyhow!("a message without its place: {error}"))?
            .stream_sequence;
        let body = serde_json::from_slice(&message.payload)?;
        all.push(Mirrored { sequence, body });
    }
    ensure!(all.len() == count, "the stream ended early");
    Ok(all)
}

/// Where the read models stand in Postgres: the one that is furthest behind.
///
/// # Errors
/// Postgres did not answer.
pub async fn models_at(pool: &PgPool) -> Result<i64> {
    let at = sqlx::query_scalar("select coalesce(min(position), 0) from projection_checkpoints");
    Ok(at.fetch_one(pool).await?)
}

/// The read model of tasks beside a fold of the log that shares no line with the projector: what
/// was said about each task last, and how often something was said.
///
/// # Errors
/// Postgres did not answer.
pub async fn tasks(pool: &PgPool, log: &[Logged]) -> Result<Model> {
    let found: Vec<(String, String, String, Value)> =
        sqlx::query_as("select id::text, name, status, metadata from read.tasks")
            .fetch_all(pool)
            .await?;
    let row = |name: Value, status: &str, metadata: Value| serde_json::json!({ "name": name, "status": status, "metadata": metadata });
    let rows = found
        .into_iter()
        .map(|(id, name, status, metadata)| (id, row(name.into(), &status, metadata)));
    let mut fold: BTreeMap<String, Value> = BTreeMap::new();
    for event in log.iter().filter(|event| event.aggregate_type == "task") {
        let (id, data) = (event.aggregate_id.clone(), &event.payload);
        match event.event_type.as_str() {
            "task_created" => {
                let metadata = data.get("metadata").cloned();
                let metadata = metadata.unwrap_or_else(|| serde_json::json!({}));
                fold.insert(id, row(data["name"].clone(), "pending", metadata));
            }
            "task_deleted" => drop(fold.remove(&id)),
            kind => {
                let Some(task) = fold.get_mut(&id) else {
                    continue;
                };
                for field in ["name", "metadata"] {
                    if kind == "task_updated" && !data[field].is_null() {
                        task[field] = data[field].clone();
                    }
                }
                let status = match kind {
                    "task_started" => "running",
                    "task_completed" => "completed",
                    "task_cancelled" => "cancelled",
                    _ => continue,
                };
                task["status"] = status.into();
            }
        }
    }
    Ok(Model {
        name: "tasks".to_owned(),
        rows: rows.collect(),
        fold,
    })
}
