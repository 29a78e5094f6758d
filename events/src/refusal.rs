//! A domain rule's "no".

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::FieldError;

/// Which family a refusal belongs to; doors turn it into a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// The caller's data break a limit (422 `validation_failed`).
    Invalid,
    /// There is no such thing here (404).
    NotFound,
    /// The thing is already there (409).
    AlreadyExists,
    /// The caller may not do that to this thing (403).
    Forbidden,
    /// A rule of the domain said no (422).
    Rule,
}

/// Why a command was refused. It is stored with the command id, so that a repeat gets the same
/// answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    /// The family.
    pub kind: RefusalKind,
    /// The rule's stable name.
    pub code: String,
    /// One sentence: what is wrong and what to do.
    pub message: String,
    /// The fields that are at fault, when fields are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

impl Refusal {
    /// A refusal by a domain rule.
    pub fn rule(code: &str, message: impl Into<String>) -> Self {
        Self::of(RefusalKind::Rule, code, message)
    }

    /// Nothing with this id is there for the caller. The same bytes for missing and foreign ids.
    #[must_use]
    pub fn not_found() -> Self {
        Self::of(
            RefusalKind::NotFound,
            "not_found",
            "There is nothing with this id here. Check the id and the organisation.",
        )
    }

    /// The id or the unique key is taken.
    pub fn already_exists(message: impl Into<String>) -> Self {
        Self::of(RefusalKind::AlreadyExists, "already_exists", message)
    }

    /// The caller may not do this to this thing.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::of(RefusalKind::Forbidden, "forbidden", message)
    }

    /// One field breaks a limit.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            errors: vec![FieldError {
                field: field.to_owned(),
                message: message.clone(),
            }],
            ..Self::of(
                RefusalKind::Invalid,
                "validation_failed",
                format!("{field}: {message}"),
            )
        }
    }

    /// The same refusal with the places that are at fault.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    fn of(kind: RefusalKind, code: &str, message: impl Into<String>) -> Self {
        Self {
            kind,
            code: code.to_owned(),
            message: message.into(),
            errors: Vec::new(),
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refusal {}
