//! Processes `sessions_end` and `admin_roll`, and the step before an admin loses the role.
//!
//! A session ends when its account is shut out or its password changed. The list of admins follows
//! the accounts; whoever is to leave it is taken off first, so that the last one cannot be.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pantheon_events::organizations::{ChangeMemberRole, OrgRole};
use pantheon_events::sessions::{EndReason, EndSession};
use pantheon_events::users::{AccountRole, AddAdmin, RemoveAdmin, UserCommand, UserEvent};
use pantheon_events::{CommandContext, DomainEvent, RecordedEvent, UserId};
use pantheon_projections::sessions::{NAME as SESSIONS, of_user};

use super::{Process, ProcessError, settle};
use crate::app::App;
use crate::domain::organizations::Organization;
use crate::domain::users::{ADMINS, AdminList, User};
use crate::identity::{installation, org_role};
use crate::store::{DispatchError, Dispatcher, Prepare};

const PATIENCE: Duration = Duration::from_secs(5);

/// The processes of accounts.
pub fn processes(app: &App) -> [Arc<dyn Process>; 2] {
    [
        Arc::new(AdminRoll { app: app.clone() }),
        Arc::new(SessionsEnd { app: app.clone() }),
    ]
}

/// Sets the steps before accounts' commands.
pub fn prepare(app: &App) {
    let steps = AdminSteps {
        users: app.commands.users.clone(),
        admins: app.commands.admins.clone(),
        organizations: app.commands.organizations.clone(),
    };
    app.commands.users.prepare_with(Arc::new(steps));
}

fn fact(event: &RecordedEvent) -> Result<(UserId, UserEvent), ProcessError> {
    let user = event.aggregate_id.parse();
    let user = user.map_err(|_| ProcessError::Halt("an account's id".into()))?;
    let fact = UserEvent::decode(&event.event_type, &event.event_version, event.payload.get());
    let fact = fact.map_err(|error| ProcessError::Halt(error.to_string()))?;
    Ok((user, fact))
}

/// Ends the sessions of an account.
struct SessionsEnd {
    app: App,
}

#[async_trait]
impl Process for SessionsEnd {
    fn name(&self) -> &'static str {
        "sessions_end"
    }

    fn wants(&self, event: &RecordedEvent) -> bool {
        matches!(
            event.event_type.as_str(),
            "user_password_changed" | "user_setup_started" | "user_deactivated"
        )
    }

    async fn react(&self, event: &RecordedEvent) -> Result<(), ProcessError> {
        let (user, fact) = fact(event)?;
        let (reason, keeps) = match fact {
            UserEvent::UserPasswordChanged(changed) => {
                (EndReason::PasswordChanged, changed.keep_session)
            }
            UserEvent::UserSetupStarted(_) => (EndReason::PasswordChanged, None),
            _ => (EndReason::UserDeactivated, None),
        };
        let (app, away) = (&self.app, |error: pantheon_projections::QueryError| {
            ProcessError::Retry(error.to_string())
        });
        app.reads
            .wait_for(SESSIONS, event.position, PATIENCE)
            .await
            .map_err(away)?;
        for session in of_user(&app.reads, user).await.map_err(away)? {
            if keeps == Some(session.id) {
                continue;
            }
            let id = session.id.to_string();
            let by = CommandContext::caused_by(event, self.name(), &id);
            let sessions = &app.commands.sessions;
            settle(sessions.dispatch(&id, EndSession { reason }, by).await)?;
        }
        Ok(())
    }
}

/// Keeps the list of admins.
struct AdminRoll {
    app: App,
}

#[async_trait]
impl Process for AdminRoll {
    fn name(&self) -> &'static str {
        "admin_roll"
    }

    fn wants(&self, event: &RecordedEvent) -> bool {
        matches!(
            event.event_type.as_str(),
            "user_registered" | "user_role_changed" | "user_activated"
        )
    }

    async fn react(&self, event: &RecordedEvent) -> Result<(), ProcessError> {
        let (user_id, _) = fact(event)?;
        let users = &self.app.commands.users;
        // As the account stands now: an older fact may have been overtaken.
        let user = users.load(&user_id.to_string()).await;
        let user = user.map_err(|error| ProcessError::Retry(error.to_string()))?;
        if !user.aggregate.is_active_admin() {
            return Ok(());
        }
        let by = CommandContext::caused_by(event, self.name(), "add_admin");
        let admins = &self.app.commands.admins;
        settle(admins.dispatch(ADMINS, AddAdmin { user_id }, by).await)
    }
}

/// The steps before a role changes or somebody is shut out: an admin comes off the list, unless it is the
/// last one; and a membership of the default organisation, which gives what the role gave when the account
/// was made, goes with the role.
struct AdminSteps {
    users: Dispatcher<User>,
    admins: Dispatcher<AdminList>,
    organizations: Dispatcher<Organization>,
}

impl AdminSteps {
    async fn follow(
        &self,
        user_id: UserId,
        role: AccountRole,
        by: &CommandContext,
    ) -> Result<(), DispatchError> {
        let id = installation().to_string();
        let home = self.organizations.load(&id).await?.aggregate;
        let now = home.members.get(&user_id).map(|member| member.role);
        let role = org_role(role);
        if now.is_none_or(|now| now == role || now == OrgRole::Owner) {
            return Ok(());
        }
        let command = ChangeMemberRole { user_id, role };
        let by = by.own_step("membership");
        self.organizations.dispatch(&id, command, by).await?;
        Ok(())
    }
}

#[async_trait]
impl Prepare<UserCommand> for AdminSteps {
    fn concerns(&self, command: &UserCommand) -> bool {
        matches!(
            command,
            UserCommand::ChangeRole(_) | UserCommand::DeactivateUser(_)
        )
    }

    async fn prepare(
        &self,
        id: &str,
        command: UserCommand,
        by: &CommandContext,
    ) -> Result<UserCommand, DispatchError> {
        let user = self.users.load(id).await?;
        let own = user.tenant == Some(by.tenant);
        let (true, Ok(user_id)) = (own && user.aggregate.exists(), id.parse()) else {
            return Ok(command);
        };
        let role = match &command {
            UserCommand::ChangeRole(change) => Some(change.role),
            _ => None,
        };
        if role != Some(AccountRole::Admin) && user.aggregate.is_active_admin() {
            let by = by.own_step("admin_roll");
            self.admins
                .dispatch(ADMINS, RemoveAdmin { user_id }, by)
                .await?;
        }
        if let Some(role) = role {
            self.follow(user_id, role, by).await?;
        }
        Ok(command)
    }
}
