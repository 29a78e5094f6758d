//! One organisation.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use pantheon_events::UserId;
use pantheon_events::organizations::{
    Features, MemberStatus, OrgRole, OrganizationCommand, OrganizationEvent, Plan,
};
use pantheon_events::tasks::Object;
use serde::{Deserialize, Serialize};

use super::{OrganizationError, decide};
use crate::aggregate;
use crate::domain::Asked;

/// An organisation's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Organization {
    /// Whether it was made.
    pub exists: bool,
    /// Whether it was deleted.
    pub deleted: bool,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// A picture.
    pub avatar_url: Option<String>,
    /// Anything.
    pub settings: Object,
    /// What it may hold.
    pub plan: Plan,
    /// What reaches the installation's machines.
    pub features: Features,
    /// Whoever is in, or was asked.
    pub members: BTreeMap<UserId, Member>,
}

/// Somebody's membership.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// What they are.
    pub role: OrgRole,
    /// How it stands.
    pub status: MemberStatus,
    /// What they hold beside the role, and until when.
    pub grants: BTreeMap<String, Option<DateTime<Utc>>>,
}

impl Organization {
    /// Whether somebody is in and not shut out.
    #[must_use]
    pub fn is_active_member(&self, user: UserId) -> bool {
        let member = self.members.get(&user);
        !self.deleted && member.is_some_and(|member| member.status == MemberStatus::Active)
    }

    /// Whose it is.
    #[must_use]
    pub fn owner(&self) -> Option<UserId> {
        let mut members = self.members.iter();
        members
            .find(|(_, member)| member.role == OrgRole::Owner)
            .map(|(user, _)| *user)
    }

    pub(super) fn member(&self, user: UserId) -> Result<&Member, OrganizationError> {
        self.members
            .get(&user)
            .ok_or(OrganizationError::NoSuchMember)
    }

    fn decide(
        &self,
        asked: &Asked<OrganizationCommand>,
    ) -> Result<Vec<OrganizationEvent>, OrganizationError> {
        use OrganizationCommand as Command;

        if self.deleted && !matches!(asked.command, Command::CreateOrganization(_)) {
            return Err(OrganizationError::Deleted);
        }
        match &asked.command {
            Command::CreateOrganization(command) => decide::create(self, asked, command),
            Command::UpdateOrganization(command) => Ok(decide::update(self, command)),
            Command::DeleteOrganization(_) => decide::delete(self, asked),
            Command::SetFeatures(command) => Ok(decide::set_features(self, command)),
            Command::InviteMember(command) => decide::invite(self, command),
            Command::AcceptInvitation(command) => decide::accept(self, asked, command.user_id),
            Command::DeclineInvitation(command) => decide::decline(self, asked, command.user_id),
            Command::ChangeMemberRole(command) => decide::change_role(self, command),
            Command::TransferOwnership(command) => decide::transfer(self, asked, command.user_id),
            Command::SuspendMember(command) => decide::suspend(self, command.user_id),
            Command::ReinstateMember(command) => decide::reinstate(self, command.user_id),
            Command::RemoveMember(command) => decide::remove(self, command.user_id),
            Command::GrantPermission(command) => decide::grant(self, asked, command),
            Command::RevokePermission(command) => decide::revoke(self, asked, command),
        }
    }

    fn evolve(&mut self, event: OrganizationEvent) {
        match event {
            OrganizationEvent::OrganizationCreated(made) => {
                let owner = made.owner_id.map(|owner| (owner, joined(OrgRole::Owner)));
                *self = Self {
                    exists: true,
                    name: made.name,
                    description: made.description,
                    plan: made.plan,
                    features: made.features,
                    members: owner.into_iter().collect(),
                    ..Self::default()
                };
            }
            OrganizationEvent::OrganizationUpdated(update) => {
                let changed = update.changed;
                self.name = changed
                    .name
                    .unwrap_or_else(|| std::mem::take(&mut self.name));
                self.description = changed.description.or_else(|| self.description.take());
                self.avatar_url = changed.avatar_url.or_else(|| self.avatar_url.take());
                self.settings = changed
                    .settings
                    .unwrap_or_else(|| std::mem::take(&mut self.settings));
            }
            OrganizationEvent::OrganizationDeleted(_) => self.deleted = true,
            OrganizationEvent::OrganizationFeaturesChanged(changed) => {
                self.plan = changed.plan;
                self.features = changed.features;
            }
            OrganizationEvent::OrganizationMemberInvited(invited) => {
                let member = Member {
                    status: MemberStatus::Invited,
                    ..joined(invited.role)
                };
                self.members.insert(invited.user_id, member);
            }
            OrganizationEvent::OrganizationMemberJoined(came) => {
                self.change(came.user_id, |member| member.status = MemberStatus::Active);
            }
            OrganizationEvent::OrganizationMemberDeclined(declined) => {
                self.members.remove(&declined.user_id);
            }
            OrganizationEvent::OrganizationMemberRoleChanged(changed) => {
                self.change(changed.user_id, |member| member.role = changed.to);
            }
            OrganizationEvent::OrganizationOwnershipTransferred(handed) => {
                if let Some(from) = handed.from {
                    self.change(from, |member| member.role = OrgRole::Admin);
                }
                self.change(handed.to, |member| member.role = OrgRole::Owner);
            }
            OrganizationEvent::OrganizationMemberSuspended(who) => {
                self.change(who.user_id, |member| {
                    member.status = MemberStatus::Suspended;
                });
            }
            OrganizationEvent::OrganizationMemberReinstated(who) => {
                self.change(who.user_id, |member| member.status = MemberStatus::Active);
            }
            OrganizationEvent::OrganizationMemberRemoved(who) => {
                self.members.remove(&who.user_id);
            }
            OrganizationEvent::OrganizationPermissionGranted(given) => {
                self.change(given.user_id, |member| {
                    member.grants.insert(given.permission, given.expires_at);
                });
            }
            OrganizationEvent::OrganizationPermissionRevoked(taken) => {
                self.change(taken.user_id, |member| {
                    member.grants.remove(&taken.permission);
                });
            }
        }
    }

    fn change(&mut self, user: UserId, change: impl FnOnce(&mut Member)) {
        if let Some(member) = self.members.get_mut(&user) {
            change(member);
        }
    }

    fn valid_id(id: &str) -> bool {
        crate::domain::is_plain_uuid(id)
    }
}

const fn joined(role: OrgRole) -> Member {
    Member {
        role,
        status: MemberStatus::Active,
        grants: BTreeMap::new(),
    }
}

aggregate!(Organization: OrganizationCommand => OrganizationEvent, OrganizationError);
