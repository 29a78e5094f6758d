//! `PUT` and `DELETE /api/v1/approval-policies/{resource_type}`.

use axum::extract::State;
use pantheon_events::approvals::{
    DefineApprovalPolicy, PolicyRule, RetireApprovalPolicy, policy_id,
};
use pantheon_projections::approvals::POLICIES;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::Array;

use super::policies::{ApprovalPolicy, in_force};
use crate::app::App;
use crate::http::after::reached;
use crate::http::openapi::named;
use crate::http::{Answer, ApiJson, ApiPath, Caller, CommandHeaders, Problem};

/// A policy as it is put.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewApprovalPolicy)]
pub struct Put {
    /// As in the path.
    resource_type: Option<String>,
    /// The first that applies wins; none: no approval is needed.
    #[schema(schema_with = rules)]
    rules: Vec<PolicyRule>,
    four_eyes: Option<bool>,
    distinct_across_stages: Option<bool>,
    #[serde(default)]
    channels: Vec<String>,
}

fn rules() -> Array {
    Array::new(named::<PolicyRule>())
}

/// Puts a policy in force. Approvals that are pending keep their stages.
#[utoipa::path(put, path = "/api/v1/approval-policies/{resource_type}", tag = "approvals",
    params(("resource_type" = String, Path)), request_body = Put,
    responses((status = 200, description = "The policy", body = ApprovalPolicy)))]
pub async fn define(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(resource_type): ApiPath<String>,
    ApiJson(put): ApiJson<Put>,
) -> Result<Answer, Problem> {
    if put
        .resource_type
        .as_ref()
        .is_some_and(|named| *named != resource_type)
    {
        return Err(Problem::malformed_field(
            "resource_type",
            "differs from the path",
        ));
    }
    let command = DefineApprovalPolicy {
        resource_type: resource_type.clone(),
        rules: put.rules,
        four_eyes: put.four_eyes.unwrap_or(true),
        distinct_across_stages: put.distinct_across_stages.unwrap_or(true),
        channels: put.channels,
    };
    let id = policy_id(caller.tenant, &resource_type).to_string();
    let by = headers.context(&caller);
    let receipt = app
        .commands
        .approval_policies
        .dispatch(&id, command, by)
        .await?;
    let late = json!({ "resource_type": resource_type });
    if !reached(&app, POLICIES, &receipt).await {
        return Answer::accepted(&receipt, late);
    }
    match in_force(&app, &caller, &resource_type).await {
        Ok(policy) => Answer::done(&receipt, policy),
        // It is defined, whatever the read model says.
        Err(_) => Answer::accepted(&receipt, late),
    }
}

/// Takes a policy out of force; where there is a built-in one, that is in force again.
#[utoipa::path(delete, path = "/api/v1/approval-policies/{resource_type}", tag = "approvals",
    params(("resource_type" = String, Path)),
    responses((status = 204, description = "It is out of force")))]
pub async fn retire(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(resource_type): ApiPath<String>,
) -> Result<Answer, Problem> {
    let id = policy_id(caller.tenant, &resource_type).to_string();
    let by = headers.context(&caller);
    let command = RetireApprovalPolicy {};
    let receipt = app
        .commands
        .approval_policies
        .dispatch(&id, command, by)
        .await?;
    reached(&app, POLICIES, &receipt).await;
    Ok(Answer::no_content(&receipt))
}
