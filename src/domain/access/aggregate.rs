//! The trail of one person, script or agent in one tenant. It only grows, and nothing is decided on it.

use pantheon_events::ActorKind;
use pantheon_events::access::{
    AccessCommand, AccessDenied, AccessEvent, DataExported, TokenIssued, Visitor, trail_id,
};
use serde::{Deserialize, Serialize};

use super::TrailError;
use crate::aggregate;
use crate::domain::Asked;

/// A trail has no state: what is on it stands in its events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {}

impl Trail {
    fn decide(&self, asked: &Asked<AccessCommand>) -> Result<Vec<AccessEvent>, TrailError> {
        let event = match &asked.command {
            AccessCommand::RecordDenial(denial) => {
                is_of(asked, &denial.who)?;
                AccessDenied {
                    who: denial.who.clone(),
                    visits: denial.visits.clone(),
                    code: denial.code.clone(),
                }
                .into()
            }
            AccessCommand::RecordExport(export) => {
                is_of(asked, &export.who)?;
                DataExported {
                    who: export.who.clone(),
                    visits: export.visits.clone(),
                    what: export.what.clone(),
                }
                .into()
            }
            AccessCommand::RecordTokenIssue(issue) => {
                is_trail(asked, ActorKind::Human, &issue.subject)?;
                TokenIssued {
                    token_id: issue.token_id,
                    subject: issue.subject.clone(),
                    role: issue.role.clone(),
                    tenant: issue.tenant,
                    expires_at: issue.expires_at,
                }
                .into()
            }
        };
        Ok(vec![event])
    }

    fn evolve(&mut self, _: AccessEvent) {}

    fn valid_id(id: &str) -> bool {
        crate::domain::is_plain_uuid(id)
    }
}

fn is_of(asked: &Asked<AccessCommand>, who: &Visitor) -> Result<(), TrailError> {
    is_trail(asked, who.kind, &who.id)
}

fn is_trail(asked: &Asked<AccessCommand>, kind: ActorKind, id: &str) -> Result<(), TrailError> {
    match trail_id(asked.by.tenant, kind, id).to_string() == *asked.id {
        true => Ok(()),
        false => Err(TrailError::OtherId),
    }
}

aggregate!(Trail: AccessCommand => AccessEvent, TrailError);

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::{DateTime, TimeDelta};
    use cqrs_es::test::TestFramework;
    use pantheon_events::access::RecordTokenIssue;
    use pantheon_events::{Actor, CommandContext, TenantId};
    use uuid::Uuid;

    use super::*;

    fn issue(of: &str) -> Asked<AccessCommand> {
        let tenant = TenantId::default_organization();
        let id = trail_id(tenant, ActorKind::Human, of).to_string();
        let command = RecordTokenIssue {
            token_id: Uuid::from_u128(7),
            subject: "operator".to_owned(),
            role: "viewer".to_owned(),
            tenant: TenantId::default_organization(),
            expires_at: DateTime::UNIX_EPOCH + TimeDelta::hours(1),
        };
        Asked {
            command: command.into(),
            id: Arc::from(id.as_str()),
            by: Arc::new(CommandContext::new(tenant, Actor::system("test"), None)),
            at: DateTime::UNIX_EPOCH,
        }
    }

    #[tokio::test]
    async fn what_somebody_was_given_stands_on_their_own_trail() {
        let issued = TokenIssued {
            token_id: Uuid::from_u128(7),
            subject: "operator".to_owned(),
            role: "viewer".to_owned(),
            tenant: TenantId::default_organization(),
            expires_at: DateTime::UNIX_EPOCH + TimeDelta::hours(1),
        };
        let nothing = TestFramework::<Trail>::with(());
        let own = nothing.given_no_previous_events();
        let own = own.when_async(issue("operator")).await;
        own.then_expect_events(vec![issued.into()]);
        let nothing = TestFramework::<Trail>::with(());
        let other = nothing.given_no_previous_events();
        let other = other.when_async(issue("somebody")).await;
        other.then_expect_error(TrailError::OtherId);
    }
}
