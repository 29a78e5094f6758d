//! What every context's events have in common.

use serde::de::DeserializeOwned;

/// How an event type is described in `/schemas`.
#[derive(Clone, Copy)]
pub struct EventSpec {
    /// The aggregate type.
    pub aggregate: &'static str,
    /// The event's type, unique over all aggregates.
    pub event_type: &'static str,
    /// The version of its schema.
    pub version: &'static str,
    /// The JSON Schema of its payload.
    pub schema: fn() -> schemars::Schema,
}

impl std::fmt::Debug for EventSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.event_type, self.version)
    }
}

/// Stored data that this program cannot read as an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// No event of this type and version is known to this aggregate.
    #[error("{event_type} version {version} is not known to this build; run a newer one")]
    Unknown {
        /// The stored type.
        event_type: String,
        /// The stored version.
        version: String,
    },
    /// The payload does not fit the schema of its type.
    #[error("the payload of {event_type} does not fit its schema: {message}")]
    Payload {
        /// The stored type.
        event_type: String,
        /// What does not fit.
        message: String,
    },
}

/// All events of one aggregate, made by [`events!`](crate::events).
pub trait DomainEvent: cqrs_es::DomainEvent + 'static {
    /// The aggregate type.
    const AGGREGATE: &'static str;

    /// The description of every event.
    const SPECS: &'static [EventSpec];

    /// The description of this event.
    fn spec(&self) -> &'static EventSpec;

    /// The payload as stored: the event's own fields, without a wrapper.
    fn payload(&self) -> String;

    /// Reads a stored event.
    fn decode(event_type: &str, version: &str, payload: &str) -> Result<Self, DecodeError>;
}

/// Reads a payload of a known type.
pub fn read_payload<T: DeserializeOwned>(
    event_type: &str,
    payload: &str,
) -> Result<T, DecodeError> {
    serde_json::from_str(payload).map_err(|error| DecodeError::Payload {
        event_type: event_type.to_owned(),
        message: error.to_string(),
    })
}

/// Declares the events of one aggregate. Each variant is a struct of the same name that derives
/// `Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema`. An old version is read through
/// an upcaster: `Old = "task_created" @ "1" => |old| …` after the `upcast` keyword.
#[macro_export]
macro_rules! events {
    ($(#[$meta:meta])* $vis:vis enum $Enum:ident for $aggregate:literal {
        $($Variant:ident = $event_type:literal @ $version:literal),+ $(,)?
    } $(upcast { $($Old:ty = $old_type:literal @ $old_version:literal => $upcaster:expr),+ $(,)? })?) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
        $vis enum $Enum {
            $(#[doc = concat!("`", $event_type, "`")] #[serde(rename = $event_type)] $Variant($Variant)),+
        }

        $(impl From<$Variant> for $Enum {
            fn from(event: $Variant) -> Self {
                Self::$Variant(event)
            }
        })+

        impl ::cqrs_es::DomainEvent for $Enum {
            fn event_type(&self) -> String {
                $crate::DomainEvent::spec(self).event_type.to_owned()
            }

            fn event_version(&self) -> String {
                $crate::DomainEvent::spec(self).version.to_owned()
            }
        }

        impl $crate::DomainEvent for $Enum {
            const AGGREGATE: &'static str = $aggregate;
            const SPECS: &'static [$crate::EventSpec] = &[$($crate::EventSpec {
                aggregate: $aggregate,
                event_type: $event_type,
                version: $version,
                schema: || ::schemars::schema_for!($Variant),
            }),+];

            fn spec(&self) -> &'static $crate::EventSpec {
                let event_type = match self { $(Self::$Variant(_) => $event_type),+ };
                let mut at = 0;
                while Self::SPECS[at].event_type != event_type {
                    at += 1;
                }
                &Self::SPECS[at]
            }

            fn payload(&self) -> String {
                let written = match self { $(Self::$Variant(event) => ::serde_json::to_string(event)),+ };
                written.expect("an event of plain fields serialises")
            }

            fn decode(event_type: &str, version: &str, payload: &str) -> Result<Self, $crate::DecodeError> {
                match (event_type, version) {
                    $(($event_type, $version) => {
                        $crate::event::read_payload::<$Variant>(event_type, payload).map(Self::$Variant)
                    })+
                    $($(($old_type, $old_version) => {
                        $crate::event::read_payload::<$Old>(event_type, payload).map($upcaster)
                    })+)?
                    _ => Err($crate::DecodeError::Unknown {
                        event_type: event_type.to_owned(),
                        version: version.to_owned(),
                    }),
                }
            }
        }
    };
}
