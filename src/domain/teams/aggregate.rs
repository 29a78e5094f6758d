//! One team.

use std::collections::BTreeMap;

use pantheon_events::UserId;
use pantheon_events::tasks::Object;
use pantheon_events::teams::{TeamCommand, TeamEvent, TeamRole};
use serde::{Deserialize, Serialize};

use super::{TeamError, decide};
use crate::aggregate;
use crate::domain::Asked;

/// A team's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Team {
    /// Whether it was made.
    pub exists: bool,
    /// Whether it was deleted.
    pub deleted: bool,
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: Option<String>,
    /// Whether others than its members see it.
    pub is_visible: bool,
    /// Anything.
    pub settings: Object,
    /// Who is in it.
    pub members: BTreeMap<UserId, TeamRole>,
}

impl Team {
    fn decide(&self, asked: &Asked<TeamCommand>) -> Result<Vec<TeamEvent>, TeamError> {
        if self.deleted && !matches!(asked.command, TeamCommand::CreateTeam(_)) {
            return Err(TeamError::Deleted);
        }
        match &asked.command {
            TeamCommand::CreateTeam(command) => decide::create(self, asked, command),
            TeamCommand::UpdateTeam(command) => Ok(decide::update(self, command)),
            TeamCommand::DeleteTeam(_) => Ok(decide::delete(self)),
            TeamCommand::AddTeamMember(command) => {
                Ok(decide::add(self, command.user_id, command.role))
            }
            TeamCommand::ChangeTeamRole(command) => {
                decide::change_role(self, command.user_id, command.role)
            }
            TeamCommand::RemoveTeamMember(command) => decide::remove(self, command.user_id),
        }
    }

    fn evolve(&mut self, event: TeamEvent) {
        match event {
            TeamEvent::TeamCreated(made) => {
                *self = Self {
                    exists: true,
                    name: made.name,
                    description: made.description,
                    is_visible: made.is_visible,
                    members: made
                        .lead_id
                        .map(|lead| (lead, TeamRole::Lead))
                        .into_iter()
                        .collect(),
                    ..Self::default()
                };
            }
            TeamEvent::TeamUpdated(update) => {
                let changed = update.changed;
                self.name = changed
                    .name
                    .unwrap_or_else(|| std::mem::take(&mut self.name));
                self.description = changed.description.or_else(|| self.description.take());
                self.is_visible = changed.is_visible.unwrap_or(self.is_visible);
                self.settings = changed
                    .settings
                    .unwrap_or_else(|| std::mem::take(&mut self.settings));
            }
            TeamEvent::TeamDeleted(_) => self.deleted = true,
            TeamEvent::TeamMemberAdded(added) => {
                self.members.insert(added.user_id, added.role);
            }
            TeamEvent::TeamRoleChanged(changed) => {
                self.members.insert(changed.user_id, changed.to);
            }
            TeamEvent::TeamMemberRemoved(gone) => {
                self.members.remove(&gone.user_id);
            }
        }
    }

    fn valid_id(id: &str) -> bool {
        crate::domain::is_plain_uuid(id)
    }
}

aggregate!(Team: TeamCommand => TeamEvent, TeamError);
