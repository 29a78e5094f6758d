//! Settings with a few allowed forms.

use std::time::Duration;

use super::Setting;
use super::value::{list, words};

/// A URL. A password in it is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Url(String);

impl Url {
    /// The whole URL, password included.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&Self::show(&self.0))
    }
}

impl Setting for Url {
    const EXPECTED: &'static str = "a URL with a scheme, e.g. postgres://user@host/name";
    /// A password may stand in it.
    const FILE: bool = true;

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://")?;
        (!scheme.is_empty() && !rest.is_empty()).then(|| Self(text.to_owned()))
    }

    fn show(text: &str) -> String {
        let Some((scheme, rest)) = text.split_once("://") else {
            return String::new();
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let path = path.split('?').next().unwrap_or_default();
        match authority.rsplit_once('@') {
            Some((user, host)) => {
                let user = user.split(':').next().unwrap_or_default();
                format!("{scheme}://{user}:***@{host}{path}")
            }
            None => format!("{scheme}://{authority}{path}"),
        }
    }
}

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(u64);

impl Size {
    /// So many.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

impl Setting for Size {
    const EXPECTED: &'static str = "a size, e.g. 512 MiB, 8 GiB, 1 TiB";

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let end = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let shift = match unit.trim() {
            "" | "B" => 0,
            "KiB" => 10,
            "MiB" => 20,
            "GiB" => 30,
            "TiB" => 40,
            _ => return None,
        };
        number
            .parse::<u64>()
            .ok()?
            .checked_mul(1 << shift)
            .map(Self)
    }

    fn text(value: &toml::Value) -> Option<String> {
        match value {
            toml::Value::String(text) => Some(text.clone()),
            toml::Value::Integer(bytes) => Some(bytes.to_string()),
            _ => None,
        }
    }
}

/// How the process log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

impl Setting for LogFormat {
    const EXPECTED: &'static str = "text or json";

    fn parse(text: &str) -> Option<Self> {
        match text {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// Which heartbeats become events. Each counts for liveness either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeartbeatRecord {
    /// Every one.
    All,
    /// At most one per agent and interval, and every change of status.
    Interval(Duration),
    /// Changes of status only.
    Transitions,
}

impl Setting for HeartbeatRecord {
    const EXPECTED: &'static str = "all, transitions or interval:<seconds>";

    fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            None if text == "all" => Some(Self::All),
            None if text == "transitions" => Some(Self::Transitions),
            Some(("interval", time)) => Duration::parse(time)
                .filter(|time| !time.is_zero())
                .map(Self::Interval),
            _ => None,
        }
    }
}

/// Who may open the console's socket without signing in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WsAnonymous {
    /// Nobody.
    Off,
    /// Peers and origins on this machine.
    Loopback,
    /// Everybody, as a reader of this organisation (its slug).
    Organization(String),
}

impl Setting for WsAnonymous {
    const EXPECTED: &'static str = "off, loopback or organization:<slug>";

    fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            None if text == "off" => Some(Self::Off),
            None if text == "loopback" => Some(Self::Loopback),
            Some(("organization", slug)) if !slug.is_empty() => {
                Some(Self::Organization(slug.to_owned()))
            }
            _ => None,
        }
    }
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Everybody.
    Open,
    /// Whoever was invited.
    Invite,
    /// Nobody but admins make them.
    Closed,
}

impl Setting for Registration {
    const EXPECTED: &'static str = "open, invite or closed";

    fn parse(text: &str) -> Option<Self> {
        match text {
            "open" => Some(Self::Open),
            "invite" => Some(Self::Invite),
            "closed" => Some(Self::Closed),
            _ => None,
        }
    }
}

/// The browsers' origins that may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// All: tokens never travel in cookies.
    Any,
    /// These, compared byte for byte.
    List(Vec<String>),
}

impl Origins {
    /// Whether a page of this origin may call.
    #[must_use]
    pub fn allows(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::List(all) => all.iter().any(|allowed| allowed == origin),
        }
    }
}

impl Setting for Origins {
    const EXPECTED: &'static str = "* or a list of origins, e.g. https://console.example.org";

    fn parse(text: &str) -> Option<Self> {
        if text.trim() == "*" {
            return Some(Self::Any);
        }
        let all: Vec<_> = words(text)
            .map(|origin| origin.trim_end_matches('/').to_owned())
            .collect();
        let good = !all.is_empty() && all.iter().all(|origin| is_origin(origin));
        good.then_some(Self::List(all))
    }

    fn text(value: &toml::Value) -> Option<String> {
        list(value)
    }
}

fn is_origin(text: &str) -> bool {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        !host.is_empty()
            && host
                .bytes()
                .all(|b| b.is_ascii_graphic() && b != b'/' && b != b'*')
    })
}

/// The parts of the server that a node runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The HTTP and NATS doors.
    pub api: bool,
    /// The read models.
    pub projector: bool,
    /// The copy of the log on JetStream.
    pub relay: bool,
    /// Sockets and event streams.
    pub live: bool,
}

impl Parts {
    /// All of them.
    pub const ALL: Self = Self {
        api: true,
        projector: true,
        relay: true,
        live: true,
    };

    /// Their names.
    #[must_use]
    pub fn names(self) -> Vec<String> {
        let parts = [
            ("api", self.api),
            ("projector", self.projector),
            ("relay", self.relay),
            ("live", self.live),
        ];
        let run = parts.into_iter().filter(|(_, runs)| *runs);
        run.map(|(name, _)| name.to_owned()).collect()
    }
}

impl Setting for Parts {
    const EXPECTED: &'static str = "a list of api, projector, relay, live";

    fn parse(text: &str) -> Option<Self> {
        let mut parts = Self {
            api: false,
            projector: false,
            relay: false,
            live: false,
        };
        for word in words(text) {
            match word {
                "api" => parts.api = true,
                "projector" => parts.projector = true,
                "relay" => parts.relay = true,
                "live" => parts.live = true,
                _ => return None,
            }
        }
        (parts.api || parts.projector || parts.relay || parts.live).then_some(parts)
    }

    fn text(value: &toml::Value) -> Option<String> {
        list(value)
    }
}
