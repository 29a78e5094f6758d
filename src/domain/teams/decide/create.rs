//! Making a team.

use pantheon_events::teams::{CreateTeam, TeamCommand, TeamCreated, TeamEvent};
use pantheon_events::{ActorKind, TeamId};

use super::super::{Team, TeamError};
use crate::domain::Asked;

pub(in super::super) fn create(
    team: &Team,
    asked: &Asked<TeamCommand>,
    command: &CreateTeam,
) -> Result<Vec<TeamEvent>, TeamError> {
    let id = TeamId::of_slug(asked.by.tenant, command.slug.as_str());
    if *asked.id != *id.to_string() {
        return Err(TeamError::OtherId);
    }
    if team.exists {
        return Err(TeamError::AlreadyExists);
    }
    let actor = &asked.by.actor;
    let person = (actor.kind == ActorKind::Human).then(|| actor.id.parse().ok());
    Ok(vec![
        TeamCreated {
            name: command.name.trim().to_owned(),
            slug: command.slug.clone(),
            description: command.description.clone(),
            is_visible: command.is_visible,
            lead_id: person.flatten(),
        }
        .into(),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::given::{asked, history, made};
    use super::*;

    fn core(slug: &str) -> CreateTeam {
        serde_json::from_value(serde_json::json!({ "name": "Core", "slug": slug }))
            .expect("a command")
    }

    #[tokio::test]
    async fn whoever_makes_a_team_leads_it() {
        history(vec![])
            .when_async(asked(core("core")))
            .await
            .then_expect_events(vec![made()]);
    }

    #[tokio::test]
    async fn a_slug_is_used_once_and_the_stream_is_the_slugs() {
        history(vec![made()])
            .when_async(asked(core("core")))
            .await
            .then_expect_error(TeamError::AlreadyExists);
        history(vec![])
            .when_async(asked(core("other")))
            .await
            .then_expect_error(TeamError::OtherId);
    }
}
