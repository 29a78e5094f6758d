//! Changing what is said about a team, and ending it.

use pantheon_events::teams::{TeamChanges, TeamDeleted, TeamEvent, TeamUpdated, UpdateTeam};

use super::super::Team;

pub(in super::super) fn update(team: &Team, command: &UpdateTeam) -> Vec<TeamEvent> {
    let name = command.name.as_ref().map(|name| name.trim().to_owned());
    let description = command.description.clone();
    let changed = TeamChanges {
        name: name.filter(|name| *name != team.name && !name.is_empty()),
        description: description.filter(|text| Some(text) != team.description.as_ref()),
        is_visible: command.is_visible.filter(|seen| *seen != team.is_visible),
        settings: command
            .settings
            .clone()
            .filter(|settings| *settings != team.settings),
    };
    if changed == TeamChanges::default() {
        return Vec::new();
    }
    vec![TeamUpdated { changed }.into()]
}

pub(in super::super) fn delete(team: &Team) -> Vec<TeamEvent> {
    let name = team.name.clone();
    vec![TeamDeleted { name }.into()]
}

#[cfg(test)]
mod tests {
    use pantheon_events::teams::DeleteTeam;

    use super::super::super::TeamError;
    use super::super::given::{asked, history, made};
    use super::*;

    #[tokio::test]
    async fn only_what_differs_is_an_event() {
        let command = UpdateTeam {
            name: Some("Core".to_owned()),
            is_visible: Some(false),
            ..UpdateTeam::default()
        };
        let changed = TeamChanges {
            is_visible: Some(false),
            ..TeamChanges::default()
        };
        history(vec![made()])
            .when_async(asked(command))
            .await
            .then_expect_events(vec![TeamUpdated { changed }.into()]);
    }

    #[tokio::test]
    async fn a_team_ends_once() {
        let gone = TeamDeleted {
            name: "Core".to_owned(),
        };
        history(vec![made()])
            .when_async(asked(DeleteTeam {}))
            .await
            .then_expect_events(vec![gone.clone().into()]);
        history(vec![made(), gone.into()])
            .when_async(asked(DeleteTeam {}))
            .await
            .then_expect_error(TeamError::Deleted);
    }
}
