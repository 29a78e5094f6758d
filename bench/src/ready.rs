//! Ready-made batches for the log's append function: what the database alone could take, and a way
//! to fill a log quickly.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use pantheon_events::{CommandId, EventId};
use sqlx::{Connection, PgConnection};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::ours::{Ours, enrol};
use crate::workload::{self, AGENTS};

const APPEND: &str = "select verdict from append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
                      $11, $12, $13, $14, $15, $16, $17)";

/// Commands in one batch: about as many as a node's batches have under P1.
const BATCH: usize = 500;
const PIECE: Duration = Duration::from_millis(500);

/// A heartbeat as a node has stored it.
#[derive(Clone)]
pub struct Sample {
    pub event_type: String,
    pub event_version: String,
    pub payload: String,
    pub metadata: String,
}

impl Sample {
    /// Enrols all agents, sends one heartbeat and reads what was stored.
    pub async fn take(ours: &Ours) -> Result<Self> {
        enrol(&ours.commands.agents).await?;
        let (id, by) = (workload::agent(0), workload::by_agent(&workload::agent(0)));
        ours.commands
            .agents
            .dispatch(&id, workload::heartbeat(0), by)
            .await?;
        let row = sqlx::query_as::<_, (String, String, String, String)>(
            "select event_type, event_version, payload::text, metadata::text from events
             where event_type = 'agent_heartbeat_recorded' limit 1",
        )
        .fetch_one(ours.log.pool())
        .await
        .context("a heartbeat leaves an event")?;
        let (event_type, event_version, payload, metadata) = row;
        Ok(Self {
            event_type,
            event_version,
            payload,
            metadata,
        })
    }
}

/// One client with batches that need nothing but fresh ids and the next sequences.
pub struct Client {
    connection: PgConnection,
    epoch: i64,
    batches: Vec<Batch>,
}

/// Heartbeats of some agents, one each.
struct Batch {
    command_ids: Vec<Uuid>,
    indexes: Vec<i32>,
    fingerprints: Vec<Vec<u8>>,
    aggregate_types: Vec<&'static str>,
    aggregate_ids: Vec<String>,
    expected: Vec<i64>,
    bases: Vec<Option<Uuid>>,
    metadata: Vec<String>,
    refusals: Vec<Option<String>>,
    event_counts: Vec<i32>,
    event_ids: Vec<Uuid>,
    event_types: Vec<String>,
    event_versions: Vec<String>,
    payloads: Vec<String>,
}

/// As many clients, each with agents of its own.
pub async fn clients(url: &str, sample: &Sample, count: usize) -> Result<Vec<Client>> {
    let agents: Vec<usize> = (0..AGENTS).collect();
    let mut clients = Vec::with_capacity(count);
    for agents in agents.chunks(AGENTS.div_ceil(count)) {
        clients.push(Client::open(url, sample, agents).await?);
    }
    Ok(clients)
}

/// Lets all clients append for this long; gives them back with the events per second.
pub async fn drive(clients: Vec<Client>, time: Duration) -> Result<(Vec<Client>, f64)> {
    let started = Instant::now();
    let mut running = JoinSet::new();
    for client in clients {
        running.spawn(client.until(started + time));
    }
    let (mut back, mut events) = (Vec::new(), 0);
    while let Some(done) = running.join_next().await {
        let (client, appended) = done.context("a client broke off")??;
        back.push(client);
        events += appended;
    }
    Ok((back, events as f64 / started.elapsed().as_secs_f64()))
}

/// Appends heartbeats until the log has as many events; how many it has then.
pub async fn fill(url: &str, sample: &Sample, events: i64) -> Result<i64> {
    let mut clients = clients(url, sample, 2).await?;
    let mut connection = PgConnection::connect(url).await?;
    loop {
        let head: i64 = sqlx::query_scalar("select coalesce(max(position), 0) from events")
            .fetch_one(&mut connection)
            .await?;
        if head >= events {
            return Ok(head);
        }
        (clients, _) = drive(clients, PIECE).await?;
    }
}

impl Client {
    async fn open(url: &str, sample: &Sample, agents: &[usize]) -> Result<Self> {
        let mut connection = PgConnection::connect(url).await?;
        let epoch = sqlx::query_scalar("select max(epoch) from epochs")
            .fetch_one(&mut connection)
            .await?;
        let mut batches = Vec::new();
        for agents in agents.chunks(BATCH) {
            let ids: Vec<String> = agents.iter().map(|n| workload::agent(*n)).collect();
            let expected = sqlx::query_scalar(
                "select (select coalesce(max(sequence), 0) from events
                         where aggregate_type = 'agent' and aggregate_id = id collate \"C\")
                 from unnest($1::text[]) with ordinality as ids(id, nr) order by nr",
            )
            .bind(&ids)
            .fetch_all(&mut connection)
            .await?;
            batches.push(Batch::new(ids, expected, sample));
        }
        Ok(Self {
            connection,
            epoch,
            batches,
        })
    }

    async fn until(mut self, end: Instant) -> Result<(Self, usize)> {
        let mut events = 0;
        while Instant::now() < end {
            for batch in &mut self.batches {
                batch.append(&mut self.connection, self.epoch).await?;
                events += batch.command_ids.len();
            }
        }
        Ok((self, events))
    }
}

impl Batch {
    fn new(aggregate_ids: Vec<String>, expected: Vec<i64>, sample: &Sample) -> Self {
        let count = aggregate_ids.len();
        Self {
            command_ids: Vec::new(),
            indexes: (1..).take(count).collect(),
            fingerprints: vec![vec![7; 32]; count],
            aggregate_types: vec!["agent"; count],
            aggregate_ids,
            expected,
            bases: vec![None; count],
            metadata: vec![sample.metadata.clone(); count],
            refusals: vec![None; count],
            event_counts: vec![1; count],
            event_ids: Vec::new(),
            event_types: vec![sample.event_type.clone(); count],
            event_versions: vec![sample.event_version.clone(); count],
            payloads: vec![sample.payload.clone(); count],
        }
    }

    async fn append(&mut self, connection: &mut PgConnection, epoch: i64) -> Result<()> {
        let count = self.aggregate_ids.len();
        self.command_ids = std::iter::repeat_with(|| CommandId::generate().as_uuid())
            .take(count)
            .collect();
        self.event_ids = std::iter::repeat_with(|| EventId::generate().as_uuid())
            .take(count)
            .collect();
        let verdict: String = sqlx::query_scalar(APPEND)
            .bind(epoch)
            .bind(&self.command_ids)
            .bind(&self.indexes)
            .bind(&self.fingerprints)
            .bind(&self.aggregate_types)
            .bind(&self.aggregate_ids)
            .bind(&self.indexes)
            .bind(&self.expected)
            .bind(&self.bases)
            .bind(&self.metadata)
            .bind(&self.refusals)
            .bind(&self.event_counts)
            .bind(&self.indexes)
            .bind(&self.event_ids)
            .bind(&self.event_types)
            .bind(&self.event_versions)
            .bind(&self.payloads)
            .fetch_one(connection)
            .await?;
        ensure!(
            verdict.bytes().all(|letter| letter == b'R'),
            "a ready-made batch was not recorded: {verdict}"
        );
        self.expected.iter_mut().for_each(|sequence| *sequence += 1);
        Ok(())
    }
}
