//! Changing what is said about an organisation.

use pantheon_events::organizations::{
    OrganizationChanges, OrganizationEvent, OrganizationUpdated, UpdateOrganization,
};

use super::super::Organization;

pub(in super::super) fn update(
    organization: &Organization,
    command: &UpdateOrganization,
) -> Vec<OrganizationEvent> {
    let newer = |given: &Option<String>, present: &Option<String>| {
        given.clone().filter(|text| Some(text) != present.as_ref())
    };
    let name = command.name.as_ref().map(|name| name.trim().to_owned());
    let changed = OrganizationChanges {
        name: name.filter(|name| *name != organization.name && !name.is_empty()),
        description: newer(&command.description, &organization.description),
        avatar_url: newer(&command.avatar_url, &organization.avatar_url),
        settings: command
            .settings
            .clone()
            .filter(|settings| *settings != organization.settings),
    };
    if changed == OrganizationChanges::default() {
        return Vec::new();
    }
    vec![OrganizationUpdated { changed }.into()]
}

#[cfg(test)]
mod tests {
    use super::super::given::{ada, by, history, made};
    use super::*;

    #[tokio::test]
    async fn only_what_differs_is_an_event() {
        let command = UpdateOrganization {
            name: Some("Engines".to_owned()),
            description: Some("Analytical".to_owned()),
            ..UpdateOrganization::default()
        };
        let changed = OrganizationChanges {
            description: Some("Analytical".to_owned()),
            ..OrganizationChanges::default()
        };
        history(vec![made()])
            .when_async(by(ada(), command))
            .await
            .then_expect_events(vec![OrganizationUpdated { changed }.into()]);
    }
}
