//! The part `user_state`: who is signed in, as far as the reader may know.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use pantheon_events::{Position, UserId};
use pantheon_projections::sessions::{self, SessionRow};
use pantheon_projections::users::{self, UserRow};
use pantheon_projections::{QueryError, Reads};
use serde_json::{Value, json};

use super::fleet::People;
use super::read_models::{MOST, WAIT};
use crate::auth::{Principal, may, permission};
use crate::domain::sessions::{FAMILY_LIFE, TOKEN_LIFE};
use crate::http::Problem;
use crate::secrets::Personal;

/// Everybody for those who manage users, oneself for others, nobody for agents and operators without
/// that right.
pub(super) async fn people(
    reads: &Reads,
    personal: &Personal,
    who: &Principal,
    (position, now): (Position, DateTime<Utc>),
) -> Result<People, Problem> {
    for name in [sessions::NAME, users::NAME] {
        match reads.wait_for(name, position, WAIT).await {
            Ok(_) | Err(QueryError::Behind { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let all = may(Some(who), permission("users.manage"), None).is_ok();
    let own = who.session.map(|session| session.user);
    if !all && own.is_none() {
        return Ok(People::default());
    }
    let whose = own.filter(|_| !all);
    let (mut open, _) = sessions::open(reads, whose, MOST).await?;
    open.retain(|session| ends(session) > now);
    let ids: BTreeSet<_> = open.iter().map(|session| session.user_id).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let mut signed_in = Vec::new();
    for row in users::some(reads, &ids).await? {
        signed_in.push(person(personal, row).await?);
    }
    Ok(People {
        signed_in,
        sessions: open.iter().map(session).collect(),
    })
}

async fn person(personal: &Personal, row: UserRow) -> Result<Value, Problem> {
    let name = match &row.full_name {
        Some(name) => personal.open(row.id, name).await?,
        None => None,
    };
    Ok(json!({
        "id": row.id,
        "email": personal.open(row.id, &row.email).await?,
        "name": name,
        "role": row.role,
    }))
}

fn ends(row: &SessionRow) -> DateTime<Utc> {
    (row.last_activity_at + TOKEN_LIFE).min(row.started_at + FAMILY_LIFE)
}

fn session(row: &SessionRow) -> Value {
    json!({
        "session_id": row.id,
        "user_id": UserId::new(row.user_id),
        "expires_at": ends(row),
    })
}
