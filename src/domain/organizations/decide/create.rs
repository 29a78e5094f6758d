//! Making an organisation. Its stream is its slug's, so of two with one slug one is refused.

use pantheon_events::TenantId;
use pantheon_events::organizations::{
    CreateOrganization, Features, OrganizationCommand, OrganizationCreated, OrganizationEvent, Plan,
};

use super::super::asker::{asker, is_own_part, own_tenant};
use super::super::{Organization, OrganizationError};
use crate::domain::Asked;

pub(in super::super) fn create(
    organization: &Organization,
    asked: &Asked<OrganizationCommand>,
    command: &CreateOrganization,
) -> Result<Vec<OrganizationEvent>, OrganizationError> {
    let id = TenantId::of_slug(command.slug.as_str()).to_string();
    if *asked.id != *id || !own_tenant(asked) {
        return Err(OrganizationError::OtherId);
    }
    if organization.exists {
        return Err(OrganizationError::AlreadyExists);
    }
    let owner_id = asker(asked);
    let (plan, features) = match (owner_id, is_own_part(asked)) {
        (Some(_), _) => (Plan::Free, Features::default()),
        (None, true) => (Plan::Enterprise, Features::ALL),
        // An operator's or agent's token belongs to no account that could own it.
        (None, false) => return Err(OrganizationError::OwnerOnly),
    };
    Ok(vec![
        OrganizationCreated {
            name: command.name.trim().to_owned(),
            slug: command.slug.clone(),
            description: command.description.clone(),
            github_org_login: command.github_org_login.clone(),
            owner_id,
            plan,
            features,
        }
        .into(),
    ])
}

#[cfg(test)]
mod tests {
    use pantheon_events::Actor;

    use super::super::given::{ada, by, by_actor, history, made, nothing};
    use super::*;

    fn engines(slug: &str) -> CreateOrganization {
        CreateOrganization {
            name: "Engines".to_owned(),
            slug: slug.parse().expect("a slug"),
            description: None,
            github_org_login: None,
        }
    }

    #[tokio::test]
    async fn whoever_makes_one_owns_it() {
        nothing()
            .when_async(by(ada(), engines("engines")))
            .await
            .then_expect_events(vec![made()]);
    }

    #[tokio::test]
    async fn a_slug_is_used_once() {
        history(vec![made()])
            .when_async(by(ada(), engines("engines")))
            .await
            .then_expect_error(OrganizationError::AlreadyExists);
    }

    #[tokio::test]
    async fn the_stream_is_the_slugs() {
        nothing()
            .when_async(by(ada(), engines("other")))
            .await
            .then_expect_error(OrganizationError::OtherId);
    }

    #[tokio::test]
    async fn what_has_no_account_owns_nothing() {
        nothing()
            .when_async(by_actor(Actor::agent("codegen"), engines("engines")))
            .await
            .then_expect_error(OrganizationError::OwnerOnly);
    }
}
