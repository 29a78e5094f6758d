//! Every subject of the bus, built and read by type. Nothing else in Pantheon writes a subject as
//! text.
//!
//! A value that comes from outside (an aggregate's id may hold dots, blanks, `#`, `/` …) becomes
//! one safe token: letters, digits, `-` and `_` stand for themselves, every other byte is `=` and
//! two upper-case hexadecimal digits, the empty text is `=`. A value whose token would be longer
//! than 256 bytes is carried as `==` and its SHA-256: the event itself holds the whole value.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use pantheon_events::{AgentId, RecordedEvent, TenantId};
use sha2::{Digest, Sha256};

/// All events, for the stream and for subscriptions.
pub const ALL_EVENTS: &str = "pantheon.evt.>";
/// Commands of services: the generic door.
pub const ALL_COMMANDS: &str = "pantheon.cmd.*.*";
/// Heartbeats of all agents.
pub const ALL_HEARTBEATS: &str = "pantheon.agent.*.heartbeat";
/// Commands of all agents.
pub const ALL_AGENT_COMMANDS: &str = "pantheon.agent.*.cmd.*";
/// The hint that the log's head moved.
pub const HEAD: &str = "pantheon.head";

const LONGEST_TOKEN: usize = 256;
const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// A subject of the bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// `pantheon.evt.<tenant>.<aggregate>.<event_type>.<aggregate_id>`
    Event {
        /// Whose event it is.
        tenant: TenantId,
        /// The kind of stream.
        aggregate: String,
        /// What happened.
        event_type: String,
        /// The stream's id.
        aggregate_id: String,
    },
    /// `pantheon.agent.<agent_id>.heartbeat`
    Heartbeat(AgentId),
    /// `pantheon.agent.<agent_id>.cmd.<command>`
    AgentCommand {
        /// Who speaks.
        agent: AgentId,
        /// The command's name.
        command: String,
    },
    /// `pantheon.agent.<agent_id>.tell`
    Tell(AgentId),
    /// `pantheon.cmd.<aggregate>.<command>`
    Command {
        /// The kind of stream.
        aggregate: String,
        /// The command's name.
        command: String,
    },
    /// `pantheon.head`
    Head,
}

/// A text that is no subject of this bus.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSubject {
    /// Its form is none of the table in the module `subject`.
    #[error("{0:?} is not a subject of this bus")]
    Unknown(String),
    /// A token is not what this module writes.
    #[error("{0:?} is not a token that this bus writes")]
    Token(String),
    /// The value was too long for a subject; it stands in the message.
    #[error("the value was too long for a subject; read it from the message")]
    Digest,
}

/// The subject of a recorded event, as text: the relay writes one for every event, so without the
/// detour through [`Subject`].
#[must_use]
pub fn of_event(event: &RecordedEvent) -> String {
    let mut subject = String::with_capacity(128);
    // Writing into a String cannot fail.
    let _ = write!(subject, "pantheon.evt.{}", event.metadata.tenant);
    for part in [
        &event.aggregate_type,
        &event.event_type,
        &event.aggregate_id,
    ] {
        subject.push('.');
        encode_into(&mut subject, part);
    }
    subject
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event {
                tenant,
                aggregate,
                event_type,
                aggregate_id,
            } => write!(
                f,
                "pantheon.evt.{tenant}.{}.{}.{}",
                encode(aggregate),
                encode(event_type),
                encode(aggregate_id)
            ),
            Self::Heartbeat(agent) => write!(f, "pantheon.agent.{agent}.heartbeat"),
            Self::AgentCommand { agent, command } => {
                write!(f, "pantheon.agent.{agent}.cmd.{}", encode(command))
            }
            Self::Tell(agent) => write!(f, "pantheon.agent.{agent}.tell"),
            Self::Command { aggregate, command } => {
                write!(f, "pantheon.cmd.{}.{}", encode(aggregate), encode(command))
            }
            Self::Head => f.write_str(HEAD),
        }
    }
}

impl FromStr for Subject {
    type Err = BadSubject;

    fn from_str(text: &str) -> Result<Self, BadSubject> {
        let unknown = || BadSubject::Unknown(text.to_owned());
        let rest = text.strip_prefix("pantheon.").ok_or_else(unknown)?;
        let tokens: Vec<&str> = rest.split('.').collect();
        let agent = |id: &str| {
            id.parse::<AgentId>()
                .map_err(|_| BadSubject::Token(id.to_owned()))
        };
        match tokens[..] {
            ["head"] => Ok(Self::Head),
            ["agent", id, "heartbeat"] => agent(id).map(Self::Heartbeat),
            ["agent", id, "tell"] => agent(id).map(Self::Tell),
            ["agent", id, "cmd", command] => Ok(Self::AgentCommand {
                agent: agent(id)?,
                command: decode(command)?,
            }),
            ["cmd", aggregate, command] => Ok(Self::Command {
                aggregate: decode(aggregate)?,
                command: decode(command)?,
            }),
            ["evt", tenant, aggregate, event_type, aggregate_id] => Ok(Self::Event {
                tenant: read_tenant(tenant)?,
                aggregate: decode(aggregate)?,
                event_type: decode(event_type)?,
                aggregate_id: decode(aggregate_id)?,
            }),
            _ => Err(unknown()),
        }
    }
}

fn read_tenant(token: &str) -> Result<TenantId, BadSubject> {
    let bad = || BadSubject::Token(token.to_owned());
    let tenant: TenantId = token.parse().map_err(|_| bad())?;
    // One spelling only: a UUID in braces or capitals would be another subject.
    if tenant.to_string() == token {
        Ok(tenant)
    } else {
        Err(bad())
    }
}

/// All that one agent may publish.
#[must_use]
pub fn everything_of(agent: &AgentId) -> String {
    format!("pantheon.agent.{agent}.>")
}

/// The inbox prefix that an agent's client has to set; it may subscribe to no other inbox.
#[must_use]
pub fn agent_inbox(agent: &AgentId) -> String {
    format!("_INBOX.{agent}")
}

/// The inbox prefix of a service's client. A second root, so that no service reads what an agent
/// was answered.
#[must_use]
pub fn service_inbox(service: &str) -> String {
    format!("_INBOX_SERVICE.{}", encode(service))
}

/// The root of the inboxes of Pantheon's own connections. No door answers into it.
#[must_use]
pub fn own_inbox(connection: &str) -> String {
    format!("_INBOX_PANTHEON.{}", encode(connection))
}

/// Writes any text as one safe token.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut token = String::with_capacity(text.len());
    encode_into(&mut token, text);
    token
}

fn encode_into(out: &mut String, text: &str) {
    let start = out.len();
    for byte in text.bytes() {
        if is_plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push('=');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    match out.len() - start {
        0 => out.push('='),
        length if length > LONGEST_TOKEN => {
            out.truncate(start);
            out.push_str(&digest(text));
        }
        _ => {}
    }
}

/// Reads a token written by [`encode`]; anything that it would have written otherwise is refused.
pub fn decode(token: &str) -> Result<String, BadSubject> {
    let bad = || BadSubject::Token(token.to_owned());
    match token {
        "" => return Err(bad()),
        "=" => return Ok(String::new()),
        _ if token.starts_with("==") => return Err(BadSubject::Digest),
        _ => {}
    }
    let mut bytes = Vec::with_capacity(token.len());
    let mut rest = token.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'=' => {
                let high = rest.next().and_then(hex_value).ok_or_else(bad)?;
                let low = rest.next().and_then(hex_value).ok_or_else(bad)?;
                bytes.push(high << 4 | low);
            }
            plain => bytes.push(plain),
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| bad())?;
    if encode(&text) == token {
        Ok(text)
    } else {
        Err(bad())
    }
}

fn digest(text: &str) -> String {
    format!(
        "=={}",
        data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
    )
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

fn hex_value(byte: u8) -> Option<u8> {
    HEX.iter()
        .position(|digit| *digit == byte)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_is_one_safe_token_and_comes_back(text in "\\PC{0,40}|[a-z.#/ *>=_-]{0,40}") {
            let token = encode(&text);
            prop_assert!(!token.is_empty());
            prop_assert!(token.bytes().all(|b| is_plain(b) || b == b'='));
            match decode(&token) {
                Ok(back) => prop_assert_eq!(back, text),
                Err(error) => {
                    prop_assert_eq!(error, BadSubject::Digest);
                    prop_assert!(text.len() * 3 > LONGEST_TOKEN);
                }
            }
        }

        #[test]
        fn what_decodes_is_spelt_in_one_way_only(token in "[A-Fa-f0-9=._-]{0,12}") {
            if let Ok(text) = decode(&token) {
                prop_assert_eq!(encode(&text), token);
            }
        }

        #[test]
        fn every_subject_comes_back(
            tenant in any::<u128>(), a in "[a-z_]{1,12}", b in "\\PC{0,20}", agent in "[a-z0-9][a-z0-9_-]{0,63}",
        ) {
            let agent: AgentId = agent.parse().expect("the pattern of an agent id");
            let subjects = [
                Subject::Event {
                    tenant: TenantId::new(uuid::Uuid::from_u128(tenant)),
                    aggregate: a.clone(),
                    event_type: b.clone(),
                    aggregate_id: b.clone(),
                },
                Subject::Heartbeat(agent.clone()),
                Subject::AgentCommand { agent: agent.clone(), command: b.clone() },
                Subject::Tell(agent),
                Subject::Command { aggregate: a, command: b },
                Subject::Head,
            ];
            for subject in subjects {
                prop_assert_eq!(subject.to_string().parse::<Subject>(), Ok(subject));
            }
        }

        #[test]
        fn any_text_as_a_subject_is_read_or_refused(text in "\\PC{0,60}|pantheon\\.[a-z.=*>]{0,40}") {
            if let Ok(subject) = text.parse::<Subject>() {
                prop_assert_eq!(subject.to_string(), text);
            }
        }
    }

    #[test]
    fn an_id_with_wildcards_cannot_leave_its_token() {
        assert_eq!(encode("a.b#1/>*"), "a=2Eb=231=2F=3E=2A");
        assert_eq!(encode(""), "=");
    }

    #[test]
    fn a_very_long_id_is_carried_as_its_digest() {
        let token = encode(&"x".repeat(1000));
        assert_eq!(token.len(), 66);
        assert_eq!(decode(&token), Err(BadSubject::Digest));
        assert_ne!(token, encode(&"y".repeat(1000)));
    }

    #[test]
    fn an_agent_is_taken_from_well_formed_subjects_only() {
        for bad in [
            "pantheon.agent.A.heartbeat",
            "pantheon.agent.*.tell",
            "pantheon.agent..cmd.x",
            "pantheon.agent.a.cmd",
        ] {
            assert!(bad.parse::<Subject>().is_err(), "{bad}");
        }
    }
}
