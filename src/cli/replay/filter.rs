//! Which events of the log are replayed.

use std::str::FromStr;

use serde_json::Value;

/// A filter as it is written on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    /// These event types; a name may end in `*`.
    Types(Vec<String>),
    /// One stream.
    Stream { aggregate: String, id: String },
}

const FORM: &str = "expected type=<event types> or stream=<type>/<id>";

impl FromStr for Filter {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=').ok_or(FORM)? {
            ("type", names) if names.split(',').all(|name| !name.is_empty()) => {
                Ok(Self::Types(names.split(',').map(str::to_owned).collect()))
            }
            ("stream", stream) => match stream.split_once('/') {
                Some((aggregate, id)) if !aggregate.is_empty() && !id.is_empty() => {
                    Ok(Self::Stream {
                        aggregate: aggregate.to_owned(),
                        id: id.to_owned(),
                    })
                }
                _ => Err(FORM),
            },
            _ => Err(FORM),
        }
    }
}

impl Filter {
    /// Whether a CloudEvent is wanted.
    pub(super) fn matches(&self, event: &Value) -> bool {
        let kind = event["type"].as_str().unwrap_or_default();
        let mut parts = kind.splitn(3, '.').skip(1);
        let (of, name) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        match self {
            Self::Types(names) => names.iter().any(|wanted| match wanted.strip_suffix('*') {
                Some(start) => name.starts_with(start),
                None => name == wanted,
            }),
            Self::Stream { aggregate, id } => of == aggregate && event["subject"] == id.as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_are_wanted_by_type_or_by_stream() {
        let event = json!({ "type": "pantheon.task.task_created", "subject": "a/b" });
        let matches = |text: &str| text.parse::<Filter>().map(|filter| filter.matches(&event));
        for wanted in ["type=task_created", "type=x,task_*", "stream=task/a/b"] {
            assert_eq!(matches(wanted), Ok(true), "{wanted}");
        }
        for other in [
            "type=created",
            "type=task",
            "stream=task/a",
            "stream=agent/a/b",
        ] {
            assert_eq!(matches(other), Ok(false), "{other}");
        }
        for wrong in [
            "task_created",
            "type=",
            "type=a,,b",
            "stream=task",
            "what=x",
        ] {
            assert_eq!(matches(wrong), Err(FORM), "{wrong}");
        }
    }
}
