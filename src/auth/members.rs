//! Who is a member of what, known in memory on every node, and what follows from it.
//!
//! Shape: read once from the read models, then kept by following the log. Ordering: log order.
//! Delivery: at least once; a fact may be applied twice. On failure: the follower tries again, and
//! what is known stays in force.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use pantheon_events::organizations::{MemberStatus, OrgRole};
use pantheon_events::teams::TeamRole;
use pantheon_events::{Position, TeamId, TenantId, UserId};
use tokio::sync::watch;

use super::permission::role_of;
use super::{Powers, Principal, Role, Session};

/// What is known of memberships. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Members {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    known: RwLock<Known>,
    generation: AtomicU64,
    reached: watch::Sender<Position>,
}

#[derive(Debug, Default)]
struct Known {
    organizations: HashMap<TenantId, BTreeMap<UserId, Membership>>,
    teams: HashMap<TeamId, Team>,
}

#[derive(Debug)]
struct Team {
    organization: TenantId,
    members: BTreeMap<UserId, TeamRole>,
}

/// Somebody's membership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// What they are.
    pub role: OrgRole,
    /// How it stands.
    pub status: MemberStatus,
    /// What they hold beside the role, and until when.
    pub grants: BTreeMap<String, Option<DateTime<Utc>>>,
}

/// What somebody is and may do in a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// In one word.
    pub role: Role,
    /// As a member.
    pub org_role: Option<OrgRole>,
    /// In their teams there.
    pub teams: Vec<(TeamId, TeamRole)>,
    /// Beside the role, and until when.
    pub grants: Vec<(String, Option<DateTime<Utc>>)>,
    /// All of it together.
    pub powers: Powers,
    /// When the next grant runs out.
    pub until: Option<DateTime<Utc>>,
}

impl Standing {
    /// The principal as it stands there.
    #[must_use]
    pub fn apply(&self, principal: &Principal, tenant: TenantId) -> Principal {
        Principal {
            tenant,
            role: Some(self.role),
            org_role: self.org_role,
            powers: self.powers,
            ..principal.clone()
        }
    }
}

impl Members {
    /// Grows with every change.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.inner.generation.load(Ordering::Acquire)
    }

    /// How somebody stands in a tenant; `None` = nothing there is theirs.
    ///
    /// The personal space is theirs as an owner's. In the default organisation the account's role counts
    /// too: a developer and an admin are in it without having been invited.
    #[must_use]
    pub fn standing(
        &self,
        who: &Session,
        tenant: TenantId,
        now: DateTime<Utc>,
    ) -> Option<Standing> {
        if tenant == TenantId::personal(who.user) {
            return Some(Standing {
                role: Role::Admin,
                org_role: None,
                teams: Vec::new(),
                grants: Vec::new(),
                powers: Powers::of_org_role(OrgRole::Owner),
                until: None,
            });
        }
        let account = (tenant == TenantId::default_organization() && who.role != Role::Viewer)
            .then_some(who.role);
        let member = self.member(who.user, tenant, now);
        match (account, member) {
            (None, member) => member,
            (Some(role), None) => Some(of_account(role)),
            (Some(role), Some(member)) => Some(Standing {
                role: wider(role, member.role),
                powers: member.powers.and(Powers::of_role(role)),
                ..member
            }),
        }
    }

    fn member(&self, user: UserId, tenant: TenantId, now: DateTime<Utc>) -> Option<Standing> {
        let known = self.read();
        let membership = known.organizations.get(&tenant)?.get(&user)?;
        if membership.status != MemberStatus::Active {
            return None;
        }
        let teams = known
            .teams
            .iter()
            .filter(|(_, team)| team.organization == tenant);
        let teams = teams.filter_map(|(id, team)| Some((*id, *team.members.get(&user)?)));
        let mut teams: Vec<_> = teams.collect();
        teams.sort_unstable();
        let grants = membership.grants.iter();
        let grants = grants.filter(|(_, until)| until.is_none_or(|until| now < until));
        let grants: Vec<_> = grants.map(|(code, until)| (code.clone(), *until)).collect();
        let mut powers = Powers::of_org_role(membership.role);
        for (_, role) in &teams {
            powers = powers.and(Powers::of_team_role(*role));
        }
        powers = powers.and(Powers::of_codes(
            grants.iter().map(|(code, _)| code.as_str()),
        ));
        Some(Standing {
            role: role_of(membership.role),
            org_role: Some(membership.role),
            until: grants.iter().filter_map(|(_, until)| *until).min(),
            teams,
            grants,
            powers,
        })
    }

    /// Somebody's membership, whatever its status.
    #[must_use]
    pub fn membership(&self, user: UserId, tenant: TenantId) -> Option<Membership> {
        self.read().organizations.get(&tenant)?.get(&user).cloned()
    }

    /// The organisations that somebody is an active member of, in the order of their ids.
    #[must_use]
    pub fn of(&self, user: UserId) -> Vec<(TenantId, OrgRole)> {
        let known = self.read();
        let active = |(tenant, members): (&TenantId, &BTreeMap<UserId, Membership>)| {
            let member = members.get(&user)?;
            (member.status == MemberStatus::Active).then_some((*tenant, member.role))
        };
        let mut of: Vec<_> = known.organizations.iter().filter_map(active).collect();
        of.sort_unstable();
        of
    }

    /// What somebody is in a team.
    #[must_use]
    pub fn team_role(&self, user: UserId, team: TeamId) -> Option<TeamRole> {
        self.read().teams.get(&team)?.members.get(&user).copied()
    }

    /// Waits until the log was followed up to a position, a while at most; false = not reached.
    pub async fn reached(&self, position: Position, patience: Duration) -> bool {
        let mut reached = self.inner.reached.subscribe();
        let wait = reached.wait_for(|at| *at >= position);
        matches!(tokio::time::timeout(patience, wait).await, Ok(Ok(_)))
    }

    /// The log was followed up to here.
    pub fn note_position(&self, position: Position) {
        self.inner.reached.send_replace(position);
    }

    /// Changes the members of an organisation; one without members is not kept.
    pub fn change(
        &self,
        organization: TenantId,
        change: impl FnOnce(&mut BTreeMap<UserId, Membership>),
    ) {
        self.write(|known| {
            let members = known.organizations.entry(organization).or_default();
            change(members);
            if members.is_empty() {
                known.organizations.remove(&organization);
            }
        });
    }

    /// Changes the members of a team; one without members is not kept.
    pub fn change_team(
        &self,
        organization: TenantId,
        team: TeamId,
        change: impl FnOnce(&mut BTreeMap<UserId, TeamRole>),
    ) {
        self.write(|known| {
            let kept = known.teams.entry(team).or_insert_with(|| Team {
                organization,
                members: BTreeMap::new(),
            });
            change(&mut kept.members);
            if kept.members.is_empty() {
                known.teams.remove(&team);
            }
        });
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Known> {
        self.inner
            .known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, change: impl FnOnce(&mut Known)) {
        let mut known = self
            .inner
            .known
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        change(&mut known);
        // Before the lock is let go: whoever reads the new generation reads the new state.
        self.inner.generation.fetch_add(1, Ordering::Release);
    }
}

fn of_account(role: Role) -> Standing {
    Standing {
        role,
        org_role: None,
        teams: Vec::new(),
        grants: Vec::new(),
        powers: Powers::of_role(role),
        until: None,
    }
}

const fn wider(one: Role, other: Role) -> Role {
    match (one, other) {
        (Role::Admin, _) | (_, Role::Admin) => Role::Admin,
        (Role::Developer, _) | (_, Role::Developer) => Role::Developer,
        (one, _) => one,
    }
}

#[cfg(test)]
mod tests;
