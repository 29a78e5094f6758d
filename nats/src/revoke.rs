//! Cutting connections whose agent may no longer connect, through the system account.
//!
//! Shape: asks all servers for their connections, kicks those that have to go. Delivery: `cut` is
//! repeated once, for a connection that was being accepted while its agent was revoked; `sweep`
//! finds what was revoked while this node was away. On failure: an error; call again.

use std::sync::Arc;
use std::time::Duration;

use async_nats::Message;
use futures_util::StreamExt;
use pantheon_events::AgentId;
use serde::Deserialize;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::bus::{Bus, BusError, refused};
use crate::callout::{AgentDirectory, ConnectionName};
use crate::config::ACCOUNT;

const CONNECTIONS: &str = "$SYS.REQ.SERVER.PING.CONNZ";
const PAGE: usize = 1_024;
/// How long all servers together may take to answer after the first did.
const GATHER: Duration = Duration::from_millis(200);

/// Finds and cuts connections. Its bus is the system account's.
#[derive(Clone, Debug)]
pub struct Cutter {
    system: Bus,
}

impl Cutter {
    /// On this connection to the system account.
    #[must_use]
    pub fn new(system: Bus) -> Self {
        Self { system }
    }

    /// Cuts all connections of an agent, whichever key they came with. Returns how many.
    pub async fn cut(&self, agent: &AgentId) -> Result<usize, BusError> {
        self.cut_those(|connection| connection.name.agent == *agent)
            .await
    }

    /// Cuts all connections that came with a key (`U…`): the agent has another one now.
    pub async fn cut_key(&self, public_key: &str) -> Result<usize, BusError> {
        self.cut_those(|connection| connection.name.key == public_key)
            .await
    }

    async fn cut_those(&self, which: impl Fn(&Connection) -> bool) -> Result<usize, BusError> {
        let mut cut = 0;
        for pause in [Duration::ZERO, Duration::from_secs(1)] {
            tokio::time::sleep(pause).await;
            for connection in self.agents().await?.into_iter().filter(&which) {
                self.kick(&connection).await?;
                cut += 1;
            }
        }
        Ok(cut)
    }

    /// Cuts every connection whose key the directory no longer knows. Returns how many. One that
    /// cannot be judged or cut now does not keep the others; it is told as an error at the end.
    pub async fn sweep<D: AgentDirectory>(&self, directory: &D) -> Result<usize, BusError> {
        let (mut cut, mut failed) = (0, None);
        for connection in self.agents().await? {
            match self.judge(directory, &connection).await {
                Ok(kicked) => cut += usize::from(kicked),
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(cut), Err)
    }

    /// Cuts a connection if its key counts no more; whether it did.
    async fn judge<D: AgentDirectory>(
        &self,
        directory: &D,
        connection: &Connection,
    ) -> Result<bool, BusError> {
        let known = directory.agent_by_public_key(&connection.name.key).await;
        if known.map_err(refused)?.as_ref() == Some(&connection.name.agent) {
            return Ok(false);
        }
        self.kick(connection).await?;
        Ok(true)
    }

    /// Sweeps again and again until `stop`, beginning now.
    pub async fn guard<D: AgentDirectory>(
        &self,
        directory: Arc<D>,
        every: Duration,
        stop: CancellationToken,
    ) {
        while !stop.is_cancelled() {
            if let Err(error) = self.sweep(&*directory).await {
                tracing::warn!(%error, "the connections of agents could not be checked");
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(every) => {}
            }
        }
    }

    async fn kick(&self, connection: &Connection) -> Result<(), BusError> {
        let subject = format!("$SYS.REQ.SERVER.{}.KICK", connection.server);
        let body = json!({ "cid": connection.cid }).to_string();
        tracing::info!(cid = connection.cid, name = %connection.name, "a connection is cut");
        metrics::counter!("pantheon_nats_cut_total").increment(1);
        let kicked = self.system.client().request(subject, body.into());
        self.system.bounded(kicked).await.map(drop)
    }

    /// All connections of agents, on all servers.
    async fn agents(&self) -> Result<Vec<Connection>, BusError> {
        self.system.check()?;
        let mut all = Vec::new();
        let mut servers = None;
        for offset in (0..).step_by(PAGE) {
            let page = self.page(offset, servers).await?;
            servers = Some(page.len());
            let more = page.iter().any(|answer| answer.data.total > offset + PAGE);
            all.extend(page.into_iter().flat_map(Answer::agents));
            if !more {
                break;
            }
        }
        Ok(all)
    }

    /// One page of every server; who knows how many there are waits for no more.
    async fn page(&self, offset: usize, servers: Option<usize>) -> Result<Vec<Answer>, BusError> {
        let client = self.system.client();
        let inbox = client.new_inbox();
        let mut answers = self.system.subscribe(inbox.clone(), None).await?;
        let ask = json!({ "auth": true, "acc": ACCOUNT, "limit": PAGE, "offset": offset });
        let asked = client.publish_with_reply(CONNECTIONS, inbox, ask.to_string().into());
        self.system.bounded(asked).await?;
        let mut page = Vec::new();
        let mut wait = self.system.options().request_timeout;
        while servers.is_none_or(|servers| page.len() < servers)
            && let Ok(Some(answer)) = tokio::time::timeout(wait, answers.next()).await
        {
            page.push(read(&answer)?);
            wait = GATHER;
        }
        if page.is_empty() {
            Err(BusError::Timeout(wait))
        } else {
            Ok(page)
        }
    }
}

struct Connection {
    server: String,
    cid: u64,
    name: ConnectionName,
}

#[derive(Deserialize)]
struct Answer {
    server: Server,
    data: Data,
}

#[derive(Deserialize)]
struct Server {
    id: String,
}

#[derive(Deserialize)]
struct Data {
    #[serde(default)]
    total: usize,
    #[serde(default)]
    connections: Vec<Info>,
}

#[derive(Deserialize)]
struct Info {
    cid: u64,
    #[serde(default)]
    authorized_user: String,
}

impl Answer {
    fn agents(self) -> impl Iterator<Item = Connection> {
        let server = self.server.id;
        self.data.connections.into_iter().filter_map(move |info| {
            let name = ConnectionName::read(&info.authorized_user)?;
            Some(Connection {
                server: server.clone(),
                cid: info.cid,
                name,
            })
        })
    }
}

fn read(message: &Message) -> Result<Answer, BusError> {
    serde_json::from_slice(&message.payload)
        .map_err(|e| BusError::Refused(format!("an unreadable list of connections: {e}")))
}
