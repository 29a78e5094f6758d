//! Changing the plan and what reaches the installation's machines. Who may is the operator: the
//! permission table says so.

use pantheon_events::organizations::{
    Features, OrganizationEvent, OrganizationFeaturesChanged, SetFeatures,
};

use super::super::Organization;

pub(in super::super) fn set_features(
    organization: &Organization,
    command: &SetFeatures,
) -> Vec<OrganizationEvent> {
    let now = organization.features;
    let features = Features {
        sql_console: command.sql_console.unwrap_or(now.sql_console),
        git: command.git.unwrap_or(now.git),
        infrastructure: command.infrastructure.unwrap_or(now.infrastructure),
        deployments: command.deployments.unwrap_or(now.deployments),
    };
    let plan = command.plan.unwrap_or(organization.plan);
    if (plan, features) == (organization.plan, now) {
        return Vec::new();
    }
    vec![OrganizationFeaturesChanged { plan, features }.into()]
}

#[cfg(test)]
mod tests {
    use pantheon_events::organizations::Plan;

    use super::super::given::{ada, by, history, made};
    use super::*;

    #[tokio::test]
    async fn a_plan_is_changed_and_the_features_stay() {
        let command = SetFeatures {
            plan: Some(Plan::Pro),
            ..SetFeatures::default()
        };
        let changed = OrganizationFeaturesChanged {
            plan: Plan::Pro,
            features: Features::default(),
        };
        history(vec![made()])
            .when_async(by(ada(), command))
            .await
            .then_expect_events(vec![changed.into()]);
    }
}
