//! The configuration of nats-server, as text.
//!
//! Accounts: `PANTHEON` (everything of `contract/nats.md`, JetStream) and `SYS` (the server's own).
//! Users in the file are Pantheon's two and the services; every other connection, that is every
//! agent, is decided by the auth callout ([`crate::callout`]), and refused when Pantheon is away.
//! There is no `no_auth_user`, and monitoring listens on loopback only.
//!
//! A service may publish to `pantheon.cmd.>` and look at `$SRV.`; it hears its own inbox
//! (`_INBOX_SERVICE.<name>.>`, which its client has to set as inbox prefix) and `pantheon.evt.>`
//! only when that is given. It has no `$JS.API`: subscribe permissions do not bind JetStream
//! consumers, so an outside reader of the stream gets its own account and a ready-made consumer.
//! Who a service acts for is in the header `Authorization` of each request.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::bus::BusError;
use crate::keys::{self, BusKeys};
use crate::subject;
use crate::topology::MAX_PAYLOAD;

/// The account of Pantheon, its services and its agents.
pub const ACCOUNT: &str = "PANTHEON";

/// A program beside Pantheon that sends commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceUser {
    /// Its name, which is also part of its inbox prefix ([`subject::service_inbox`]).
    pub name: String,
    /// Its public NKey (`U…`).
    pub public_key: String,
    /// Whether it may subscribe to the events of all tenants.
    pub reads_events: bool,
}

/// What the server is told.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Unique among the servers.
    pub server_name: String,
    /// Where clients connect.
    pub listen: SocketAddr,
    /// The port of the monitoring pages, on loopback; `None` leaves them off.
    pub monitor_port: Option<u16>,
    /// The directory of JetStream.
    pub store_dir: PathBuf,
    /// The most that JetStream takes of the disk, in bytes.
    pub max_store: u64,
    /// The most connections.
    pub max_connections: u32,
    /// The most subscriptions of one connection.
    pub max_subscriptions: u32,
    /// How often JetStream syncs its files; `always` syncs before every acknowledgement. Postgres
    /// holds the truth, so this decides only how much is refilled after a power cut.
    pub sync_interval: String,
    /// Public keys of Pantheon's users and of the issuer.
    keys: PublicKeys,
    /// Services.
    pub services: Vec<ServiceUser>,
}

#[derive(Clone, Debug)]
struct PublicKeys {
    issuer: String,
    server: String,
    system: String,
}

impl ServerConfig {
    /// The usual settings for one server.
    pub fn new(
        listen: SocketAddr,
        store_dir: impl Into<PathBuf>,
        keys: &BusKeys,
    ) -> Result<Self, BusError> {
        Ok(Self {
            server_name: "pantheon".to_owned(),
            listen,
            monitor_port: None,
            store_dir: store_dir.into(),
            max_store: 16 * 1024 * 1024 * 1024,
            max_connections: 20_000,
            max_subscriptions: 256,
            sync_interval: "2s".to_owned(),
            keys: PublicKeys {
                issuer: keys::public_key(&keys.issuer)?,
                server: keys::public_key(&keys.server)?,
                system: keys::public_key(&keys.system)?,
            },
            services: Vec::new(),
        })
    }
}

impl fmt::Display for ServerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PublicKeys {
            issuer,
            server,
            system,
        } = &self.keys;
        writeln!(f, "server_name: {}", quote(&self.server_name))?;
        writeln!(f, "listen: {}", quote(&self.listen.to_string()))?;
        if let Some(port) = self.monitor_port {
            writeln!(f, "http: \"127.0.0.1:{port}\"")?;
        }
        writeln!(f, "max_payload: {MAX_PAYLOAD}")?;
        writeln!(f, "max_connections: {}", self.max_connections)?;
        writeln!(f, "max_subscriptions: {}", self.max_subscriptions)?;
        writeln!(
            f,
            "max_control_line: 4096\nmax_pending: 67108864\nwrite_deadline: \"5s\""
        )?;
        writeln!(f, "ping_interval: \"10s\"\nping_max: 2")?;
        writeln!(f, "jetstream {{")?;
        writeln!(
            f,
            "  store_dir: {}",
            quote(&self.store_dir.display().to_string())
        )?;
        writeln!(f, "  max_file_store: {}", self.max_store)?;
        writeln!(f, "  sync_interval: {}\n}}", quote(&self.sync_interval))?;
        writeln!(f, "accounts {{")?;
        writeln!(f, "  {ACCOUNT} {{\n    jetstream: enabled\n    users: [")?;
        writeln!(f, "      {{ nkey: {server} }}")?;
        for service in &self.services {
            write_service(f, service)?;
        }
        writeln!(f, "    ]\n  }}")?;
        writeln!(f, "  SYS {{ users: [ {{ nkey: {system} }} ] }}\n}}")?;
        writeln!(f, "system_account: SYS")?;
        writeln!(f, "authorization {{\n  timeout: 5\n  auth_callout {{")?;
        writeln!(f, "    issuer: {issuer}\n    account: {ACCOUNT}")?;
        let services = self
            .services
            .iter()
            .map(|service| service.public_key.as_str());
        let known: Vec<&str> = [server.as_str(), system.as_str()]
            .into_iter()
            .chain(services)
            .collect();
        writeln!(f, "    auth_users: [ {} ]\n  }}\n}}", known.join(", "))
    }
}

fn write_service(f: &mut fmt::Formatter<'_>, service: &ServiceUser) -> fmt::Result {
    let inbox = format!("{}.>", subject::service_inbox(&service.name));
    let mut hears = vec![quote(&inbox)];
    if service.reads_events {
        hears.push(quote(subject::ALL_EVENTS));
    }
    writeln!(f, "      {{ nkey: {}, permissions: {{", service.public_key)?;
    writeln!(
        f,
        "        publish: {{ allow: [ \"pantheon.cmd.>\", \"$SRV.PING.>\", \"$SRV.PING\", \"$SRV.INFO.>\", \"$SRV.INFO\", \"$SRV.STATS.>\", \"$SRV.STATS\" ] }},"
    )?;
    writeln!(
        f,
        "        subscribe: {{ allow: [ {} ] }}",
        hears.join(", ")
    )?;
    writeln!(f, "      }} }}")
}

/// A string of the server's configuration language.
fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> (ServerConfig, BusKeys) {
        let keys = BusKeys::generate().expect("keys");
        let listen = "127.0.0.1:4222".parse().expect("an address");
        (
            ServerConfig::new(listen, "/var/lib/js", &keys).expect("a configuration"),
            keys,
        )
    }

    #[test]
    fn the_configuration_holds_no_secret_and_no_way_round_the_callout() {
        let (config, keys) = config();
        let text = config.to_string();
        for seed in [&keys.issuer, &keys.server, &keys.system] {
            assert!(!text.contains(seed.as_str()));
        }
        assert!(!text.contains("no_auth_user") && text.contains("auth_callout"));
    }

    #[test]
    fn a_service_has_its_own_inbox_and_no_jetstream() {
        let (mut config, _) = config();
        let key = keys::public_key(&BusKeys::generate().expect("keys").server).expect("a key");
        config.services.push(ServiceUser {
            name: "ci.prod".into(),
            public_key: key,
            reads_events: false,
        });
        let text = config.to_string();
        assert!(text.contains("_INBOX_SERVICE.ci=2Eprod.>") && !text.contains("$JS"));
        assert!(!text.contains(subject::ALL_EVENTS));
    }
}
