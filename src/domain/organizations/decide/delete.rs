//! Ending an organisation.

use pantheon_events::TenantId;
use pantheon_events::organizations::{OrganizationCommand, OrganizationDeleted, OrganizationEvent};

use super::super::{Organization, OrganizationError};
use crate::domain::Asked;

pub(in super::super) fn delete(
    organization: &Organization,
    asked: &Asked<OrganizationCommand>,
) -> Result<Vec<OrganizationEvent>, OrganizationError> {
    if asked.by.tenant == TenantId::default_organization() {
        return Err(OrganizationError::DefaultOrganization);
    }
    let name = organization.name.clone();
    Ok(vec![OrganizationDeleted { name }.into()])
}

#[cfg(test)]
mod tests {
    use pantheon_events::organizations::{DeleteOrganization, UpdateOrganization};

    use super::super::given::{ada, by, history, made};
    use super::*;

    fn gone() -> OrganizationEvent {
        OrganizationDeleted {
            name: "Engines".to_owned(),
        }
        .into()
    }

    #[tokio::test]
    async fn an_organisation_ends() {
        history(vec![made()])
            .when_async(by(ada(), DeleteOrganization {}))
            .await
            .then_expect_events(vec![gone()]);
    }

    #[tokio::test]
    async fn one_that_ended_is_not_there() {
        history(vec![made(), gone()])
            .when_async(by(ada(), UpdateOrganization::default()))
            .await
            .then_expect_error(OrganizationError::Deleted);
    }
}
