//! What can be asked of a team.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TeamRole;
use crate::organizations::Slug;
use crate::tasks::{Object, name_length, object_size};
use crate::{UserId, commands};

/// Makes a team. Whoever asks leads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateTeam {
    /// 1–255 characters after trimming.
    #[garde(custom(name_length))]
    pub name: String,
    /// Its name in addresses; its id follows from it and the organisation.
    #[garde(skip)]
    pub slug: Slug,
    /// At most 16 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(bytes, max = 16384))]
    pub description: Option<String>,
    /// Whether others than its members see it; `true` when left out.
    #[serde(default = "visible")]
    #[garde(skip)]
    pub is_visible: bool,
}

const fn visible() -> bool {
    true
}

/// Changes what is said about a team; only the given fields change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct UpdateTeam {
    /// 1–255 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 255))]
    pub name: Option<String>,
    /// At most 16 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(bytes, max = 16384))]
    pub description: Option<String>,
    /// Whether others than its members see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub is_visible: Option<bool>,
    /// Replaces the present object; at most 16 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(custom(object_size))]
    pub settings: Option<Object>,
}

/// Ends a team.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DeleteTeam {}

/// Takes an active member of the organisation into the team.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct AddTeamMember {
    /// Whom.
    pub user_id: UserId,
    /// As what; `member` when left out.
    #[serde(default)]
    pub role: TeamRole,
}

/// Makes a member something else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ChangeTeamRole {
    /// Whom.
    pub user_id: UserId,
    /// What they are from now on.
    pub role: TeamRole,
}

/// Takes somebody out of the team.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct RemoveTeamMember {
    /// Whom.
    pub user_id: UserId,
}

commands! {
    /// The commands of one team.
    pub enum TeamCommand for "team" {
        CreateTeam = "create_team" creates,
        UpdateTeam = "update_team",
        DeleteTeam = "delete_team",
        AddTeamMember = "add_team_member",
        ChangeTeamRole = "change_team_role",
        RemoveTeamMember = "remove_team_member",
    }
}
