//! Single-use tickets for sockets that cannot carry a header.
//!
//! They stand in Postgres, so that a ticket works on any node and only once over all of them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use pantheon_events::{AgentId, TenantId};
use pantheon_log::Pool;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Powers, Principal, Role, Session};

/// How long a ticket can be used.
pub const TICKET_TTL: TimeDelta = TimeDelta::seconds(30);

/// A ticket as its holder gets it.
#[derive(Clone, Debug, Serialize)]
pub struct Ticket {
    /// 256 random bits, base64url.
    pub ticket: String,
    /// The moment after which nobody takes it.
    pub expires_at: DateTime<Utc>,
}

/// The database did not answer.
#[derive(Debug, thiserror::Error)]
#[error("the database is not reachable")]
pub struct TicketsUnavailable(#[from] sqlx::Error);

/// The store of tickets. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tickets {
    pool: Pool,
}

/// A principal of a door, as it is kept with a ticket.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    id: String,
    tenant: TenantId,
    role: Option<Role>,
    agent: Option<AgentId>,
    #[serde(default)]
    session: Option<Session>,
    token: Option<Uuid>,
    expires_at: Option<DateTime<Utc>>,
}

impl Tickets {
    /// Tickets in this database.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self {
            pool: Pool::new(pool),
        }
    }

    /// Makes a ticket that speaks for the principal, and forgets those that have expired.
    pub async fn issue(&self, principal: &Principal) -> Result<Ticket, TicketsUnavailable> {
        let ticket = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let digest = digest(&ticket);
        let expires_at = sqlx::query_scalar!(
            r#"with expired as (delete from live_tickets where expires_at < clock_timestamp())
               insert into live_tickets (digest, principal, expires_at)
               values ($1, $2, clock_timestamp() + make_interval(secs => $3))
               returning expires_at"#,
            &digest[..],
            Json(Kept::of(principal)) as _,
            TICKET_TTL.num_seconds() as f64,
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(Ticket { ticket, expires_at })
    }

    /// Takes a ticket out. `None` = unknown, used or expired.
    pub async fn redeem(&self, ticket: &str) -> Result<Option<Principal>, TicketsUnavailable> {
        let digest = digest(ticket);
        let row = sqlx::query!(
            r#"delete from live_tickets where digest = $1
               returning principal as "principal: Json<Kept>",
                         expires_at > clock_timestamp() as "alive!""#,
            &digest[..],
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row
            .filter(|row| row.alive)
            .map(|row| row.principal.0.into()))
    }
}

fn digest(ticket: &str) -> [u8; 32] {
    Sha256::digest(ticket.as_bytes()).into()
}

impl Kept {
    fn of(principal: &Principal) -> Self {
        Self {
            id: principal.id.clone(),
            tenant: principal.tenant,
            role: principal.role,
            agent: principal.agent.clone(),
            session: principal.session,
            token: principal.token,
            expires_at: principal.expires_at,
        }
    }
}

impl From<Kept> for Principal {
    fn from(kept: Kept) -> Self {
        // Nothing that is kept here can speak as a part of Pantheon.
        let principal = match (kept.agent, kept.session, kept.role) {
            (Some(agent), ..) => Self::agent(agent, kept.tenant),
            (None, Some(session), _) => Self::user(session, kept.tenant),
            (None, None, Some(role)) => Self::operator(kept.id, kept.tenant, role),
            // What was nobody speaks for nobody.
            (None, None, None) => Self {
                role: None,
                powers: Powers::NONE,
                ..Self::operator(kept.id, kept.tenant, Role::Viewer)
            },
        };
        Self {
            token: kept.token,
            expires_at: kept.expires_at,
            ..principal
        }
    }
}
