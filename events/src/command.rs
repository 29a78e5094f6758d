//! What every context's commands have in common.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::TenantId;
pub use crate::json::read_json;

/// A field of a command that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldError {
    /// The path of the field, dots between the levels.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

/// Why data are not a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCommand {
    /// The aggregate has no command of this name.
    #[error("there is no command {name:?} here; GET /api/v1/commands lists them all")]
    Unknown {
        /// The name that was asked for.
        name: String,
    },
    /// Not JSON, a wrong type or an unknown field.
    #[error("{}", at_fault(.field, .message))]
    Malformed {
        /// Where, `.` for the whole body.
        field: String,
        /// What is wrong.
        message: String,
    },
    /// Well-formed, but a value is missing or breaks a limit.
    #[error("{}", summary(.0))]
    OutOfBounds(Vec<FieldError>),
}

impl InvalidCommand {
    /// A field that has to be given is not there.
    #[must_use]
    pub fn missing(field: String) -> Self {
        Self::OutOfBounds(vec![FieldError {
            field,
            message: "it is missing".to_owned(),
        }])
    }
}

fn at_fault(field: &str, message: &str) -> String {
    match field {
        "." => message.to_owned(),
        field => format!("{message} (at {field})"),
    }
}

fn summary(errors: &[FieldError]) -> String {
    let lines: Vec<String> = errors
        .iter()
        .map(|e| format!("{}: {}", e.field, e.message))
        .collect();
    lines.join("; ")
}

/// How a command is described to a door and to the catalogue.
#[derive(Clone, Copy)]
pub struct CommandSpec {
    /// The aggregate type.
    pub aggregate: &'static str,
    /// The command's name, unique inside its aggregate.
    pub name: &'static str,
    /// Whether it may be the first of its stream. Any other command on a missing stream is
    /// "not found".
    pub creates: bool,
    /// The JSON Schema of its data.
    pub schema: fn() -> schemars::Schema,
}

impl std::fmt::Debug for CommandSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.aggregate, self.name)
    }
}

/// All commands of one aggregate, made by [`commands!`](crate::commands).
pub trait DomainCommand:
    Clone + std::fmt::Debug + Serialize + Send + Sync + Sized + 'static
{
    /// The aggregate type.
    const AGGREGATE: &'static str;

    /// The description of every command.
    const SPECS: &'static [CommandSpec];

    /// The description of this command.
    fn spec(&self) -> &'static CommandSpec;

    /// Reads the data of the command `name` from JSON; unknown fields are refused.
    fn parse(name: &str, data: &[u8]) -> Result<Self, InvalidCommand>;

    /// Checks the limits of the command's fields.
    fn check(&self) -> Result<(), InvalidCommand>;

    /// What tells two bodies under one command id apart: SHA-256 over tenant, stream, command
    /// name and the data in canonical field order.
    fn fingerprint(&self, tenant: TenantId, aggregate_id: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in [Self::AGGREGATE, aggregate_id, self.spec().name] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        hash.update(tenant.as_uuid().as_bytes());
        // Commands are plain data with string keys: writing them to memory cannot fail.
        hash.update(serde_json::to_vec(self).expect("a command of plain fields serialises"));
        hash.finalize().into()
    }
}

/// Checks limits and collects every field that breaks one, named as in the caller's JSON.
pub fn check_fields<T>(value: &T) -> Result<(), InvalidCommand>
where
    T: Validate + Serialize,
    T::Context: Default,
{
    value.validate().map_err(|report| {
        let json = serde_json::to_value(value).unwrap_or_default();
        let errors = report
            .iter()
            .map(|(path, error)| FieldError {
                field: named(&json, &path.to_string()),
                message: plain(error.message()),
            })
            .collect();
        InvalidCommand::OutOfBounds(errors)
    })
}

/// The words of the library's checks, as one would say them: what is wrong, and what would do.
fn plain(message: &str) -> String {
    let bound = |start: &str| message.strip_prefix(start).map(str::trim);
    if let Some(least) = bound("length is lower than ") {
        return match least {
            "1" => "is empty; fill it in".to_owned(),
            least => format!("is too short; at least {least}"),
        };
    }
    if let Some(most) = bound("length is greater than ") {
        return format!("is too long; at most {most}");
    }
    if let Some(least) = bound("lower than ") {
        return format!("is too small; at least {least}");
    }
    if let Some(most) = bound("greater than ") {
        return format!("is too large; at most {most}");
    }
    message.to_owned()
}

/// The first part of a path is a field of the struct: its name in the JSON is that, the same in
/// camelCase, or what is left of it (`type` for `agent_type`).
fn named(json: &Value, path: &str) -> String {
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let (field, rest) = path.split_at(end);
    let Some(names) = json.as_object().filter(|names| !names.contains_key(field)) else {
        return path.to_owned();
    };
    let camel = camel_case(field);
    let name = names.keys().find(|name| **name == camel).or_else(|| {
        names
            .keys()
            .find(|name| field.ends_with(&format!("_{name}")))
    });
    format!("{}{rest}", name.map_or(field, String::as_str))
}

fn camel_case(field: &str) -> String {
    let mut words = field.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let mut letters = word.chars();
        let capital = letters.next().map(|letter| letter.to_ascii_uppercase());
        name + &capital.into_iter().chain(letters).collect::<String>()
    })
}

/// Declares the commands of one aggregate. Each variant is a struct of the same name that derives
/// `Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate` and refuses unknown
/// fields. `creates` marks a command that may be the first of its stream.
#[macro_export]
macro_rules! commands {
    ($(#[$meta:meta])* $vis:vis enum $Enum:ident for $aggregate:literal {
        $($Variant:ident = $name:literal $($creates:ident)?),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, ::serde::Serialize)]
        #[serde(untagged)]
        $vis enum $Enum {
            $(#[doc = concat!("`", $name, "`")] $Variant($Variant)),+
        }

        $(impl From<$Variant> for $Enum {
            fn from(command: $Variant) -> Self {
                Self::$Variant(command)
            }
        })+

        impl $crate::DomainCommand for $Enum {
            const AGGREGATE: &'static str = $aggregate;
            const SPECS: &'static [$crate::CommandSpec] = &[$($crate::CommandSpec {
                aggregate: $aggregate,
                name: $name,
                creates: $crate::commands!(@creates $($creates)?),
                schema: || ::schemars::schema_for!($Variant),
            }),+];

            fn spec(&self) -> &'static $crate::CommandSpec {
                let name = match self { $(Self::$Variant(_) => $name),+ };
                let mut at = 0;
                while Self::SPECS[at].name != name {
                    at += 1;
                }
                &Self::SPECS[at]
            }

            fn parse(name: &str, data: &[u8]) -> Result<Self, $crate::InvalidCommand> {
                match name {
                    $($name => $crate::command::read_json::<$Variant>(data).map(Self::$Variant),)+
                    _ => Err($crate::InvalidCommand::Unknown { name: name.to_owned() }),
                }
            }

            fn check(&self) -> Result<(), $crate::InvalidCommand> {
                match self { $(Self::$Variant(command) => $crate::command::check_fields(command)),+ }
            }
        }
    };
    (@creates creates) => { true };
    (@creates) => { false };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_told_in_plain_words() {
        for (said, plainly) in [
            ("length is lower than 1", "is empty; fill it in"),
            ("length is lower than 8", "is too short; at least 8"),
            ("length is greater than 100", "is too long; at most 100"),
            ("lower than 0", "is too small; at least 0"),
            ("greater than 100000", "is too large; at most 100000"),
            ("is no address", "is no address"),
        ] {
            assert_eq!(plain(said), plainly);
        }
    }

    #[test]
    fn a_field_is_named_as_in_the_caller_s_json() {
        let json = serde_json::json!({ "retryAttempts": 21, "type": "", "name": "" });
        for (path, name) in [
            ("retry_attempts", "retryAttempts"),
            ("agent_type", "type"),
            ("name", "name"),
            ("entries[0].message", "entries[0].message"),
            ("retry_attempts[3]", "retryAttempts[3]"),
        ] {
            assert_eq!(named(&json, path), name);
        }
    }
}
