//! Which things need an approval, and whose.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Approvers, OnTimeout};
use crate::json::{maybe_object, object};
use crate::money::{Amount, Currency};
use crate::{ApprovalId, TenantId};

/// The stream of a tenant's policy for a kind of thing.
#[must_use]
pub fn policy_id(tenant: TenantId, resource_type: &str) -> ApprovalId {
    ApprovalId::of_key(&["approval_policy", &tenant.to_string(), resource_type])
}

/// When a rule applies: everything that is named here has to fit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// From this amount on (`context.amount`). An amount that is not known is taken as large.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub min_amount: Option<Amount>,
    /// `context.currency`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub currency: Option<Currency>,
    /// `context.environment`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 100))]
    pub environment: Option<String>,
    /// `context.risk_level`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 40))]
    pub risk_level: Option<String>,
}

impl When {
    /// Whether the rule applies to a thing with these facts.
    #[must_use]
    pub fn fits(&self, context: &Map<String, Value>) -> bool {
        let text = |name: &str| context.get(name).and_then(Value::as_str);
        let same = |wanted: &Option<String>, name: &str| {
            wanted
                .as_deref()
                .is_none_or(|wanted| text(name) == Some(wanted))
        };
        let known: Option<Currency> = text("currency").and_then(|code| code.parse().ok());
        let currency = match (self.currency, known) {
            (Some(wanted), Some(known)) => wanted == known,
            _ => true,
        };
        same(&self.environment, "environment")
            && same(&self.risk_level, "risk_level")
            && currency
            && self.reaches(context, known)
    }

    fn reaches(&self, context: &Map<String, Value>, known: Option<Currency>) -> bool {
        let Some(least) = self.min_amount else {
            return true;
        };
        let currency = known.or(self.currency).unwrap_or_default();
        let amount = context.get("amount").cloned();
        let amount = amount.and_then(|amount| serde_json::from_value::<Amount>(amount).ok());
        let minor = amount.and_then(|amount| amount.minor(currency).ok());
        match (minor, least.minor(currency)) {
            (Some(minor), Ok(least)) => minor >= least,
            _ => true,
        }
    }
}

const fn one() -> u32 {
    1
}

const fn a_day() -> i64 {
    86_400
}

const fn yes() -> bool {
    true
}

/// One stage as a policy asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct StageRule {
    /// Its name.
    #[garde(length(chars, min = 1, max = 100))]
    pub name: String,
    /// Who may decide.
    #[serde(deserialize_with = "object")]
    #[garde(dive)]
    pub approvers: Approvers,
    /// How many have to say yes.
    #[serde(default = "one")]
    #[garde(range(min = 1, max = 100))]
    pub required: u32,
    /// Seconds until it times out: 60 to 2 592 000, a day when left out.
    #[serde(default = "a_day")]
    #[garde(range(min = 60, max = 2_592_000))]
    pub timeout_seconds: i64,
    /// What happens then.
    #[serde(default)]
    #[garde(skip)]
    pub on_timeout: OnTimeout,
    /// Who may decide too after the first timeout.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "maybe_object"
    )]
    #[garde(dive)]
    pub escalate_to: Option<Approvers>,
}

/// Stages for things of one sort.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PolicyRule {
    /// Which things.
    #[serde(default, deserialize_with = "object")]
    #[garde(dive)]
    pub when: When,
    /// Their stages, one after the other.
    #[garde(length(min = 1, max = 10), dive)]
    pub stages: Vec<StageRule>,
}

/// A policy. The first rule that applies wins; no rule, no approval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The rules.
    #[garde(length(max = 50), dive)]
    pub rules: Vec<PolicyRule>,
    /// Whether the requester is kept from deciding. It always is; `false` only loosens what a
    /// stage must be able to do without it.
    #[serde(default = "yes")]
    #[garde(skip)]
    pub four_eyes: bool,
    /// Whether one person counts in one stage only.
    #[serde(default = "yes")]
    #[garde(skip)]
    pub distinct_across_stages: bool,
    /// Where it is told.
    #[serde(default)]
    #[garde(length(max = 50), inner(length(chars, max = 100)))]
    pub channels: Vec<String>,
}

/// The kinds of things that have a policy from the start.
pub const BUILT_IN: [&str; 5] = [
    "deployment",
    "fix_application",
    "order",
    "payment_refund",
    "workflow_gate",
];

impl Policy {
    /// The policy that is in force where a tenant has defined none.
    #[must_use]
    pub fn built_in(resource_type: &str) -> Option<Self> {
        let rules = match resource_type {
            "payment_refund" => vec![one_of(&["admin"], When::default())],
            "fix_application" => vec![one_of(&["admin", "developer"], When::default())],
            "workflow_gate" => vec![one_of(&["admin"], When::default())],
            "deployment" => {
                let production = Some("production".to_owned());
                vec![one_of(
                    &["admin"],
                    When {
                        environment: production,
                        ..When::default()
                    },
                )]
            }
            "order" => Vec::new(),
            _ => return None,
        };
        Some(Self {
            rules,
            four_eyes: true,
            distinct_across_stages: true,
            channels: Vec::new(),
        })
    }

    /// The stages for a thing with these facts, if a rule asks for any.
    #[must_use]
    pub fn stages(&self, context: &Map<String, Value>) -> Option<&[StageRule]> {
        let rule = self.rules.iter().find(|rule| rule.when.fits(context))?;
        Some(&rule.stages)
    }
}

fn one_of(roles: &[&str], when: When) -> PolicyRule {
    let stage = StageRule {
        name: "approval".to_owned(),
        approvers: Approvers {
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            user_ids: Vec::new(),
        },
        required: one(),
        timeout_seconds: a_day(),
        on_timeout: OnTimeout::Expire,
        escalate_to: None,
    };
    PolicyRule {
        when,
        stages: vec![stage],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asks(resource_type: &str, context: &Value) -> bool {
        let policy = Policy::built_in(resource_type).expect("built in");
        policy
            .stages(context.as_object().expect("an object"))
            .is_some()
    }

    #[test]
    fn deployments_to_production_need_an_approval_and_orders_none() {
        assert!(asks("deployment", &json!({ "environment": "production" })));
        assert!(!asks("deployment", &json!({ "environment": "staging" })));
        assert!(!asks("order", &json!({})));
        assert!(asks("payment_refund", &json!({})));
    }

    #[test]
    fn every_built_in_policy_is_there() {
        assert!(BUILT_IN.iter().all(|name| Policy::built_in(name).is_some()));
        assert_eq!(Policy::built_in("cake"), None);
    }

    #[test]
    fn an_amount_counts_from_the_limit_on_and_an_unknown_one_is_large() {
        let when: When = serde_json::from_value(json!({ "min_amount": "100.00" })).expect("when");
        for (context, fits) in [
            (json!({ "amount": "100.00" }), true),
            (json!({ "amount": "99.99" }), false),
            (json!({}), true),
            (json!({ "amount": "much" }), true),
        ] {
            assert_eq!(
                when.fits(context.as_object().expect("an object")),
                fits,
                "{context}"
            );
        }
    }
}
