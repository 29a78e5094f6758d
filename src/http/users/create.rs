//! `POST /api/v1/users`.

use axum::extract::State;
use pantheon_events::UserId;
use pantheon_events::users::{AccountRole, Origin};
use pantheon_projections::users::NAME;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::view::{NewUser, SetUp, by};
use crate::app::App;
use crate::http::after::reached;
use crate::http::identity::view::{User, find};
use crate::http::{Answer, ApiJson, Caller, CommandHeaders, Problem};
use crate::identity::{NewAccount, add};

/// An account for somebody.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UserCreation)]
pub struct Create {
    /// An e-mail address.
    email: String,
    /// 3–100 characters; made from the e-mail address when left out.
    username: Option<String>,
    /// What the person is called. `full_name` means the same.
    name: Option<String>,
    full_name: Option<String>,
    /// `admin`, `developer` or `viewer` (when left out).
    role: Option<String>,
    /// 8–100 characters. Without one the answer holds a token for the owner to set one, good for a day.
    #[schema(value_type = Option<String>)]
    password: Option<SecretString>,
}

/// Makes an account. It joins the default organisation: an admin as its admin, a developer as a member, a
/// viewer as a viewer.
#[utoipa::path(post, path = "/api/v1/users", tag = "users", request_body = Create,
    responses((status = 201, description = "The account", body = NewUser)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiJson(asked): ApiJson<Create>,
) -> Result<Answer, Problem> {
    let by = by(&caller, &headers);
    let user_id = UserId::new(by.command_id.created("user"));
    let new = NewAccount {
        origin: Origin::Admin,
        email: asked.email,
        username: asked.username,
        username_like: None,
        full_name: asked.full_name.or(asked.name),
        avatar_url: None,
        password: asked.password,
        password_hash: None,
        github_id: None,
        role: asked
            .role
            .as_deref()
            .map_or_else(|| Ok(AccountRole::default()), role)?,
    };
    let (receipt, setup) = add(&app, by, user_id, new).await?;
    let setup = SetUp::from(setup);
    let found = match reached(&app, NAME, &receipt).await {
        true => find(&app, user_id).await?,
        false => None,
    };
    let place = format!("/api/v1/users/{user_id}");
    let answer = match found {
        Some(person) => {
            let user = User::from(person);
            Answer::created(&receipt, &place, NewUser { user, setup })
        }
        None => {
            let mut body =
                serde_json::to_value(setup).map_err(|error| Problem::internal(&error))?;
            body["id"] = json!(user_id);
            Answer::created(&receipt, &place, body)
        }
    };
    Ok(answer?.secret())
}

/// `user` is read as `viewer`.
pub(super) fn role(word: &str) -> Result<AccountRole, Problem> {
    serde_json::from_value(word.into())
        .map_err(|_| Problem::invalid("role", "expected admin, developer or viewer"))
}
