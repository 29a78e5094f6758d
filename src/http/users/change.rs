//! `PATCH /api/v1/users/{id}`.

use axum::extract::State;
use pantheon_events::users::ChangeRole;
use serde::Deserialize;
use utoipa::ToSchema;

use super::create::role;
use super::view::{by, manages, visible};
use crate::app::App;
use crate::http::identity::check_picture;
use crate::http::identity::view::{User, answer};
use crate::http::{Answer, ApiJson, ApiPath, Caller, CommandHeaders, Problem};
use crate::identity::{Profile, update_profile};

/// What is to be another; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UserChanges)]
pub struct Changes {
    /// What the person is called. `full_name` means the same.
    name: Option<String>,
    full_name: Option<String>,
    avatar_url: Option<String>,
    /// A new address is not verified.
    email: Option<String>,
    username: Option<String>,
    /// For those who manage users. All tokens of the account are taken back.
    role: Option<String>,
}

impl Changes {
    fn profile(self) -> Result<Option<Profile>, Problem> {
        let profile = Profile {
            email: self.email,
            username: self.username,
            full_name: self.full_name.or(self.name),
            avatar_url: self.avatar_url,
        };
        for (field, text) in [
            ("name", &profile.full_name),
            ("avatar_url", &profile.avatar_url),
        ] {
            if text.as_ref().is_some_and(|text| text.chars().count() > 500) {
                return Err(Problem::invalid(field, "at most 500 characters"));
            }
        }
        if let Some(address) = &profile.avatar_url {
            check_picture("avatar_url", address)?;
        }
        let given = profile.email.is_some()
            || profile.username.is_some()
            || profile.full_name.is_some()
            || profile.avatar_url.is_some();
        Ok(given.then_some(profile))
    }
}

/// Changes an account, for those who manage users; its owner changes all but the role.
#[utoipa::path(patch, path = "/api/v1/users/{id}", tag = "users", request_body = Changes,
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The account", body = User)))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
    ApiJson(mut changes): ApiJson<Changes>,
) -> Result<Answer, Problem> {
    let id = visible(&caller, &id)?;
    let role = changes.role.take().as_deref().map(role).transpose()?;
    if role.is_some() && !manages(&caller) {
        return Err(Problem::forbidden(
            "This needs the permission users.manage: nobody gives themself a role.",
        ));
    }
    let profile = changes.profile()?;
    let by = by(&caller, &headers);
    let mut receipt = None;
    if let Some(role) = role {
        let users = &app.commands.users;
        let stream = id.to_string();
        let before = users.load(&stream).await?.aggregate.role;
        let changed = users.dispatch(&stream, ChangeRole { role }, by.clone());
        let changed = changed.await?;
        // This node knows at once, the others when they have followed the log there.
        if before != role {
            app.accounts
                .change(id, |account| account.tokens_after = Some(changed.position));
        }
        receipt = Some(changed);
    }
    let receipt = match (profile, receipt) {
        (None, Some(receipt)) => receipt,
        // A further step of the same command, when there was one.
        (profile, before) => {
            let by = before.map_or_else(|| by.clone(), |_| by.step("profile"));
            update_profile(&app, by, id, profile.unwrap_or_default()).await?
        }
    };
    answer(&app, id, &receipt, false).await
}
