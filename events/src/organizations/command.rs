//! What can be asked of an organisation.

use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::values::{login, web_address};
use super::{OrgRole, Plan, Slug};
use crate::tasks::{Object, name_length, object_size};
use crate::{UserId, commands};

/// Makes an organisation. Whoever asks owns it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateOrganization {
    /// 1–255 characters after trimming.
    #[garde(custom(name_length))]
    pub name: String,
    /// Its name in addresses; its id follows from it.
    #[garde(skip)]
    pub slug: Slug,
    /// At most 16 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(bytes, max = 16384))]
    pub description: Option<String>,
    /// The organisation's name on GitHub.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "login"
    )]
    #[garde(length(chars, min = 1, max = 100))]
    #[schemars(extend("pattern" = "^[A-Za-z0-9_-]+$"))]
    pub github_org_login: Option<String>,
}

/// Changes what is said about an organisation; only the given fields change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct UpdateOrganization {
    /// 1–255 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(custom(name_length)))]
    pub name: Option<String>,
    /// At most 16 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(bytes, max = 16384))]
    pub description: Option<String>,
    /// A picture.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "web_address"
    )]
    #[garde(length(chars, max = 2048))]
    #[schemars(extend("pattern" = "^(https?://[^/].*)?$"))]
    pub avatar_url: Option<String>,
    /// Replaces the present object; at most 16 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(custom(object_size))]
    pub settings: Option<Object>,
}

/// Ends an organisation. Its slug is never given to another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DeleteOrganization {}

/// Changes the plan and what reaches the installation's machines; only the given fields change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct SetFeatures {
    /// The plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// The database console, export and import.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql_console: Option<bool>,
    /// Worktrees, observed commits and tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<bool>,
    /// Docker, AWS and services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub infrastructure: Option<bool>,
    /// Deployments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployments: Option<bool>,
}

/// Asks somebody to join.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct InviteMember {
    /// Whom.
    pub user_id: UserId,
    /// As what; `member` when left out, never `owner`.
    #[serde(default)]
    pub role: OrgRole,
}

/// Joins after an invitation; only the invited may.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct AcceptInvitation {
    /// Who was invited.
    pub user_id: UserId,
}

/// Turns an invitation down; only the invited may.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct DeclineInvitation {
    /// Who was invited.
    pub user_id: UserId,
}

/// Makes a member something else, but not the owner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ChangeMemberRole {
    /// Whom.
    pub user_id: UserId,
    /// What they are from now on.
    pub role: OrgRole,
}

/// Hands the organisation over; its owner becomes an admin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct TransferOwnership {
    /// To whom: an active member.
    pub user_id: UserId,
}

/// Shuts a member out for now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct SuspendMember {
    /// Whom.
    pub user_id: UserId,
}

/// Lets a member in again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ReinstateMember {
    /// Whom.
    pub user_id: UserId,
}

/// Ends a membership or an invitation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct RemoveMember {
    /// Whose.
    pub user_id: UserId,
}

/// Gives a member one permission more than the role has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct GrantPermission {
    /// Whom.
    #[garde(skip)]
    pub user_id: UserId,
    /// A code of the registry.
    #[garde(length(chars, min = 1, max = 64))]
    pub permission: String,
    /// Until when; for good when left out.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::time::optional"
    )]
    #[garde(skip)]
    pub expires_at: Option<DateTime<Utc>>,
}

/// Takes a permission back that was given beside the role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RevokePermission {
    /// From whom.
    #[garde(skip)]
    pub user_id: UserId,
    /// Which.
    #[garde(length(chars, min = 1, max = 64))]
    pub permission: String,
}

commands! {
    /// The commands of one organisation.
    pub enum OrganizationCommand for "organization" {
        CreateOrganization = "create_organization" creates,
        UpdateOrganization = "update_organization",
        DeleteOrganization = "delete_organization",
        SetFeatures = "set_features",
        InviteMember = "invite_member",
        AcceptInvitation = "accept_invitation",
        DeclineInvitation = "decline_invitation",
        ChangeMemberRole = "change_member_role",
        TransferOwnership = "transfer_ownership",
        SuspendMember = "suspend_member",
        ReinstateMember = "reinstate_member",
        RemoveMember = "remove_member",
        GrantPermission = "grant_permission",
        RevokePermission = "revoke_permission",
    }
}
