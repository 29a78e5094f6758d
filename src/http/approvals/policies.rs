//! `GET /api/v1/approval-policies` and `/{resource_type}`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use pantheon_events::approvals::{BUILT_IN, Policy, policy_id};
use pantheon_events::{RecordedEvent, Sequence};
use pantheon_projections::Stand;
use pantheon_projections::approvals::{ApprovalPolicyRow, POLICIES, fold_policy, policies, policy};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::app::App;
use crate::http::moment::until;
use crate::http::past::past;
use crate::http::{Answer, ApiPath, AsOf, Caller, Problem, ReadOptions, ReadThen};

/// What needs an approval, and whose.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApprovalPolicy {
    resource_type: String,
    /// `rules`, `four_eyes`, `distinct_across_stages`, `channels`.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    policy: Value,
    /// Whether it is in force because nothing else was defined.
    built_in: bool,
    updated_at: Option<DateTime<Utc>>,
    #[schema(value_type = String)]
    sequence: Sequence,
}

impl From<ApprovalPolicyRow> for ApprovalPolicy {
    fn from(row: ApprovalPolicyRow) -> Self {
        Self {
            resource_type: row.resource_type,
            policy: row.policy,
            built_in: false,
            updated_at: Some(row.updated_at),
            sequence: Sequence::new(row.sequence),
        }
    }
}

fn built_in(resource_type: &str) -> Option<ApprovalPolicy> {
    let policy = serde_json::to_value(Policy::built_in(resource_type)?).ok()?;
    Some(ApprovalPolicy {
        resource_type: resource_type.to_owned(),
        policy,
        built_in: true,
        updated_at: None,
        sequence: Sequence::ZERO,
    })
}

async fn stand(app: &App, caller: &Caller, read: &ReadOptions) -> Result<Stand, Problem> {
    read.stand(&app.reads, POLICIES, caller.tenant).await
}

/// The policies in force, the built-in ones included, as a bare array.
#[utoipa::path(get, path = "/api/v1/approval-policies", tag = "approvals",
    responses((status = 200, description = "Policies", body = Vec<ApprovalPolicy>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
) -> Result<Answer, Problem> {
    let position = stand(&app, &caller, &read).await?;
    let own = policies(&app.reads, caller.tenant).await?;
    let mut items: Vec<ApprovalPolicy> = own.into_iter().map(ApprovalPolicy::from).collect();
    for name in BUILT_IN {
        if items.iter().all(|policy| policy.resource_type != name) {
            items.extend(built_in(name));
        }
    }
    items.sort_by(|a, b| a.resource_type.cmp(&b.resource_type));
    Answer::array(&read, position, &items, None)
}

/// The policy in force for a kind of thing, as it is or as it was (`as_of`).
#[utoipa::path(get, path = "/api/v1/approval-policies/{resource_type}", tag = "approvals",
    params(("resource_type" = String, Path),
        ("as_of" = Option<String>, Query, description = "a position or a time in the past")),
    responses((status = 200, description = "The policy", body = ApprovalPolicy)))]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    ReadThen(read): ReadThen,
    ApiPath(resource_type): ApiPath<String>,
) -> Result<Answer, Problem> {
    if let Some(moment) = read.as_of {
        return then(&app, &caller, &read, &resource_type, moment).await;
    }
    let position = stand(&app, &caller, &read).await?;
    let found = in_force(&app, &caller, &resource_type).await?;
    Answer::found(&read, position, found)
}

/// What was in force at a moment.
async fn then(
    app: &App,
    caller: &Caller,
    read: &ReadOptions,
    resource_type: &str,
    moment: AsOf,
) -> Result<Answer, Problem> {
    let id = policy_id(caller.tenant, resource_type).to_string();
    let fold = |_, event: &RecordedEvent| fold_policy(event);
    let own = past(app, read, moment, ("approval_policy", &id), fold).await?;
    let (position, found) = match own {
        Some(own) => (own.position, Some(ApprovalPolicy::from(own.row))),
        None => (
            until(&app.log, read, moment).await?,
            built_in(resource_type),
        ),
    };
    Answer::found(read, position, found.ok_or_else(Problem::not_found)?)
}

/// What is in force: the tenant's own, or the built-in one.
pub(super) async fn in_force(
    app: &App,
    caller: &Caller,
    resource_type: &str,
) -> Result<ApprovalPolicy, Problem> {
    let own = policy(&app.reads, caller.tenant, resource_type).await?;
    let found = own
        .map(ApprovalPolicy::from)
        .or_else(|| built_in(resource_type));
    found.ok_or_else(Problem::not_found)
}
