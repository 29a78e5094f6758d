//! `GET /api/v1/security/login-history`.

use std::collections::BTreeSet;

use axum::extract::State;
use chrono::{DateTime, Utc};
use pantheon_projections::access::{NAME, SignIns, newest_sign_ins, sign_ins};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::view::{Days, Whose, opened, people};
use crate::app::App;
use crate::http::cursor::Limit;
use crate::http::{Answer, ApiQuery, Caller, Problem, ReadOptions};
use crate::identity::installation;

/// Which sign-ins.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// 1–90, 7 unless told.
    #[param(value_type = Option<u8>)]
    #[serde(default)]
    days: Days,
    #[param(value_type = Option<u16>)]
    #[serde(default)]
    limit: Limit,
}

/// A sign-in that opened a session, or did not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PastLogin)]
pub struct Login {
    id: Uuid,
    /// Null where nobody has the name.
    username: Option<String>,
    email: Option<String>,
    timestamp: DateTime<Utc>,
    ip_address: Option<String>,
    user_agent: Option<String>,
    /// `success` or `failed`.
    status: &'static str,
}

/// How many there were.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoginSummary {
    total_attempts: i64,
    successful: i64,
    failed: i64,
    unique_users: i64,
    unique_ips: usize,
}

/// The sign-ins of a time.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoginHistory {
    logins: Vec<Login>,
    total: i64,
    summary: LoginSummary,
}

/// Sign-ins, the newest first: everybody's for those who manage users, one's own for all others.
#[utoipa::path(get, path = "/api/v1/security/login-history", tag = "audit", params(Wanted),
    responses((status = 200, description = "The sign-ins", body = LoginHistory)))]
pub async fn history(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Answer, Problem> {
    let position = app.reads.at(NAME, read.min_position, read.wait).await?;
    let since = wanted.days.before(app.clock.now());
    let answer = match Whose::of(&caller) {
        Whose::Nobodys => told(&app, Vec::new(), SignIns::default()).await?,
        Whose::Everybodys => found(&app, since, None, wanted.limit).await?,
        Whose::Own(user) => found(&app, since, Some(user.to_string()), wanted.limit).await?,
    };
    Answer::looked(position, answer)
}

async fn found(
    app: &App,
    since: DateTime<Utc>,
    actor: Option<String>,
    limit: Limit,
) -> Result<LoginHistory, Problem> {
    let (reads, home, actor) = (&app.reads, installation(), actor.as_deref());
    let counts = sign_ins(reads, home, since, actor).await?;
    let rows = newest_sign_ins(reads, home, since, actor, limit.get()).await?;
    let known = people(app, rows.iter().filter_map(|row| row.subject)).await?;
    let mut logins = Vec::with_capacity(rows.len());
    for row in rows {
        let who = row.subject.and_then(|subject| known.get(&subject));
        logins.push(Login {
            id: row.id,
            username: who.map(|who| who.username.clone()),
            email: who.map(|who| who.email.clone()),
            timestamp: row.happened_at,
            ip_address: opened(app, row.subject, row.ip_address.as_deref()).await?,
            user_agent: opened(app, row.subject, row.user_agent.as_deref()).await?,
            status: if row.kind == "login" {
                "success"
            } else {
                "failed"
            },
        });
    }
    told(app, logins, counts).await
}

async fn told(app: &App, logins: Vec<Login>, counts: SignIns) -> Result<LoginHistory, Problem> {
    // One address has another ciphertext for each account.
    let mut addresses = BTreeSet::new();
    for (subject, address) in counts.addresses {
        addresses.extend(opened(app, Some(subject), Some(&address)).await?);
    }
    Ok(LoginHistory {
        logins,
        total: counts.total,
        summary: LoginSummary {
            total_attempts: counts.total,
            successful: counts.successful,
            failed: counts.total - counts.successful,
            unique_users: counts.users,
            unique_ips: addresses.len(),
        },
    })
}
