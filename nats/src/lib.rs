//! The bus. NATS tells what Postgres has decided: this crate knows subjects, JetStream and the
//! doors, and neither a context nor the log.
//!
//! | module | what |
//! | --- | --- |
//! | [`subject`] | every subject, built and read by type |
//! | [`bus`] | the connection of one of Pantheon's own users |
//! | [`topology`], [`mirror`], [`mod@reconcile`] | the stream, the numbered mirror, what to do with what is found |
//! | [`doors`] | commands from services and agents |
//! | [`mod@tell`], [`head`] | control messages to agents, the hint that the log moved |
//! | [`keys`], [`config`] | the keys of an installation, the server's configuration |
//! | [`mod@probe`] | one look at a server, for those who set it up |
//! | [`callout`], [`revoke`] | who may connect as which agent, and cutting who may no longer |

mod acks;
mod admission;
pub mod bus;
pub mod callout;
pub mod config;
mod door;
pub mod doors;
pub mod head;
mod jwt;
pub mod keys;
pub mod mirror;
mod mirror_error;
pub mod probe;
pub mod reconcile;
pub mod revoke;
mod serve;
pub mod subject;
pub mod tell;
pub mod topology;

pub use bus::{Bus, BusError, BusOptions, BusState, Credentials};
pub use callout::{AgentDirectory, CalloutOptions, NotNow, serve_callout};
pub use config::ServerConfig;
pub use doors::{BusReply, BusRequest, CommandHandler, Door, DoorOptions, serve_commands};
pub use head::HeadHint;
pub use keys::{AgentCredentials, BusKeys};
pub use mirror::{Mirror, MirrorError, Reaction};
pub use probe::{ProbeError, probe};
pub use reconcile::{LogView, Seen, Step, reconcile};
pub use revoke::Cutter;
pub use tell::{Tell, tell};
pub use topology::Topology;
