//! Who may connect as an agent: the answers to nats-server's auth callout.
//!
//! Shape: every node answers, in one queue group; each question gets its own task. Ordering: none.
//! Delivery: a question that nobody answers ends that connection attempt; clients try again.
//! On failure: refused. nats-server does not check a key that is not in its file, so the signature
//! over the server's nonce is checked here; then the directory says which agent the key belongs to.
//!
//! An agent may publish to `pantheon.agent.<own id>.>` (but its `tell`, which is the server's),
//! subscribe to its own `tell` and to its own inbox, and nothing else; no `$JS.API`. The answer
//! expires, so that a connection is judged anew from time to time; [`crate::revoke`] cuts at once.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_nats::{HeaderMap, Message};
use futures_util::StreamExt;
use pantheon_events::AgentId;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::bus::{Bus, BusError, refused};
use crate::config::ACCOUNT;
use crate::doors::QUEUE;
use crate::jwt::{self, BadToken};
use crate::keys::{self, BusKeys};
use crate::subject::{Subject, agent_inbox, everything_of};

const SUBJECT: &str = "$SYS.REQ.USER.AUTH";

/// Knows which key belongs to which agent. Asked at every connection attempt.
pub trait AgentDirectory: Send + Sync + 'static {
    /// The enrolled, not revoked agent with this public key (`U…`).
    fn agent_by_public_key(
        &self,
        key: &str,
    ) -> impl Future<Output = Result<Option<AgentId>, NotNow>> + Send;
}

/// The directory cannot say now; nobody is let in, and nobody is cut.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotNow(pub String);

/// Settings of the callout.
#[derive(Clone, Debug)]
pub struct CalloutOptions {
    /// How long an answer is good for; the connection then has to authenticate anew.
    pub expires: Duration,
    /// Questions at work at once.
    pub at_once: usize,
}

impl Default for CalloutOptions {
    fn default() -> Self {
        Self {
            expires: Duration::from_secs(3600),
            at_once: 256,
        }
    }
}

/// Answers the server's questions until `stop`.
pub async fn serve_callout<D: AgentDirectory>(
    bus: Bus,
    keys: BusKeys,
    directory: Arc<D>,
    options: CalloutOptions,
    stop: CancellationToken,
) -> Result<(), BusError> {
    // Checked once here, so that a wrong key is told at the start and not at the first agent.
    keys::key_pair(&keys.issuer)?;
    let callout = Arc::new(Callout {
        issuer: keys.issuer,
        options,
        directory,
    });
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => break,
            ended = callout.session(&bus) => if let Err(error) = ended {
                tracing::warn!(%error, "the auth callout is opened anew");
            },
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Ok(())
}

struct Callout<D> {
    issuer: String,
    options: CalloutOptions,
    directory: Arc<D>,
}

impl<D: AgentDirectory> Callout<D> {
    async fn session(self: &Arc<Self>, bus: &Bus) -> Result<(), BusError> {
        let mut questions = bus.subscribe(SUBJECT, Some(QUEUE)).await?;
        let places = Arc::new(Semaphore::new(self.options.at_once));
        while let Some(question) = questions.next().await {
            let Ok(place) = places.clone().acquire_owned().await else {
                break;
            };
            let (callout, bus) = (self.clone(), bus.clone());
            tokio::spawn(async move {
                callout.answer(&bus, question).await;
                drop(place);
            });
        }
        Ok(())
    }

    async fn answer(&self, bus: &Bus, question: Message) {
        let Some(reply) = question.reply.clone() else {
            return;
        };
        let answered = match self.decide(&question.payload).await {
            Ok(token) => bus.publish(reply, HeaderMap::new(), token.into()).await,
            Err(error) => Err(refused(error)),
        };
        if let Err(error) = answered {
            tracing::warn!(%error, "a question of the auth callout was not answered");
        }
    }

    /// The answer to one question: the agent's rights, or the reason why not.
    #[expect(
        clippy::disallowed_methods,
        reason = "a token runs out by the machine's clock"
    )]
    async fn decide(&self, payload: &[u8]) -> Result<String, BadToken> {
        let question = Question::read(payload)?;
        let verdict = self.judge(&question).await;
        let outcome = if verdict.is_ok() {
            "accepted"
        } else {
            "refused"
        };
        metrics::counter!("pantheon_nats_auth_total", "outcome" => outcome).increment(1);
        let issuer =
            keys::key_pair(&self.issuer).map_err(|_| BadToken("the issuer's key is broken"))?;
        let now = chrono::Utc::now().timestamp();
        let mut answer = json!({ "type": "authorization_response", "version": 2 });
        match verdict {
            Ok(agent) => {
                let claims = self.rights(&agent, &question, now);
                answer["jwt"] = json!(jwt::sign(claims, &issuer, now)?);
            }
            Err(reason) => {
                tracing::info!(reason, host = %question.client_info.host, "a connection was refused");
                answer["error"] = json!(reason);
            }
        }
        let claims =
            json!({ "aud": question.server_id.id, "sub": question.user_nkey, "nats": answer });
        jwt::sign(claims, &issuer, now)
    }

    async fn judge(&self, question: &Question) -> Result<AgentId, &'static str> {
        let connect = &question.connect_opts;
        if question.client_info.kind != "Client" {
            return Err("only clients may connect");
        }
        if connect.nkey.is_empty() {
            return Err("an agent connects with its NKey");
        }
        if !jwt::signed_nonce(&connect.nkey, &question.client_info.nonce, &connect.sig) {
            return Err("the signature is not that of the key");
        }
        match self.directory.agent_by_public_key(&connect.nkey).await {
            Ok(known) => known.ok_or("the key belongs to no enrolled agent"),
            Err(error) => {
                tracing::warn!(%error, "an agent's key could not be looked up; it is refused");
                Err("the keys of agents cannot be looked up now; come again")
            }
        }
    }

    fn rights(&self, agent: &AgentId, question: &Question, now: i64) -> Value {
        let expires = i64::try_from(self.options.expires.as_secs()).unwrap_or(3600);
        let tell = Subject::Tell(agent.clone()).to_string();
        // The server shows the name with each connection: that is how one is found again. It does
        // not apply limits of an answer (subscriptions, payload): those are in its own file.
        json!({
            "sub": question.user_nkey, "aud": ACCOUNT, "exp": now + expires,
            "name": ConnectionName { agent: agent.clone(), key: question.connect_opts.nkey.clone() }.to_string(),
            "nats": {
                "type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1,
                "pub": { "allow": [everything_of(agent)], "deny": [tell] },
                "sub": { "allow": [tell, format!("{}.>", agent_inbox(agent))] },
                "allowed_connection_types": ["STANDARD"],
            },
        })
    }
}

/// The name that the server shows for an agent's connection: `agent.<agent id>.<public key>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConnectionName {
    pub(crate) agent: AgentId,
    pub(crate) key: String,
}

impl ConnectionName {
    /// Reads it; `None` for connections of Pantheon and of services.
    pub(crate) fn read(name: &str) -> Option<Self> {
        let (agent, key) = name.strip_prefix("agent.")?.split_once('.')?;
        Some(Self {
            agent: agent.parse().ok()?,
            key: key.to_owned(),
        })
    }
}

impl fmt::Display for ConnectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "agent.{}.{}", self.agent, self.key)
    }
}

/// What the server asks.
#[derive(Deserialize)]
struct Question {
    server_id: ServerId,
    user_nkey: String,
    client_info: ClientInfo,
    connect_opts: ConnectOpts,
}

#[derive(Deserialize)]
struct ServerId {
    id: String,
}

#[derive(Deserialize)]
struct ClientInfo {
    #[serde(default)]
    host: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    nonce: String,
}

#[derive(Deserialize)]
struct ConnectOpts {
    #[serde(default)]
    nkey: String,
    #[serde(default)]
    sig: String,
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    nats: Question,
}

impl Question {
    /// Reads the server's token, which the server has signed with its own key.
    fn read(payload: &[u8]) -> Result<Self, BadToken> {
        let token = std::str::from_utf8(payload).map_err(|_| BadToken("not text"))?;
        let (issuer, claims) = jwt::read::<Claims>(token)?;
        if claims.aud != "nats-authorization-request" || issuer != claims.nats.server_id.id {
            return Err(BadToken("not a question of the server"));
        }
        Ok(claims.nats)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_known_by_its_agent_and_key() {
        let name = ConnectionName {
            agent: "a-1".parse().expect("an id"),
            key: "UABC".to_owned(),
        };
        assert_eq!(ConnectionName::read(&name.to_string()), Some(name));
        for other in ["UABC", "", "agent.", "agent.a", "agent.A.U"] {
            assert_eq!(ConnectionName::read(other), None, "{other}");
        }
    }

    #[test]
    fn a_question_that_the_server_did_not_sign_is_not_read() {
        let forger = nkeys::KeyPair::new_server();
        let claims = json!({
            "aud": "nats-authorization-request",
            "nats": { "server_id": { "id": "NOTTHEFORGER" }, "user_nkey": "U", "client_info": {}, "connect_opts": {} },
        });
        let token = jwt::sign(claims, &forger, 1).expect("signed");
        assert!(Question::read(token.as_bytes()).is_err());
        assert!(Question::read(b"not.a.token").is_err());
    }
}
