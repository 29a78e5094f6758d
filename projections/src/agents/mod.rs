//! The read models `agents` and `agent_logs`, and who was heard without an event.

mod due;
mod fold;
mod list;
mod liveness;
mod logs;
mod presence;
mod projector;
mod query;
mod row;

pub use due::{AskedAgent, SilentAgent, silent, unanswered};
pub use fold::fold;
pub use list::{AgentFilter, list};
pub use liveness::note_heard;
pub use logs::{AgentLogRow, AgentLogsProjector, LOGS, last_lines};
pub use presence::Presence;
pub use projector::{AgentsProjector, NAME};
pub use query::{find, one, others_enrolled};
pub use row::{AgentRow, RunningTask};
