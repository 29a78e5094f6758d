//! What happened to a team.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TeamRole;
use crate::organizations::Slug;
use crate::tasks::Object;
use crate::{UserId, events};

/// A team was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TeamCreated {
    /// Its name.
    pub name: String,
    /// Its name in addresses.
    pub slug: Slug,
    /// What it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether others than its members see it.
    pub is_visible: bool,
    /// Who made it and leads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_id: Option<UserId>,
}

/// The fields of a team that changed, with their new values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields of UpdateTeam")]
pub struct TeamChanges {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_visible: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Object>,
}

/// Something said about a team changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TeamUpdated {
    /// What changed.
    pub changed: TeamChanges,
}

/// A team ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TeamDeleted {
    /// Its last name.
    pub name: String,
}

/// Somebody came into a team.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TeamMemberAdded {
    /// Who.
    pub user_id: UserId,
    /// As what.
    pub role: TeamRole,
}

/// A member of a team is something else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TeamRoleChanged {
    /// Who.
    pub user_id: UserId,
    /// What they were.
    pub from: TeamRole,
    /// What they are.
    pub to: TeamRole,
}

/// Somebody left a team.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TeamMemberRemoved {
    /// Who.
    pub user_id: UserId,
}

events! {
    /// The events of one team.
    pub enum TeamEvent for "team" {
        TeamCreated = "team_created" @ "1",
        TeamUpdated = "team_updated" @ "1",
        TeamDeleted = "team_deleted" @ "1",
        TeamMemberAdded = "team_member_added" @ "1",
        TeamRoleChanged = "team_role_changed" @ "1",
        TeamMemberRemoved = "team_member_removed" @ "1",
    }
}
