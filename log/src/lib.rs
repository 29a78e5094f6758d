//! The Postgres log: append (group commit), read, follow, head, epoch. It knows positions and no
//! context.

pub mod append;
pub mod error;
pub mod follow;
pub mod read;

pub use append::{Append, NewEvent, Outcome, Recorded, Verdict, Writer, WriterOptions};
pub use error::{AppendError, ReadError};
pub use read::{Batch, Log, LogOptions};
