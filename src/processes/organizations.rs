//! What crosses organisations and teams: the steps before their commands, and process
//! `team_membership`, which takes whoever leaves an organisation out of its teams.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pantheon_events::organizations::{OrganizationCommand, OrganizationEvent};
use pantheon_events::teams::{RemoveTeamMember, TeamCommand};
use pantheon_events::{CommandContext, DomainEvent, RecordedEvent, Refusal, UserId};
use pantheon_projections::QueryError;
use pantheon_projections::teams::{NAME as TEAMS, of_member};

use super::{Process, ProcessError, settle};
use crate::app::App;
use crate::auth::{PERMISSIONS, is_of_installation};
use crate::domain::organizations::Organization;
use crate::domain::users::User;
use crate::store::{DispatchError, Dispatcher, Prepare};

const PATIENCE: Duration = Duration::from_secs(5);

/// The processes of organisations.
pub fn processes(app: &App) -> [Arc<dyn Process>; 1] {
    [Arc::new(TeamMembership { app: app.clone() })]
}

/// Sets the steps before the commands of organisations and teams.
pub fn prepare(app: &App) {
    let organizations = app.commands.organizations.clone();
    app.commands.organizations.prepare_with(Arc::new(Known {
        users: app.commands.users.clone(),
    }));
    app.commands
        .teams
        .prepare_with(Arc::new(OfOrganization { organizations }));
}

/// The step before a permission is given beside a role: it exists, and its giver holds it. An owner holds
/// everything but the installation's. And before somebody is invited: there is such an account, whichever
/// door its id came through.
struct Known {
    users: Dispatcher<User>,
}

impl Known {
    async fn somebody(&self, user: UserId) -> Result<(), DispatchError> {
        let account = self.users.load(&user.to_string()).await?.aggregate;
        match account.exists() {
            true => Ok(()),
            false => Err(DispatchError::refused(Refusal::not_found())),
        }
    }
}

#[async_trait]
impl Prepare<OrganizationCommand> for Known {
    fn concerns(&self, command: &OrganizationCommand) -> bool {
        matches!(
            command,
            OrganizationCommand::GrantPermission(_) | OrganizationCommand::InviteMember(_)
        )
    }

    async fn prepare(
        &self,
        _: &str,
        command: OrganizationCommand,
        _: &CommandContext,
    ) -> Result<OrganizationCommand, DispatchError> {
        if let OrganizationCommand::InviteMember(invite) = &command {
            self.somebody(invite.user_id).await?;
        }
        if let OrganizationCommand::GrantPermission(grant) = &command {
            let code = grant.permission.as_str();
            if PERMISSIONS.iter().all(|known| known.code != code) {
                let message = "is no permission code; GET /api/v1/permissions lists them";
                return Err(DispatchError::refused(Refusal::invalid(
                    "permission",
                    message,
                )));
            }
            if is_of_installation(code) {
                let message = "Nobody gives what they do not hold: this is the installation's.";
                return Err(DispatchError::refused(Refusal::forbidden(message)));
            }
        }
        Ok(command)
    }
}

/// The step before somebody comes into a team: they are in the organisation.
struct OfOrganization {
    organizations: Dispatcher<Organization>,
}

#[async_trait]
impl Prepare<TeamCommand> for OfOrganization {
    fn concerns(&self, command: &TeamCommand) -> bool {
        matches!(command, TeamCommand::AddTeamMember(_))
    }

    async fn prepare(
        &self,
        _: &str,
        command: TeamCommand,
        by: &CommandContext,
    ) -> Result<TeamCommand, DispatchError> {
        if let TeamCommand::AddTeamMember(add) = &command {
            let organization = self.organizations.load(&by.tenant.to_string()).await?;
            if !organization.aggregate.is_active_member(add.user_id) {
                let message = "Only active members of the organisation come into its teams.";
                return Err(DispatchError::refused(Refusal::rule(
                    "not_a_member",
                    message,
                )));
            }
        }
        Ok(command)
    }
}

/// Takes whoever leaves an organisation out of its teams: somebody who joins again begins anew.
struct TeamMembership {
    app: App,
}

impl TeamMembership {
    async fn left(&self, event: &RecordedEvent, user_id: UserId) -> Result<(), ProcessError> {
        let (app, away) = (&self.app, |error: QueryError| {
            ProcessError::Retry(error.to_string())
        });
        app.reads
            .wait_for(TEAMS, event.position, PATIENCE)
            .await
            .map_err(away)?;
        let organization = event.metadata.tenant;
        for team in of_member(&app.reads, organization, user_id)
            .await
            .map_err(away)?
        {
            let id = team.to_string();
            let by = CommandContext::caused_by(event, self.name(), &id);
            let command = RemoveTeamMember { user_id };
            settle(app.commands.teams.dispatch(&id, command, by).await)?;
        }
        Ok(())
    }
}

#[async_trait]
impl Process for TeamMembership {
    fn name(&self) -> &'static str {
        "team_membership"
    }

    fn wants(&self, event: &RecordedEvent) -> bool {
        event.event_type == "organization_member_removed"
    }

    async fn react(&self, event: &RecordedEvent) -> Result<(), ProcessError> {
        let payload = event.payload.get();
        let fact = OrganizationEvent::decode(&event.event_type, &event.event_version, payload);
        match fact.map_err(|error| ProcessError::Halt(error.to_string()))? {
            OrganizationEvent::OrganizationMemberRemoved(who) => {
                self.left(event, who.user_id).await
            }
            _ => Ok(()),
        }
    }
}
