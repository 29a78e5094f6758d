//! What happened to an organisation.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Features, OrgRole, Plan, Slug};
use crate::tasks::Object;
use crate::{UserId, events};

/// An organisation was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrganizationCreated {
    /// Its name.
    pub name: String,
    /// Its name in addresses.
    pub slug: Slug,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its name on GitHub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub github_org_login: Option<String>,
    /// Whose it is: its first member. The default organisation has no owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<UserId>,
    /// What it may hold.
    pub plan: Plan,
    /// What reaches the installation's machines.
    pub features: Features,
}

/// The fields of an organisation that changed, with their new values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields of UpdateOrganization")]
pub struct OrganizationChanges {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Object>,
}

/// Something said about an organisation changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrganizationUpdated {
    /// What changed.
    pub changed: OrganizationChanges,
}

/// An organisation ended, and all memberships with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrganizationDeleted {
    /// Its last name.
    pub name: String,
}

/// The plan or the features are other ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrganizationFeaturesChanged {
    /// The plan from now on.
    pub plan: Plan,
    /// The features from now on.
    pub features: Features,
}

/// Somebody was asked to join.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrganizationMemberInvited {
    /// Who.
    pub user_id: UserId,
    /// As what.
    pub role: OrgRole,
}

/// Somebody joined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrganizationMemberJoined {
    /// Who.
    pub user_id: UserId,
    /// As what.
    pub role: OrgRole,
}

/// Somebody did not want to join.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrganizationMemberDeclined {
    /// Who.
    pub user_id: UserId,
}

/// A member is something else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrganizationMemberRoleChanged {
    /// Who.
    pub user_id: UserId,
    /// What they were.
    pub from: OrgRole,
    /// What they are.
    pub to: OrgRole,
}

/// The organisation is somebody else's; who owned it is an admin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrganizationOwnershipTransferred {
    /// Whose it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<UserId>,
    /// Whose it is.
    pub to: UserId,
}

/// A member was shut out for now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrganizationMemberSuspended {
    /// Who.
    pub user_id: UserId,
}

/// A member was let in again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrganizationMemberReinstated {
    /// Who.
    pub user_id: UserId,
}

/// A membership or an invitation ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrganizationMemberRemoved {
    /// Whose.
    pub user_id: UserId,
}

/// A member holds one permission more than the role has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrganizationPermissionGranted {
    /// Who.
    pub user_id: UserId,
    /// Which.
    pub permission: String,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// A permission beside the role was taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrganizationPermissionRevoked {
    /// From whom.
    pub user_id: UserId,
    /// Which.
    pub permission: String,
}

events! {
    /// The events of one organisation.
    pub enum OrganizationEvent for "organization" {
        OrganizationCreated = "organization_created" @ "1",
        OrganizationUpdated = "organization_updated" @ "1",
        OrganizationDeleted = "organization_deleted" @ "1",
        OrganizationFeaturesChanged = "organization_features_changed" @ "1",
        OrganizationMemberInvited = "organization_member_invited" @ "1",
        OrganizationMemberJoined = "organization_member_joined" @ "1",
        OrganizationMemberDeclined = "organization_member_declined" @ "1",
        OrganizationMemberRoleChanged = "organization_member_role_changed" @ "1",
        OrganizationOwnershipTransferred = "organization_ownership_transferred" @ "1",
        OrganizationMemberSuspended = "organization_member_suspended" @ "1",
        OrganizationMemberReinstated = "organization_member_reinstated" @ "1",
        OrganizationMemberRemoved = "organization_member_removed" @ "1",
        OrganizationPermissionGranted = "organization_permission_granted" @ "1",
        OrganizationPermissionRevoked = "organization_permission_revoked" @ "1",
    }
}
