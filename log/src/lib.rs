//! The Postgres log: append (group commit), read, follow, head, epoch. It knows positions and no
//! context.

pub mod append;
pub mod doctor;
pub mod error;
#[cfg(test)]
mod fixture;
pub mod follow;
pub mod health;
pub mod log;
pub mod pool;
pub mod read;
mod session;
pub mod writer;

pub use append::{Append, NewEvent, Outcome, Recorded, Verdict};
pub use error::{AppendError, ReadError, outside_words};
pub use follow::{FollowError, Follower, follow};
pub use health::{FollowerReport, FollowerState, FollowerStatus, Health, ParkedStreams};
pub use log::{Lineage, Log, LogOptions};
pub use pool::Pool;
pub use read::Batch;
pub use session::indexed_session;
pub use writer::{Pending, Writer, WriterOptions};
