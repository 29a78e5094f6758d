//! Signing in as anybody, for development. This file is compiled with the feature `mock-login` only.

use std::net::IpAddr;

use pantheon_events::sessions::SignInWay;
use pantheon_events::users::{AccountRole, ChangeRole};

use super::Profile;
use super::account::{account, origin};
use crate::app::App;
use crate::identity::{IdentityError, Tokens, on_behalf, tokens};

/// Opens a session for a GitHub account that nobody asked GitHub about. Its account is made at the first
/// time, and becomes an admin: in the default organisation it may do everything.
pub async fn sign_in_by_mock(
    app: &App,
    profile: &Profile,
    address: Option<IpAddr>,
    user_agent: Option<String>,
) -> Result<Tokens, IdentityError> {
    let user_id = account(app, profile, AccountRole::Admin, true).await?;
    let id = user_id.to_string();
    let users = &app.commands.users;
    if users.load(&id).await?.aggregate.role != AccountRole::Admin {
        let role = AccountRole::Admin;
        users
            .dispatch(&id, ChangeRole { role }, on_behalf(&id, "mock_login"))
            .await?;
    }
    let origin = origin(app, user_id, address, user_agent).await?;
    tokens::open(app, user_id, SignInWay::Mock, origin).await
}
