//! What happened to accounts, login names and the list of admins.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AccountRole, FailureReason, LoginText, NameKind, Origin};
use crate::sealed::Sealed;
use crate::sessions::TokenDigest;
use crate::{UserId, events};

/// An account was made. Texts are sealed for the account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UserRegistered {
    /// How it came to be.
    pub origin: Origin,
    /// Its e-mail address.
    pub email: LoginText,
    /// Its user name.
    pub username: LoginText,
    /// What the person is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_name: Option<Sealed>,
    /// A picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<Sealed>,
    /// The password's place in the vault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_id: Option<Uuid>,
    /// The GitHub account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub github_id: Option<i64>,
    /// Its role.
    pub role: AccountRole,
    /// Whether the e-mail address is known to be the person's.
    pub email_verified: bool,
}

/// What is said about a person changed; only the given fields did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UserProfileUpdated {
    /// The new e-mail address, which is not verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<LoginText>,
    /// The new user name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<LoginText>,
    /// What the person is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_name: Option<Sealed>,
    /// A picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<Sealed>,
}

/// Another password is in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UserPasswordChanged {
    /// Its place in the vault.
    pub credential_id: Uuid,
    /// The session that goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_session: Option<Uuid>,
}

/// The password in force is kept under another hash of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UserPasswordRehashed {
    /// Its place in the vault.
    pub credential_id: Uuid,
}

/// An account has no password until its owner sets one; a token lets them in once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UserSetupStarted {
    /// The token's digest.
    pub token_digest: TokenDigest,
    /// Until when it counts.
    pub expires_at: DateTime<Utc>,
}

/// Somebody came in by the token.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UserSetupUsed {}

/// An account has another role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UserRoleChanged {
    /// The role before.
    pub from: AccountRole,
    /// The role now.
    pub to: AccountRole,
}

/// An account is let in again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UserActivated {}

/// An account is shut out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UserDeactivated {}

/// An account is shut out for a while.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UserLocked {
    /// Until when.
    pub until: DateTime<Utc>,
}

/// A lock was taken off before its time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UserUnlocked {}

/// An account can be signed in to with GitHub.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GithubLinked {
    /// The GitHub account's number.
    pub github_id: i64,
}

/// An account cannot be signed in to with GitHub any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GithubUnlinked {
    /// The GitHub account's number.
    pub github_id: i64,
}

events! {
    /// The events of one account.
    pub enum UserEvent for "user" {
        UserRegistered = "user_registered" @ "1",
        UserProfileUpdated = "user_profile_updated" @ "1",
        UserPasswordChanged = "user_password_changed" @ "1",
        UserPasswordRehashed = "user_password_rehashed" @ "1",
        UserSetupStarted = "user_setup_started" @ "1",
        UserSetupUsed = "user_setup_used" @ "1",
        UserRoleChanged = "user_role_changed" @ "1",
        UserActivated = "user_activated" @ "1",
        UserDeactivated = "user_deactivated" @ "1",
        UserLocked = "user_locked" @ "1",
        UserUnlocked = "user_unlocked" @ "1",
        GithubLinked = "github_linked" @ "1",
        GithubUnlinked = "github_unlinked" @ "1",
    }
}

/// A name belongs to an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoginNameClaimed {
    /// The account.
    pub user_id: UserId,
    /// What kind of name it is.
    pub kind: NameKind,
    /// When.
    pub at: DateTime<Utc>,
}

/// A name belongs to nobody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoginNameReleased {
    /// The account that held it.
    pub user_id: UserId,
}

/// Somebody could not sign in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoginFailed {
    /// Why.
    pub reason: FailureReason,
    /// The account, when there is one. The texts are sealed for it, or for the name's own stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// How many in a row, this one included.
    pub failures: u32,
    /// Where from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<Sealed>,
    /// With what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<Sealed>,
}

/// Failures are counted from nought again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoginFailuresCleared {}

events! {
    /// The events of one login name.
    pub enum LoginNameEvent for "login_name" {
        LoginNameClaimed = "login_name_claimed" @ "1",
        LoginNameReleased = "login_name_released" @ "1",
        LoginFailed = "login_failed" @ "1",
        LoginFailuresCleared = "login_failures_cleared" @ "1",
    }
}

/// An account is on the list of admins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AdminAdded {
    /// The account.
    pub user_id: UserId,
}

/// An account is off the list of admins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AdminRemoved {
    /// The account.
    pub user_id: UserId,
}

events! {
    /// The events of the list of admins.
    pub enum AdminListEvent for "admin_list" {
        AdminAdded = "admin_added" @ "1",
        AdminRemoved = "admin_removed" @ "1",
    }
}
