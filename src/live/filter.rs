//! What a subscription wants to see: the same filter for WebSocket, SSE and `GET /events`.

use std::collections::HashSet;

use pantheon_events::RecordedEvent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most names in one list of a filter.
pub const NAMES: usize = 100;
/// Longest name in a filter, in bytes.
pub const NAME_BYTES: usize = 200;

/// The filter as a client writes it. A list that is left out does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterSpec {
    /// Aggregate types, such as `task`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregates: Option<Vec<String>>,
    /// Event types: `task_created`, `task.task_created`, `pantheon.task.task_created`, or the
    /// beginning of one of these and a `*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub types: Option<Vec<String>>,
    /// Aggregate ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<Vec<String>>,
}

/// Why a filter is refused; the text is for the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("filter.{field}: {problem}")]
pub struct InvalidFilter {
    /// The list at fault.
    pub field: &'static str,
    /// What is wrong with it and what to do.
    pub problem: &'static str,
}

/// A checked filter, ready to be asked about many events.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    aggregates: Option<HashSet<String>>,
    types: Option<Vec<TypePattern>>,
    ids: Option<HashSet<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum TypePattern {
    Exact {
        aggregate: Option<String>,
        event: String,
    },
    Aggregate(String),
    EventPrefix {
        aggregate: Option<String>,
        prefix: String,
    },
    AnyAggregateFrom(String),
}

impl Filter {
    /// Checks a client's filter.
    pub fn new(spec: FilterSpec) -> Result<Self, InvalidFilter> {
        let types = checked("types", spec.types)?;
        Ok(Self {
            aggregates: checked("aggregates", spec.aggregates)?.map(HashSet::from_iter),
            types: types.map(|names| names.iter().map(|name| TypePattern::parse(name)).collect()),
            ids: checked("ids", spec.ids)?.map(HashSet::from_iter),
        })
    }

    /// Whether the event is asked for.
    #[must_use]
    pub fn matches(&self, event: &RecordedEvent) -> bool {
        self.aggregates
            .as_ref()
            .is_none_or(|names| names.contains(&event.aggregate_type))
            && self
                .ids
                .as_ref()
                .is_none_or(|ids| ids.contains(&event.aggregate_id))
            && self
                .types
                .as_ref()
                .is_none_or(|types| types.iter().any(|t| t.matches(event)))
    }
}

fn checked(
    field: &'static str,
    names: Option<Vec<String>>,
) -> Result<Option<Vec<String>>, InvalidFilter> {
    let refuse = |problem| Err(InvalidFilter { field, problem });
    match &names {
        Some(list) if list.is_empty() => refuse("name at least one, or leave the list out for all"),
        Some(list) if list.len() > NAMES => refuse("at most 100 names; open a second subscription"),
        Some(list) if list.iter().any(|n| n.is_empty() || n.len() > NAME_BYTES) => {
            refuse("each name has 1 to 200 bytes")
        }
        _ => Ok(names),
    }
}

impl TypePattern {
    fn parse(name: &str) -> Self {
        let (stem, open) = match name.strip_suffix('*') {
            Some(stem) => (stem, true),
            None => (name, false),
        };
        let full = stem.strip_prefix("pantheon.");
        match (full.unwrap_or(stem).split_once('.'), full) {
            (Some((aggregate, "")), _) if open => Self::Aggregate(aggregate.to_owned()),
            (Some((aggregate, event)), _) => Self::event(Some(aggregate.to_owned()), event, open),
            (None, Some(aggregate)) if open => Self::AnyAggregateFrom(aggregate.to_owned()),
            (None, _) => Self::event(None, stem, open),
        }
    }

    fn event(aggregate: Option<String>, event: &str, open: bool) -> Self {
        if open {
            Self::EventPrefix {
                aggregate,
                prefix: event.to_owned(),
            }
        } else {
            Self::Exact {
                aggregate,
                event: event.to_owned(),
            }
        }
    }

    fn matches(&self, event: &RecordedEvent) -> bool {
        let of = |wanted: &Option<String>| {
            wanted
                .as_ref()
                .is_none_or(|aggregate| *aggregate == event.aggregate_type)
        };
        match self {
            Self::Exact {
                aggregate,
                event: name,
            } => of(aggregate) && event.event_type == *name,
            Self::Aggregate(aggregate) => event.aggregate_type == *aggregate,
            Self::EventPrefix { aggregate, prefix } => {
                of(aggregate) && event.event_type.starts_with(prefix.as_str())
            }
            Self::AnyAggregateFrom(prefix) => event.aggregate_type.starts_with(prefix.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::live::testing::event;

    fn filter(types: &[&str]) -> Filter {
        let types = Some(types.iter().map(|&t| t.to_owned()).collect());
        Filter::new(FilterSpec {
            types,
            ..FilterSpec::default()
        })
        .expect("a valid filter")
    }

    #[test]
    fn an_empty_filter_matches_everything() {
        assert!(Filter::default().matches(&event(1, "task", "a", "task_created")));
    }

    #[test]
    fn every_list_that_is_given_has_to_match() {
        let filter = Filter::new(FilterSpec {
            aggregates: Some(vec!["task".into()]),
            types: Some(vec!["task_created".into()]),
            ids: Some(vec!["a".into()]),
        })
        .expect("a valid filter");
        assert!(filter.matches(&event(1, "task", "a", "task_created")));
        assert!(!filter.matches(&event(1, "task", "b", "task_created")));
        assert!(!filter.matches(&event(1, "task", "a", "task_started")));
        assert!(!filter.matches(&event(1, "agent", "a", "task_created")));
    }

    #[test]
    fn a_type_is_named_short_or_in_full_or_by_its_beginning() {
        let created = event(1, "task", "a", "task_created");
        for yes in [
            "task_created",
            "pantheon.task.task_created",
            "task_*",
            "*",
            "pantheon.task.*",
            "pantheon.task.task_c*",
            "pantheon.*",
            "pantheon.ta*",
            "task.*",
            "task.task_created",
        ] {
            assert!(filter(&[yes]).matches(&created), "{yes}");
        }
        for no in [
            "task_create",
            "pantheon.agent.task_created",
            "agent_*",
            "pantheon.agent.*",
            "pantheon.",
            "pantheon.task",
            "pantheon.task.",
            "task_created.*",
        ] {
            assert!(!filter(&[no]).matches(&created), "{no}");
        }
    }

    fn names() -> impl Strategy<Value = Option<Vec<String>>> {
        let name = "[a-z_.*]{0,20}|\\PC{0,20}|pantheon\\.(task|\\*)[a-z_.*]{0,12}";
        prop::option::of(prop::collection::vec(name, 0..4))
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_filter_is_refused_or_answers_about_any_event(
            aggregates in names(), types in names(), ids in names(), id in "\\PC{0,20}",
        ) {
            let spec = FilterSpec { aggregates, types, ids };
            let text = serde_json::to_string(&spec).expect("serialises");
            prop_assert_eq!(&serde_json::from_str::<FilterSpec>(&text).expect("reads"), &spec);
            let asked = spec.clone();
            if let Ok(filter) = Filter::new(spec) {
                let event = event(1, "task", &id, "task_created");
                let listed = |names: &Option<Vec<String>>, name: &str| {
                    names.as_ref().is_none_or(|names| names.iter().any(|one| one == name))
                };
                // No list lets through what it does not name.
                if filter.matches(&event) {
                    prop_assert!(listed(&asked.aggregates, "task") && listed(&asked.ids, &id));
                }
            }
        }
    }

    #[test]
    fn an_empty_or_endless_list_is_refused() {
        for bad in [
            vec![],
            vec![String::new()],
            vec!["x".repeat(201)],
            vec!["x".into(); 101],
        ] {
            let spec = FilterSpec {
                ids: Some(bad),
                ..FilterSpec::default()
            };
            assert_eq!(Filter::new(spec).expect_err("refused").field, "ids");
        }
    }
}
