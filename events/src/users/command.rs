//! What can be asked of an account, of a login name and of the list of admins. Names, addresses and
//! passwords never stand here in clear: the sign-in endpoints seal them first.

use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AccountRole, FailureReason, NameKey, NameKind, Origin};
use crate::sealed::Sealed;
use crate::sessions::TokenDigest;
use crate::{UserId, commands};

/// A personal text together with what it is compared by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginText {
    /// What it is compared by; a stream of its own decides whose it is.
    pub key: NameKey,
    /// The text.
    pub sealed: Sealed,
}

/// Makes an account whose names are claimed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct RegisterUser {
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
    /// The password's place in the vault; none for accounts that sign in elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_id: Option<Uuid>,
    /// The GitHub account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub github_id: Option<i64>,
    /// `viewer` when left out.
    #[serde(default)]
    pub role: AccountRole,
}

/// Changes what is said about a person; only the given fields change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct UpdateProfile {
    /// A new e-mail address: it is not verified then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<LoginText>,
    /// A new user name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<LoginText>,
    /// What the person is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_name: Option<Sealed>,
    /// A picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<Sealed>,
}

/// Puts another password in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ChangePassword {
    /// The password's place in the vault.
    pub credential_id: Uuid,
    /// The password that the caller showed, by its place in the vault; an admin's reset has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Uuid>,
    /// The session that goes on; all others end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_session: Option<Uuid>,
}

/// Keeps the password in force under another hash of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct RehashPassword {
    /// The new hash's place in the vault.
    pub credential_id: Uuid,
    /// That of the hash before.
    pub replaces: Uuid,
}

/// Takes the password away and lets somebody in once by a token, to set another one; all sessions end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct StartSetup {
    /// The token's digest.
    pub token_digest: TokenDigest,
    /// Until when it counts.
    pub expires_at: DateTime<Utc>,
}

/// Lets somebody in by the token, once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct UseSetup {
    /// The digest of the token that was shown.
    pub token_digest: TokenDigest,
}

/// Gives an account another role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ChangeRole {
    /// The new role.
    pub role: AccountRole,
}

/// Lets an account in again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ActivateUser {}

/// Shuts an account out; its sessions end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DeactivateUser {}

/// Shuts an account out for a while.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct LockUser {
    /// Until when.
    pub until: DateTime<Utc>,
}

/// Takes a lock off before its time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct UnlockUser {}

/// Adds a GitHub account to sign in with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct LinkGithub {
    /// The GitHub account's number.
    #[garde(range(min = 1))]
    pub github_id: i64,
}

/// Takes the GitHub account away.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct UnlinkGithub {}

commands! {
    /// The commands of one account.
    pub enum UserCommand for "user" {
        RegisterUser = "register_user" creates,
        UpdateProfile = "update_profile",
        ChangePassword = "change_password",
        RehashPassword = "rehash_password",
        StartSetup = "start_setup",
        UseSetup = "use_setup",
        ChangeRole = "change_role",
        ActivateUser = "activate_user",
        DeactivateUser = "deactivate_user",
        LockUser = "lock_user",
        UnlockUser = "unlock_user",
        LinkGithub = "link_github",
        UnlinkGithub = "unlink_github",
    }
}

/// Takes a name for an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ClaimLoginName {
    /// The account.
    pub user_id: UserId,
    /// What kind of name it is.
    pub kind: NameKind,
    /// An account that claimed the name and was never made, when the caller made sure of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abandoned_by: Option<UserId>,
}

/// Gives a name back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ReleaseLoginName {
    /// The account that held it.
    pub user_id: UserId,
}

/// Notes that somebody could not sign in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct RecordLoginFailure {
    /// Why.
    pub reason: FailureReason,
    /// The account, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// Where from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<Sealed>,
    /// With what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<Sealed>,
}

/// Starts counting failures anew: somebody signed in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ClearLoginFailures {}

commands! {
    /// The commands of one login name.
    pub enum LoginNameCommand for "login_name" {
        ClaimLoginName = "claim_login_name" creates,
        ReleaseLoginName = "release_login_name",
        RecordLoginFailure = "record_login_failure" creates,
        ClearLoginFailures = "clear_login_failures",
    }
}

/// Puts an account on the list of admins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct AddAdmin {
    /// The account.
    pub user_id: UserId,
}

/// Takes an account off the list of admins, unless it is the last one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct RemoveAdmin {
    /// The account.
    pub user_id: UserId,
}

commands! {
    /// The commands of the list of admins: one stream, so that two demotions at once cannot leave
    /// nobody.
    pub enum AdminListCommand for "admin_list" {
        AddAdmin = "add_admin" creates,
        RemoveAdmin = "remove_admin",
    }
}
