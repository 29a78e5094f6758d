//! Who could decide a stage: the active people of an organisation, counted before an approval is
//! asked for or a policy put in force (business.md §8).
//!
//! Where operators' tokens decide, in the default organisation and where nobody is a member, the people
//! are in no list; there only those whom a stage names by id are counted, by the rule itself.

use std::collections::BTreeMap;

use pantheon_events::approvals::{Asks, DefineApprovalPolicy, StageRule};
use pantheon_events::organizations::MemberStatus;
use pantheon_events::{CommandContext, TenantId, UserId};

use crate::auth::{Accounts, Role, role_of};
use crate::domain::RuleError;
use crate::domain::approvals::{ApprovalError, requester};
use crate::domain::organizations::Organization;
use crate::store::{DispatchError, Dispatcher};

/// Where the people of an organisation are known.
pub(super) struct Electorate {
    pub organizations: Dispatcher<Organization>,
    pub accounts: Accounts,
}

/// The active people of an organisation, and the role that each counts as.
type People = BTreeMap<String, Role>;

impl Electorate {
    /// Whether every stage of a policy can be satisfied, whoever of its people asks.
    pub async fn can_decide(
        &self,
        policy: &DefineApprovalPolicy,
        by: &CommandContext,
    ) -> Result<(), DispatchError> {
        let Some(people) = self.people(by.tenant, &by.actor.id).await? else {
            return Ok(());
        };
        let stages = policy.rules.iter().flat_map(|rule| &rule.stages);
        // Any one of the people may turn out to be the requester.
        enough(&people, stages, &[], usize::from(policy.four_eyes))
    }

    /// Whether every stage of a request can be satisfied without whoever asks.
    pub async fn can_answer(&self, asks: &Asks, by: &CommandContext) -> Result<(), DispatchError> {
        let (asker, acts_for) = requester(&by.actor);
        let Some(people) = self.people(by.tenant, &asker).await? else {
            return Ok(());
        };
        let barred = [asker.as_str(), acts_for.as_deref().unwrap_or(&asker)];
        enough(&people, &asks.stages, &barred, 0)
    }

    /// Nothing where people decide who are in no list.
    async fn people(&self, tenant: TenantId, asker: &str) -> Result<Option<People>, DispatchError> {
        let person = asker.parse::<UserId>().ok();
        if person.is_some_and(|person| tenant == TenantId::personal(person)) {
            return Ok(Some(BTreeMap::from([(asker.to_owned(), Role::Admin)])));
        }
        if tenant == TenantId::default_organization() {
            return Ok(None);
        }
        let organization = self
            .organizations
            .load(&tenant.to_string())
            .await?
            .aggregate;
        let members = organization.members.iter();
        let active = members
            .filter(|(user, member)| {
                member.status == MemberStatus::Active && !self.accounts.is_inactive(**user)
            })
            .map(|(user, member)| (user.to_string(), role_of(member.role)));
        let listed = !organization.deleted && !organization.members.is_empty();
        Ok(listed.then(|| active.collect()))
    }
}

fn enough<'s>(
    people: &People,
    stages: impl IntoIterator<Item = &'s StageRule>,
    barred: &[&str],
    spare: usize,
) -> Result<(), DispatchError> {
    let short = stages
        .into_iter()
        .find(|stage| !is_satisfiable(people, stage, barred, spare));
    match short {
        Some(stage) => {
            let refusal = ApprovalError::Unsatisfiable(stage.name.clone()).refusal();
            Err(DispatchError::refused(refusal))
        }
        None => Ok(()),
    }
}

fn is_satisfiable(people: &People, stage: &StageRule, barred: &[&str], spare: usize) -> bool {
    let may = |(user, role): &(&String, &Role)| {
        stage.approvers.name(user, Some(role.as_str())) && !barred.contains(&user.as_str())
    };
    let enough = usize::try_from(stage.required).unwrap_or(usize::MAX);
    people.iter().filter(may).count().saturating_sub(spare) >= enough
}

#[cfg(test)]
mod tests {
    use pantheon_events::approvals::{Approvers, OnTimeout};

    use super::*;

    fn people(known: &[(&str, Role)]) -> People {
        let known = known.iter();
        known.map(|(id, role)| ((*id).to_owned(), *role)).collect()
    }

    fn stage(roles: &[&str], users: &[&str], required: u32) -> StageRule {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        StageRule {
            name: "taste".to_owned(),
            approvers: Approvers {
                roles: owned(roles),
                user_ids: owned(users),
            },
            required,
            timeout_seconds: 600,
            on_timeout: OnTimeout::Expire,
            escalate_to: None,
        }
    }

    #[test]
    fn whoever_holds_a_role_or_is_named_counts_once() {
        let people = people(&[
            ("ada", Role::Admin),
            ("bob", Role::Admin),
            ("eve", Role::Developer),
        ]);
        for (stage, barred, spare, enough) in [
            (stage(&["admin"], &[], 2), vec![], 0, true),
            (stage(&["admin"], &[], 2), vec![], 1, false),
            (stage(&["admin"], &[], 1), vec!["ada"], 0, true),
            (stage(&["admin"], &[], 2), vec!["ada"], 0, false),
            (stage(&["admin"], &[], 2), vec!["eve"], 0, true),
            (stage(&["admin"], &["ada", "eve"], 3), vec![], 0, true),
            (stage(&["admin"], &["ada"], 3), vec![], 0, false),
            (stage(&[], &["ada", "nobody"], 2), vec![], 0, false),
            (stage(&["wizard"], &[], 1), vec![], 0, false),
        ] {
            let got = is_satisfiable(&people, &stage, &barred, spare);
            assert_eq!(got, enough, "{stage:?} without {barred:?} and {spare}");
        }
    }
}
