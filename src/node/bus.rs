//! What a node does on the bus: the relay, the doors, the agents' keys, the hint.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use pantheon_log::FollowerState;
use pantheon_nats::{
    Bus, BusKeys, BusOptions, CalloutOptions, DoorOptions, HeadHint, Mirror, serve_callout,
    serve_commands,
};

use crate::app::App;
use crate::followers::{LEASES, LEASES_WITHIN, Lease, Relay, while_leader};
use crate::intake::{Intake, Keys, cut_revoked};
use crate::lifecycle::Phase;

const RELAY_BATCH: usize = 4_096;
/// Before a relay that broke off is begun again.
const REST: Duration = Duration::from_secs(1);
/// Agents that were revoked are to be found and cut at least this often.
const SWEPT: Duration = Duration::from_secs(5);

/// How to reach JetStream.
#[derive(Clone, Debug)]
pub struct BusSettings {
    /// `nats://host:port`.
    pub url: String,
    /// Pantheon's own keys there.
    pub keys: BusKeys,
}

/// Pantheon's connections to the bus.
pub(super) struct Connected {
    bus: Bus,
    system: Bus,
    keys: BusKeys,
}

impl Connected {
    /// Connects in the background; a server that is away now is found later.
    pub(super) async fn open(settings: BusSettings) -> Result<Self> {
        let BusSettings { url, keys } = settings;
        let bus = BusOptions::new(url.clone(), keys.server_credentials(), "pantheon");
        let system = BusOptions::new(url, keys.system_credentials(), "pantheon-system");
        Ok(Self {
            bus: Bus::start(bus).await?,
            system: Bus::start(system).await?,
            keys,
        })
    }

    /// The connection of Pantheon's own account.
    pub(super) fn bus(&self) -> Bus {
        self.bus.clone()
    }

    /// Starts everything that this node does on the bus.
    pub(super) fn serve(self, app: &App) {
        if app.config.parts.relay {
            relay(app, self.bus.clone());
        }
        if app.config.parts.api {
            doors(app, self.bus.clone());
            callout(app, &self);
        }
        hint(app, self.bus.clone());
        let stop = app.lifecycle.stop(Phase::Bus);
        app.lifecycle.spawn(Phase::Bus, "bus", async move {
            stop.cancelled().await;
            self.bus.close().await;
            self.system.close().await;
        });
    }
}

/// Copies the log to JetStream, on one node at a time.
fn relay(app: &App, bus: Bus) {
    let status = app.health.register("relay");
    let idle = status.clone();
    let leases = app.pulses.shared(LEASES, LEASES_WITHIN);
    let lease = Lease::new(app.log.pool().clone(), "relay", &app.node, leases);
    let (log, clock) = (app.log.clone(), app.clock.clone());
    let stop = app.lifecycle.stop(Phase::Followers);
    let mirror = Mirror::new(bus, app.config.topology());
    app.lifecycle.spawn(Phase::Followers, "relay", async move {
        let standby = || idle.idle(FollowerState::Standby);
        while_leader(lease, stop, REST, standby, |token| {
            let relay = Relay::new(log.clone(), mirror.clone(), clock.clone(), status.clone());
            pantheon_log::follow(log.clone(), relay, status.clone(), RELAY_BATCH, token)
        })
        .await;
    });
}

fn doors(app: &App, bus: Bus) {
    let intake = Arc::new(Intake::new(app.clone()));
    let stop = app.lifecycle.stop(Phase::Intake);
    let doors = serve_commands(bus, intake, DoorOptions::default(), stop);
    app.lifecycle.spawn(Phase::Intake, "doors on NATS", doors);
}

/// Answers nats-server's questions about agents, and cuts the ones that were revoked.
fn callout(app: &App, connected: &Connected) {
    let keys_of_agents = Keys::new(app.clone());
    let (bus, keys) = (connected.bus.clone(), connected.keys.clone());
    let asked = Arc::new(keys_of_agents.clone());
    let stop = app.lifecycle.stop(Phase::Followers);
    let ends = stop.clone();
    app.lifecycle
        .spawn(Phase::Followers, "auth callout", async move {
            let answered = serve_callout(bus, keys, asked, CalloutOptions::default(), ends).await;
            if let Err(error) = answered {
                tracing::error!(%error, "agents cannot sign in on NATS");
            }
        });
    let pulse = app.pulses.register("nats system", SWEPT);
    let cutting = cut_revoked(connected.system.clone(), keys_of_agents, pulse, stop);
    app.lifecycle
        .spawn(Phase::Followers, "revoked agents", cutting);
}

/// Tells other nodes that the log's head moved, and listens to theirs.
fn hint(app: &App, bus: Bus) {
    let (log, stop) = (app.log.clone(), app.lifecycle.stop(Phase::Followers));
    app.lifecycle
        .spawn(Phase::Followers, "head hint", async move {
            let hint = HeadHint::new(bus);
            let wake = log.clone();
            tokio::join!(
                hint.announce(log.watch_head(), stop.clone()),
                hint.listen(move || wake.wake(), stop.clone()),
            );
        });
}
