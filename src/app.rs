//! What a running node is made of. Handlers, processes and doors are given an [`App`].

use std::ops::Deref;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use pantheon_events::Position;
use pantheon_log::{Health, Log, Writer};
use pantheon_nats::Bus;
use pantheon_projections::console::Console;
use pantheon_projections::engine::Control;
use pantheon_projections::{Reads, Stand};

use crate::audit::Trail;
use crate::auth::{Accounts, Agents, Auth};
use crate::clock::Clock;
use crate::config::Config;
use crate::git::Repository;
use crate::http::Rendered;
use crate::identity::Github;
use crate::lifecycle::Lifecycle;
use crate::live::LiveDeps;
use crate::processes::Heartbeats;
use crate::pulse::Pulses;
use crate::secrets::{Envelopes, Passwords, Personal, Vault};
use crate::store::Commands;

/// A node's parts. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts themselves, concrete and named.
pub struct Parts {
    /// The node's name, unique among the nodes of one log.
    pub node: String,
    /// When it was put together.
    pub started_at: DateTime<Utc>,
    /// Where the log ended then.
    pub started_behind: Position,
    /// The settings it was started with.
    pub config: Config,
    /// The node's clock.
    pub clock: Clock,
    /// Who shows which token.
    pub auth: Auth,
    /// Which agents may speak.
    pub agents: Agents,
    /// Which access tokens were taken back.
    pub accounts: Accounts,
    /// Where refusals and exports are noted.
    pub trail: Trail,
    /// Secrets by id.
    pub vault: Vault,
    /// What is said about people.
    pub personal: Personal,
    /// Texts that leave with somebody and come back.
    pub envelopes: Envelopes,
    /// The repository that is observed, when there is one.
    pub repository: Option<Repository>,
    /// GitHub, when it is configured.
    pub github: Option<Github>,
    /// Hashing and checking passwords.
    pub passwords: Passwords,
    /// The log, for reading.
    pub log: Log,
    /// The node's writer.
    pub writer: Writer,
    /// Every aggregate's dispatcher.
    pub commands: Commands,
    /// The way of heartbeats, whatever door they came through.
    pub heartbeats: Heartbeats,
    /// The read models.
    pub reads: Reads,
    /// The read models, asked by hand.
    pub console: Console,
    /// Answers from them that are given again.
    pub rendered: Rendered,
    /// Looking after the read models: pause, rebuild, replay.
    pub projections: Control,
    /// What the live doors are made of.
    pub live: LiveDeps,
    /// How every follower is.
    pub health: Health,
    /// How everything is that has to be done every now and then.
    pub pulses: Pulses,
    /// The bus, on nodes that have one.
    pub bus: Option<Bus>,
    /// The node's running parts, and the order in which they stop.
    pub lifecycle: Lifecycle,
}

impl App {
    /// Puts a node's parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The stand of an answer that nothing but the build decides: another build's answer is from before
    /// this node was started.
    #[must_use]
    pub fn built(&self, head: Position) -> Stand {
        Stand {
            at: head,
            since: self.started_behind,
            told: self.started_behind,
        }
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
