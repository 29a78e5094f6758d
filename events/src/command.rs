//! What every context's commands have in common.

use garde::Validate;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::TenantId;

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
    /// Not JSON, a wrong type, a missing or an unknown field.
    #[error("{message} (at {field})")]
    Malformed {
        /// Where, `.` for the whole body.
        field: String,
        /// What is wrong.
        message: String,
    },
    /// Well-formed, but a value breaks a limit.
    #[error("{}", summary(.0))]
    OutOfBounds(Vec<FieldError>),
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

/// Reads one JSON object, refusing what follows it, and says where it is wrong.
pub fn read_json<T: DeserializeOwned>(data: &[u8]) -> Result<T, InvalidCommand> {
    if names_nul(data) {
        return Err(InvalidCommand::Malformed {
            field: ".".to_owned(),
            message: "the character U+0000 cannot be stored; leave it out".to_owned(),
        });
    }
    // A list would be taken as the fields in order: serde's derived structs allow that.
    if data.trim_ascii_start().first() == Some(&b'[') {
        let message = "invalid type: sequence, expected an object".to_owned();
        return Err(InvalidCommand::Malformed {
            field: ".".to_owned(),
            message,
        });
    }
    let mut reader = serde_json::Deserializer::from_slice(data);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        InvalidCommand::Malformed {
            field: error.path().to_string(),
            message: plain(error.inner()),
        }
    })?;
    reader.end().map_err(|error| InvalidCommand::Malformed {
        field: ".".to_owned(),
        message: plain(&error),
    })?;
    Ok(value)
}

/// Whether a string holds `\u0000`, which neither Postgres' `text` nor `jsonb` can keep.
fn names_nul(data: &[u8]) -> bool {
    let mut at = 0;
    while let Some(&byte) = data.get(at) {
        // An escape is skipped whole, so that an escaped backslash hides nothing.
        if byte == b'\\' && data[at..].starts_with(b"\\u0000") {
            return true;
        }
        at += if byte == b'\\' { 2 } else { 1 };
    }
    false
}

fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.find(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// Checks limits and collects every field that breaks one.
pub fn check_fields<T>(value: &T) -> Result<(), InvalidCommand>
where
    T: Validate,
    T::Context: Default,
{
    value.validate().map_err(|report| {
        let errors = report
            .iter()
            .map(|(path, error)| FieldError {
                field: path.to_string(),
                message: error.message().to_string(),
            })
            .collect();
        InvalidCommand::OutOfBounds(errors)
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
    fn a_nul_is_refused_and_an_escaped_backslash_is_none() {
        assert!(read_json::<String>(br#""a\u0000""#).is_err());
        assert_eq!(
            read_json::<String>(br#""a\\u0000""#).as_deref(),
            Ok("a\\u0000")
        );
        assert_eq!(read_json::<String>(br#""\u0001""#).as_deref(), Ok("\u{1}"));
    }
}
