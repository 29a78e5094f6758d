//! `GET /api/v1/approvals`.

use axum::extract::State;
use pantheon_events::TenantId;
use pantheon_events::approvals::ApprovalStatus;
use pantheon_projections::approvals::{self, Filter};
use pantheon_projections::users;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::view::{Approval, role, stand, viewer};
use crate::app::App;
use crate::http::cursor::Limit;
use crate::http::openapi::named;
use crate::http::{Answer, ApiQuery, Caller, Problem, ReadOptions};

/// Which approvals.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    #[param(schema_with = named::<ApprovalStatus>, required = false)]
    status: Option<ApprovalStatus>,
    /// Who may decide, or has.
    approver_id: Option<String>,
    requester_id: Option<String>,
    resource_type: Option<String>,
    resource_id: Option<Uuid>,
    /// Only what the caller asked for.
    mine: Option<bool>,
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200)]
    #[serde(default)]
    limit: Limit,
    cursor: Option<String>,
}

/// Approvals, newest first, as a bare array.
#[utoipa::path(get, path = "/api/v1/approvals", tag = "approvals", params(Wanted),
    responses((status = 200, description = "Approvals", body = Vec<Approval>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Answer, Problem> {
    let position = stand(&app, &caller, &read).await?;
    if let Some(unchanged) = read.not_modified(position) {
        return Ok(unchanged);
    }
    let me = &caller.principal.id;
    let mine = wanted.mine.unwrap_or(false);
    if mine
        && wanted
            .requester_id
            .as_ref()
            .is_some_and(|other| other != me)
    {
        return Answer::array::<Approval>(&read, position, &[], None);
    }
    let approver_role = match &wanted.approver_id {
        Some(approver) if approver == me => role(&caller),
        Some(approver) => role_of(&app, &caller, approver).await?,
        None => None,
    };
    let filter = Filter {
        status: wanted.status.map(|status| status.as_str().to_owned()),
        approver_role,
        approver_id: wanted.approver_id,
        requester_id: if mine {
            Some(me.clone())
        } else {
            wanted.requester_id
        },
        resource_type: wanted.resource_type,
        resource_id: wanted.resource_id,
        viewer: viewer(&caller),
        limit: wanted.limit.get(),
        cursor: wanted.cursor,
    };
    let listed = approvals::list(&app.reads, caller.tenant, &filter).await?;
    let items: Vec<Approval> = listed.rows.into_iter().map(Approval::from).collect();
    Answer::array(&read, position, &items, listed.next_cursor.as_deref())
}

/// The role of an account of the default organisation, as stages name it. Whoever is no account here
/// is found by what names it.
async fn role_of(app: &App, caller: &Caller, who: &str) -> Result<Option<String>, Problem> {
    let Ok(user) = who.parse() else {
        return Ok(None);
    };
    if caller.tenant != TenantId::default_organization() {
        return Ok(None);
    }
    let account = users::one(&app.reads, user).await?;
    Ok(account.map(|account| account.role))
}
