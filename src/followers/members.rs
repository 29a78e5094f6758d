//! Keeping in memory who is a member of what.
//!
//! Shape: at the start the read models are read, then the log is followed from there, on every
//! node. Ordering: log order. Delivery: at least once, and harmless to repeat. On failure: tried
//! again.

use std::collections::BTreeMap;
use std::sync::Arc;

use pantheon_events::organizations::{MemberStatus, OrgRole, OrganizationEvent as Event};
use pantheon_events::teams::{TeamEvent, TeamRole};
use pantheon_events::{DomainEvent, Position, RecordedEvent, TeamId, TenantId, UserId};
use pantheon_log::{FollowError, Follower};
use pantheon_projections::{QueryError, Reads, organizations, teams};

use crate::auth::{Members, Membership};

/// Follows who joins and who leaves.
pub struct Belonging {
    members: Members,
    reads: Reads,
}

impl Belonging {
    /// Keeps `members`.
    #[must_use]
    pub const fn new(members: Members, reads: Reads) -> Self {
        Self { members, reads }
    }

    async fn learn(&self) -> Result<Position, QueryError> {
        // The positions first: rows that are read after them reflect at least that much.
        let of_organizations = self.reads.position(organizations::NAME).await?;
        let of_teams = self.reads.position(teams::NAME).await?;
        for row in organizations::standings(&self.reads).await? {
            let (Ok(role), Some(status)) = (row.role.parse(), status(&row.status)) else {
                continue;
            };
            let membership = Membership {
                role,
                status,
                grants: row.grants,
            };
            self.members
                .change(TenantId::new(row.organization_id), |of| {
                    of.insert(UserId::new(row.user_id), membership);
                });
        }
        for row in teams::standings(&self.reads).await? {
            let Ok(role) = row.role.parse::<TeamRole>() else {
                continue;
            };
            let (organization, team) =
                (TenantId::new(row.organization_id), TeamId::new(row.team_id));
            self.members.change_team(organization, team, |of| {
                of.insert(UserId::new(row.user_id), role);
            });
        }
        let known = of_organizations.min(of_teams);
        self.members.note_position(known);
        Ok(known)
    }

    fn apply(&self, event: &RecordedEvent) {
        let (kind, version) = (&event.event_type, &event.event_version);
        let payload = event.payload.get();
        let organization = event.metadata.tenant;
        if event.aggregate_type == "team" {
            let fact = TeamEvent::decode(kind, version, payload);
            if let (Ok(fact), Ok(team)) = (fact, event.aggregate_id.parse()) {
                self.members
                    .change_team(organization, team, |of| in_team(of, &fact));
            }
        } else if let Ok(fact) = Event::decode(kind, version, payload) {
            self.members.change(organization, |of| joins(of, fact));
        }
    }
}

fn status(word: &str) -> Option<MemberStatus> {
    use MemberStatus::{Active, Invited, Suspended};

    [Invited, Active, Suspended]
        .into_iter()
        .find(|status| status.as_str() == word)
}

fn in_team(of: &mut BTreeMap<UserId, TeamRole>, fact: &TeamEvent) {
    match fact {
        TeamEvent::TeamCreated(made) => {
            of.extend(made.lead_id.map(|lead| (lead, TeamRole::Lead)));
        }
        TeamEvent::TeamMemberAdded(who) => drop(of.insert(who.user_id, who.role)),
        TeamEvent::TeamRoleChanged(who) => drop(of.insert(who.user_id, who.to)),
        TeamEvent::TeamMemberRemoved(who) => drop(of.remove(&who.user_id)),
        TeamEvent::TeamDeleted(_) => of.clear(),
        TeamEvent::TeamUpdated(_) => {}
    }
}

fn joins(of: &mut BTreeMap<UserId, Membership>, fact: Event) {
    let new = |role, status| Membership {
        role,
        status,
        grants: BTreeMap::new(),
    };
    let mut change = |user: UserId, change: &dyn Fn(&mut Membership)| {
        of.get_mut(&user).into_iter().for_each(change);
    };
    match fact {
        Event::OrganizationMemberJoined(who) => {
            change(who.user_id, &|member| member.status = MemberStatus::Active);
        }
        Event::OrganizationMemberReinstated(who) => {
            change(who.user_id, &|member| member.status = MemberStatus::Active);
        }
        Event::OrganizationMemberSuspended(who) => {
            change(who.user_id, &|member| {
                member.status = MemberStatus::Suspended;
            });
        }
        Event::OrganizationMemberRoleChanged(who) => {
            change(who.user_id, &|member| member.role = who.to);
        }
        Event::OrganizationOwnershipTransferred(handed) => {
            if let Some(from) = handed.from {
                change(from, &|member| member.role = OrgRole::Admin);
            }
            change(handed.to, &|member| member.role = OrgRole::Owner);
        }
        Event::OrganizationPermissionGranted(given) => change(given.user_id, &|member| {
            member
                .grants
                .insert(given.permission.clone(), given.expires_at);
        }),
        Event::OrganizationPermissionRevoked(taken) => change(taken.user_id, &|member| {
            member.grants.remove(&taken.permission);
        }),
        Event::OrganizationCreated(made) => {
            let owner = |user| (user, new(OrgRole::Owner, MemberStatus::Active));
            of.extend(made.owner_id.map(owner));
        }
        Event::OrganizationMemberInvited(who) => {
            of.insert(who.user_id, new(who.role, MemberStatus::Invited));
        }
        Event::OrganizationMemberDeclined(who) => drop(of.remove(&who.user_id)),
        Event::OrganizationMemberRemoved(who) => drop(of.remove(&who.user_id)),
        Event::OrganizationDeleted(_) => of.clear(),
        Event::OrganizationUpdated(_) | Event::OrganizationFeaturesChanged(_) => {}
    }
}

impl Follower for Belonging {
    fn name(&self) -> &'static str {
        "members"
    }

    async fn position(&mut self) -> Result<Position, FollowError> {
        self.learn()
            .await
            .map_err(|error| FollowError::Retry(error.to_string()))
    }

    async fn handle(&mut self, events: &[Arc<RecordedEvent>]) -> Result<Position, FollowError> {
        let mut last = Position::ZERO;
        for event in events {
            if matches!(event.aggregate_type.as_str(), "organization" | "team") {
                self.apply(event);
            }
            last = event.position;
        }
        self.members.note_position(last);
        Ok(last)
    }
}
