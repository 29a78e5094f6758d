//! Signing up, signing in, and who somebody is: what the sign-in endpoints, the command line and the
//! processes share.

mod account;
mod admin;
mod belonging;
mod error;
mod github;
mod names;
mod refresh;
mod sessions;
mod sign_in;
mod sign_up;
mod tokens;

pub use account::{
    Bearer, NewPassword, Person, Profile, bearer, change_password, person, update_profile,
};
pub use admin::{SetupToken, add, org_role, reset_password, unlock};
pub use belonging::find_by_name;
pub use error::IdentityError;
#[cfg(feature = "mock-login")]
pub use github::sign_in_by_mock;
pub use github::{
    Arrival, Came, Departure, Github, GithubError, Profile as GithubProfile, STATE_LIFE, Turned,
    arrive, depart, link, sign_in_with_github, unlink, who,
};
pub use refresh::{refresh, switch_organization};
pub use sessions::Streams;
pub use sign_in::{Attempt, sign_in};
pub use sign_up::{NewAccount, sign_up};
pub use tokens::Tokens;

use pantheon_events::{Actor, CommandContext, TenantId};

/// Accounts, names and sessions are the installation's, not an organisation's.
#[must_use]
pub fn installation() -> TenantId {
    TenantId::default_organization()
}

/// A command of Pantheon's own, on behalf of somebody.
fn on_behalf(of: &str, part: &str) -> CommandContext {
    let actor = Actor {
        on_behalf_of: Some(of.to_owned()),
        ..Actor::policy(part)
    };
    CommandContext::new(installation(), actor, None)
}
