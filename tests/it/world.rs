//! A whole node for one test, and short words for talking to it. Every folder's tests start here;
//! a folder that needs words of its own adds them beside its tests (`tasks/words.rs`).

mod agent;
mod answers;
mod bus;
mod raw;
mod requests;
mod start;
mod time;

use std::sync::Arc;

use pantheon::node::Node;
use pantheon_events::TenantId;
use pantheon_harness::{Database, Nats};

pub use self::agent::OnBus;
pub use self::answers::{Reply, answer, bytes, code, problem, refused, reply};
pub use self::bus::send;
pub use self::time::Time;

/// Who asks in most tests.
pub const ADMIN: &str = "0198c7a0-0000-7000-8000-000000000001";

/// A node, its operator, and the servers it stands on.
pub struct World {
    pub node: Node,
    /// Where the node's operator acts: the default organisation.
    pub tenant: TenantId,
    /// The operator's token.
    pub admin: String,
    pub database: Arc<Database>,
    pub nats: Option<Arc<Nats>>,
    /// How far the nodes are ahead of the machine's clock.
    pub time: Time,
    base: start::Base,
    client: reqwest::Client,
}
