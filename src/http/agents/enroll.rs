//! `POST /api/v1/agents`

use std::time::Duration;

use axum::extract::State;
use chrono::{DateTime, Utc};
use pantheon_events::agents::{EnrollAgent, MemberKind, catalogue_type};
use pantheon_events::{AgentId, CommandContext};
use pantheon_nats::AgentCredentials;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::Agent;
use super::answer::shown;
use crate::app::App;
use crate::http::after::Shown;
use crate::http::openapi::maybe;
use crate::http::{Answer, ApiJson, Caller, CommandHeaders, Problem};

/// How long an agent's HTTP token counts.
const TOKEN_TTL: Duration = Duration::from_secs(365 * 24 * 3600);

const SHOWN_ONCE: &str = "The credentials were shown in the first answer and are kept nowhere. \
                          If they are lost, revoke the agent and enrol it again.";

/// A new member of the fleet.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAgent {
    /// 1–64 lower-case letters, digits, `-` or `_`; made up when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// What it is called; the catalogue's name when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// A catalogue id, `<id>-agent` or the long name.
    #[serde(rename = "type")]
    agent_type: String,
    /// 0–4; the catalogue's when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    layer: Option<u8>,
    /// What it can do beyond the catalogue's capabilities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    capabilities: Vec<String>,
    /// `agent` (default), `worker` or `coordinator`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = maybe::<MemberKind>)]
    kind: Option<MemberKind>,
}

/// The agent and its credentials.
#[derive(Debug, Serialize, ToSchema)]
pub struct Enrolled {
    /// The agent.
    #[serde(flatten)]
    agent: Agent,
    /// Shown once; `null` in a repeated answer.
    credentials: Option<Credentials>,
    /// Says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
}

/// What an agent signs in with.
#[derive(Debug, Serialize, ToSchema)]
pub struct Credentials {
    /// The seed of its NKey, for NATS. A secret.
    seed: String,
    /// The public half.
    public_key: String,
    /// The inbox prefix that its NATS client has to set.
    inbox_prefix: String,
    /// Where NATS is, as this node reaches it; `null` on a node without a bus.
    nats_url: Option<String>,
    /// Its token for HTTP. A secret.
    token: String,
    /// When that ends.
    token_expires_at: DateTime<Utc>,
}

/// Gives an agent a key of its own. Its credentials are in this answer and nowhere else.
#[utoipa::path(
    post, path = "/api/v1/agents", tag = "agents", request_body = NewAgent,
    responses((status = 201, description = "the agent and its credentials", body = Enrolled)),
)]
pub async fn enroll(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiJson(new): ApiJson<NewAgent>,
) -> Result<Answer, Problem> {
    let mut by = headers.context(&caller);
    by.fingerprint = Some(fingerprint(&by, &new));
    let id = id_of(&new, &by)?;
    let keys = AgentCredentials::generate(id).map_err(|error| Problem::internal(&error))?;
    let command = command(new, &keys);
    let receipt = app
        .commands
        .agents
        .dispatch(keys.agent.as_str(), command, by)
        .await?;
    let credentials = (!receipt.replayed).then(|| credentials(&app, &caller, keys));
    let message = credentials.is_none().then_some(SHOWN_ONCE);
    let location = format!("/api/v1/agents/{}", receipt.aggregate_id);
    let answer = match shown(&app, &caller, &receipt).await {
        Shown::Row(agent) => {
            let enrolled = Enrolled {
                agent,
                credentials,
                message,
            };
            Answer::created(receipt, &location, enrolled)
        }
        Shown::Nothing | Shown::Late => {
            let body = json!({
                "id": receipt.aggregate_id, "credentials": credentials, "message": message,
            });
            Answer::accepted(receipt, body)
        }
    };
    answer.map(Answer::secret)
}

fn id_of(new: &NewAgent, by: &CommandContext) -> Result<AgentId, Problem> {
    let known = catalogue_type(&new.agent_type).ok_or_else(|| {
        Problem::invalid(
            "type",
            "is not in the catalogue; take one of it, for example \"codegen\"",
        )
    })?;
    let id = match &new.id {
        Some(id) => id.clone(),
        None => {
            let unique = by.command_id.created("agent").simple().to_string();
            format!("{}-{}", known.id, &unique[unique.len() - 12..])
        }
    };
    id.parse()
        .map_err(|error: pantheon_events::InvalidId| Problem::invalid("id", error.to_string()))
}

/// The key is another one each time, so a repeat is known by what the caller sent.
fn fingerprint(by: &CommandContext, new: &NewAgent) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"POST /agents\0");
    hash.update(by.tenant.as_uuid().as_bytes());
    hash.update(json!(new).to_string());
    hash.finalize().into()
}

fn command(new: NewAgent, keys: &AgentCredentials) -> EnrollAgent {
    EnrollAgent {
        public_key: keys.public_key.clone(),
        agent_type: new.agent_type,
        kind: new.kind.unwrap_or(MemberKind::Agent),
        name: new.name,
        layer: new.layer,
        capabilities: new.capabilities,
    }
}

fn credentials(app: &App, caller: &Caller, keys: AgentCredentials) -> Credentials {
    let issued = app.auth.issue_agent(keys.agent, caller.tenant, TOKEN_TTL);
    Credentials {
        seed: keys.seed,
        public_key: keys.public_key,
        inbox_prefix: keys.inbox_prefix,
        nats_url: app.bus.as_ref().map(pantheon_nats::Bus::public_url),
        token: issued.token,
        token_expires_at: issued.expires_at,
    }
}
