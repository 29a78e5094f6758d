//! `POST /api/v1/organizations`.

use axum::extract::State;
use pantheon_events::TenantId;
use pantheon_events::organizations::{CreateOrganization, Slug};
use serde::Deserialize;
use utoipa::ToSchema;

use super::person;
use super::view::{OneOrganization, after};
use crate::app::App;
use crate::http::{Answer, ApiJson, Caller, CommandHeaders, Problem};

/// A new organisation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrganization {
    name: String,
    /// 1–63 of `a-z`, `0-9`, `-`; made from the name when left out.
    slug: Option<String>,
    description: Option<String>,
    github_org_login: Option<String>,
}

/// Makes an organisation; the caller owns it. A slug that was ever used is taken.
#[utoipa::path(post, path = "/api/v1/organizations", tag = "organizations",
    request_body = NewOrganization,
    responses((status = 201, description = "The organisation", body = OneOrganization)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiJson(new): ApiJson<NewOrganization>,
) -> Result<Answer, Problem> {
    person(&caller)?;
    if new.name.trim().is_empty() {
        return Err(Problem::invalid("name", "expected 1 to 255 characters"));
    }
    let slug = slug(new.slug.as_deref(), &new.name)?;
    let tenant = TenantId::of_slug(slug.as_str());
    let command = CreateOrganization {
        name: new.name,
        slug,
        description: new.description,
        github_org_login: new.github_org_login,
    };
    let by = pantheon_events::CommandContext {
        tenant,
        own_only: false,
        ..headers.context(&caller)
    };
    let organizations = &app.commands.organizations;
    let receipt = organizations
        .dispatch(&tenant.to_string(), command, by)
        .await?;
    let shown = after(&app, &receipt, tenant).await;
    shown.created(&receipt, &format!("/api/v1/organizations/{tenant}"), tenant)
}

/// The slug that was asked for, or the name's.
pub(in crate::http) fn slug(asked: Option<&str>, name: &str) -> Result<Slug, Problem> {
    const EXPECTED: &str = "expected 1 to 63 lower-case letters, digits and -";
    const NONE: &str = "none can be made from this name; give one";
    match asked {
        Some(text) => text.parse().map_err(|_| EXPECTED),
        None => Slug::of_name(name).ok_or(NONE),
    }
    .map_err(|message| Problem::invalid("slug", message))
}
