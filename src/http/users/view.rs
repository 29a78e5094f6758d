//! Who may look after whom, and what is shown of them.

use chrono::{DateTime, Utc};
use pantheon_events::{CommandContext, UserId};
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::auth::{Session, permission};
use crate::http::identity::view::{User, find};
use crate::http::{Caller, CommandHeaders, Problem};
use crate::identity::{Person, SetupToken, installation};

/// Whether the caller looks after everybody.
pub(super) fn manages(caller: &Caller) -> bool {
    caller.may(permission("users.manage"), None).is_ok()
}

/// The caller's own account.
pub(super) fn own(caller: &Caller) -> Option<Session> {
    caller.principal.session
}

/// An account that the caller may see: any for those who manage users, their own for all others. Everybody
/// else is not there.
pub(super) fn visible(caller: &Caller, id: &str) -> Result<UserId, Problem> {
    let id: UserId = id.parse().map_err(|_| Problem::not_found())?;
    let is_own = own(caller).is_some_and(|session| session.user == id);
    match is_own || manages(caller) {
        true => Ok(id),
        false => Err(Problem::not_found()),
    }
}

/// The account, as far as the read model has it.
pub(super) async fn known(app: &App, id: UserId) -> Result<Person, Problem> {
    find(app, id).await?.ok_or_else(Problem::not_found)
}

/// A command on somebody's account: accounts are the installation's, wherever the token acts.
pub(super) fn by(caller: &Caller, headers: &CommandHeaders) -> CommandContext {
    CommandContext {
        tenant: installation(),
        own_only: false,
        ..headers.context(caller)
    }
}

/// What people see of each other.
#[derive(Debug, Serialize, ToSchema)]
pub struct Somebody {
    id: Uuid,
    name: Option<String>,
    avatar_url: Option<String>,
}

impl From<Person> for Somebody {
    fn from(person: Person) -> Self {
        Self {
            id: person.id,
            name: person.full_name,
            avatar_url: person.avatar_url,
        }
    }
}

/// An account, with what sets its password, once.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewUser {
    #[serde(flatten)]
    pub user: User,
    #[serde(flatten)]
    pub setup: SetUp,
}

/// What lets an account's owner sign in once, in the password's place, to set one.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct SetUp {
    /// Shown once; left out where a password was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    setup_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    setup_expires_at: Option<DateTime<Utc>>,
}

impl From<Option<SetupToken>> for SetUp {
    fn from(setup: Option<SetupToken>) -> Self {
        setup.map_or_else(Self::default, |setup| Self {
            setup_token: Some(setup.token.expose_secret().to_owned()),
            setup_expires_at: Some(setup.expires_at),
        })
    }
}
