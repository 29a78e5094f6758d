//! The policy for one kind of thing.

use pantheon_events::approvals::{
    ApprovalPolicyCommand, ApprovalPolicyDefined, ApprovalPolicyEvent, ApprovalPolicyRetired,
    DefineApprovalPolicy, OnTimeout, Policy, StageRule, When, policy_id,
};
use serde::{Deserialize, Serialize};

use super::ApprovalError;
use super::decide::satisfiable;
use crate::aggregate;
use crate::domain::Asked;

/// A policy's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ApprovalPolicy {
    /// The kind of thing.
    pub resource_type: String,
    /// What is in force; `None` when nothing was defined or it was retired.
    pub policy: Option<Policy>,
}

impl ApprovalPolicy {
    fn decide(
        &self,
        asked: &Asked<ApprovalPolicyCommand>,
    ) -> Result<Vec<ApprovalPolicyEvent>, ApprovalError> {
        match &asked.command {
            ApprovalPolicyCommand::DefineApprovalPolicy(command) => {
                define(self, &asked.with(command.clone()))
            }
            ApprovalPolicyCommand::RetireApprovalPolicy(_) => Ok(retire(self)),
        }
    }

    fn evolve(&mut self, event: ApprovalPolicyEvent) {
        match event {
            ApprovalPolicyEvent::ApprovalPolicyDefined(defined) => {
                self.resource_type = defined.resource_type;
                self.policy = Some(defined.policy);
            }
            ApprovalPolicyEvent::ApprovalPolicyRetired(_) => self.policy = None,
        }
    }

    fn valid_id(id: &str) -> bool {
        crate::domain::is_plain_uuid(id)
    }
}

aggregate!(ApprovalPolicy: ApprovalPolicyCommand => ApprovalPolicyEvent, ApprovalError);

fn define(
    state: &ApprovalPolicy,
    asked: &Asked<DefineApprovalPolicy>,
) -> Result<Vec<ApprovalPolicyEvent>, ApprovalError> {
    let command = &asked.command;
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if !command.resource_type.bytes().all(word) {
        let message = "use lower-case letters, digits and '_'";
        return Err(ApprovalError::Malformed {
            field: "resource_type",
            message,
        });
    }
    let own = policy_id(asked.by.tenant, &command.resource_type);
    if asked.id.parse() != Ok(own) {
        return Err(ApprovalError::OtherId(own));
    }
    for rule in &command.rules {
        bounded(&rule.when)?;
    }
    for stage in command.rules.iter().flat_map(|rule| &rule.stages) {
        check(stage, command.four_eyes)?;
    }
    let policy = Policy {
        rules: command.rules.clone(),
        four_eyes: command.four_eyes,
        distinct_across_stages: command.distinct_across_stages,
        channels: command.channels.clone(),
    };
    if state.policy.as_ref() == Some(&policy) {
        return Ok(vec![]);
    }
    let resource_type = command.resource_type.clone();
    Ok(vec![
        ApprovalPolicyDefined {
            resource_type,
            policy,
        }
        .into(),
    ])
}

/// A limit says in which currency, and is an amount of it.
fn bounded(when: &When) -> Result<(), ApprovalError> {
    let Some(least) = when.min_amount else {
        return Ok(());
    };
    let message = match when.currency {
        None => "a rule with a `min_amount` says in which `currency`",
        Some(currency) if least.minor(currency).is_err() => {
            "a `min_amount` is from 0 to 99999999.99, with no more digits than its currency has"
        }
        Some(_) => return Ok(()),
    };
    Err(ApprovalError::Malformed {
        field: "rules",
        message,
    })
}

fn check(stage: &StageRule, four_eyes: bool) -> Result<(), ApprovalError> {
    let nobody = stage
        .escalate_to
        .as_ref()
        .is_none_or(|others| others.is_empty());
    if stage.on_timeout == OnTimeout::Escalate && nobody {
        let message = "a stage that escalates says in `escalate_to` to whom";
        return Err(ApprovalError::Malformed {
            field: "rules",
            message,
        });
    }
    // Any one of the named people may turn out to be the requester.
    if satisfiable(stage, &[], usize::from(four_eyes)) {
        Ok(())
    } else {
        Err(ApprovalError::Unsatisfiable(stage.name.clone()))
    }
}

fn retire(state: &ApprovalPolicy) -> Vec<ApprovalPolicyEvent> {
    if state.policy.is_none() {
        return vec![];
    }
    vec![
        ApprovalPolicyRetired {
            resource_type: state.resource_type.clone(),
        }
        .into(),
    ]
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cqrs_es::test::{AggregateTestExecutor, TestFramework};
    use pantheon_events::approvals::{Approvers, PolicyRule, RetireApprovalPolicy};
    use pantheon_events::{Actor, CommandContext, TenantId};

    use super::*;

    fn given(events: Vec<ApprovalPolicyEvent>) -> AggregateTestExecutor<ApprovalPolicy> {
        TestFramework::<ApprovalPolicy>::with(()).given(events)
    }

    fn asked(command: impl Into<ApprovalPolicyCommand>) -> Asked<ApprovalPolicyCommand> {
        let tenant = TenantId::default_organization();
        Asked {
            command: command.into(),
            id: Arc::from(policy_id(tenant, "cake").to_string()),
            by: Arc::new(CommandContext::new(tenant, Actor::human("root"), None)),
            at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    fn asked_to(command: DefineApprovalPolicy) -> Asked<DefineApprovalPolicy> {
        let asked = asked(command.clone());
        asked.with(command)
    }

    fn cake(roles: &[&str], users: &[&str]) -> DefineApprovalPolicy {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let stage = StageRule {
            name: "taste".to_owned(),
            approvers: Approvers {
                roles: owned(roles),
                user_ids: owned(users),
            },
            required: 1,
            timeout_seconds: 600,
            on_timeout: OnTimeout::Expire,
            escalate_to: None,
        };
        DefineApprovalPolicy {
            resource_type: "cake".to_owned(),
            rules: vec![PolicyRule {
                when: When::default(),
                stages: vec![stage],
            }],
            four_eyes: true,
            distinct_across_stages: true,
            channels: vec![],
        }
    }

    fn defined(command: &DefineApprovalPolicy) -> ApprovalPolicyEvent {
        let policy = Policy {
            rules: command.rules.clone(),
            four_eyes: true,
            distinct_across_stages: true,
            channels: vec![],
        };
        ApprovalPolicyDefined {
            resource_type: "cake".to_owned(),
            policy,
        }
        .into()
    }

    #[tokio::test]
    async fn a_policy_is_defined_and_the_same_again_is_nothing() {
        let command = cake(&["admin"], &[]);
        given(vec![])
            .when_async(asked(command.clone()))
            .await
            .then_expect_events(vec![defined(&command)]);
        given(vec![defined(&command)])
            .when_async(asked(command))
            .await
            .then_expect_events(vec![]);
    }

    #[tokio::test]
    async fn a_stage_of_one_person_who_may_be_the_requester_is_refused() {
        given(vec![])
            .when_async(asked(cake(&[], &["alice"])))
            .await
            .then_expect_error(ApprovalError::Unsatisfiable("taste".to_owned()));
    }

    #[tokio::test]
    async fn a_stage_that_escalates_to_nobody_is_refused() {
        let mut command = cake(&["admin"], &[]);
        command.rules[0].stages[0].on_timeout = OnTimeout::Escalate;
        given(vec![])
            .when_async(asked(command))
            .await
            .then_expect_error(ApprovalError::Malformed {
                field: "rules",
                message: "a stage that escalates says in `escalate_to` to whom",
            });
    }

    #[test]
    fn a_limit_is_an_amount_in_a_currency() {
        for when in [
            serde_json::json!({ "min_amount": "1" }),
            serde_json::json!({ "min_amount": "-1", "currency": "EUR" }),
            serde_json::json!({ "min_amount": "0.001", "currency": "EUR" }),
        ] {
            let mut command = cake(&["admin"], &[]);
            command.rules[0].when = serde_json::from_value(when.clone()).expect("a condition");
            let refused = define(&ApprovalPolicy::default(), &asked_to(command));
            let malformed = matches!(
                refused,
                Err(ApprovalError::Malformed { field: "rules", .. })
            );
            assert!(malformed, "{when}: {refused:?}");
        }
    }

    #[tokio::test]
    async fn a_policy_lives_on_the_stream_of_its_kind_of_thing() {
        let mut command = cake(&["admin"], &[]);
        command.resource_type = "pie".to_owned();
        let own = policy_id(TenantId::default_organization(), "pie");
        given(vec![])
            .when_async(asked(command))
            .await
            .then_expect_error(ApprovalError::OtherId(own));
    }

    #[tokio::test]
    async fn a_retired_policy_is_out_of_force() {
        let gone = ApprovalPolicyRetired {
            resource_type: "cake".to_owned(),
        };
        given(vec![defined(&cake(&["admin"], &[]))])
            .when_async(asked(RetireApprovalPolicy {}))
            .await
            .then_expect_events(vec![gone.into()]);
    }
}
