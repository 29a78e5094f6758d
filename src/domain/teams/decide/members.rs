//! Who is in a team. Whether somebody is in the organisation is asked there, in a step before.

use pantheon_events::UserId;
use pantheon_events::teams::{
    TeamEvent, TeamMemberAdded, TeamMemberRemoved, TeamRole, TeamRoleChanged,
};

use super::super::{Team, TeamError};

pub(in super::super) fn add(team: &Team, user_id: UserId, role: TeamRole) -> Vec<TeamEvent> {
    match team.members.get(&user_id) {
        None => vec![TeamMemberAdded { user_id, role }.into()],
        Some(from) => changed(user_id, *from, role),
    }
}

pub(in super::super) fn change_role(
    team: &Team,
    user_id: UserId,
    to: TeamRole,
) -> Result<Vec<TeamEvent>, TeamError> {
    let from = team.members.get(&user_id).ok_or(TeamError::NoSuchMember)?;
    Ok(changed(user_id, *from, to))
}

pub(in super::super) fn remove(team: &Team, user_id: UserId) -> Result<Vec<TeamEvent>, TeamError> {
    match team.members.contains_key(&user_id) {
        true => Ok(vec![TeamMemberRemoved { user_id }.into()]),
        false => Err(TeamError::NoSuchMember),
    }
}

fn changed(user_id: UserId, from: TeamRole, to: TeamRole) -> Vec<TeamEvent> {
    match from == to {
        true => Vec::new(),
        false => vec![TeamRoleChanged { user_id, from, to }.into()],
    }
}

#[cfg(test)]
mod tests {
    use pantheon_events::teams::{AddTeamMember, ChangeTeamRole, RemoveTeamMember};

    use super::super::given::{asked, history, made, somebody};
    use super::*;

    fn bob() -> UserId {
        somebody(2)
    }

    fn added() -> TeamEvent {
        let role = TeamRole::Member;
        TeamMemberAdded {
            user_id: bob(),
            role,
        }
        .into()
    }

    #[tokio::test]
    async fn somebody_comes_once() {
        let add = || {
            let role = TeamRole::Member;
            asked(AddTeamMember {
                user_id: bob(),
                role,
            })
        };
        history(vec![made()])
            .when_async(add())
            .await
            .then_expect_events(vec![added()]);
        history(vec![made(), added()])
            .when_async(add())
            .await
            .then_expect_events(vec![]);
    }

    #[tokio::test]
    async fn a_member_comes_to_lead() {
        let role = TeamRole::Lead;
        let changed = TeamRoleChanged {
            user_id: bob(),
            from: TeamRole::Member,
            to: role,
        };
        history(vec![made(), added()])
            .when_async(asked(ChangeTeamRole {
                user_id: bob(),
                role,
            }))
            .await
            .then_expect_events(vec![changed.into()]);
    }

    #[tokio::test]
    async fn who_is_not_in_it_cannot_leave() {
        history(vec![made()])
            .when_async(asked(RemoveTeamMember { user_id: bob() }))
            .await
            .then_expect_error(TeamError::NoSuchMember);
    }
}
