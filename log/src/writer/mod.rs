//! The node's one writer: queue, batches, the call.

mod batch;
mod call;
mod columns;
mod handle;
mod queue;
mod strain;
mod task;
mod verdict;

pub use handle::{Pending, Writer, WriterOptions};
pub(crate) use verdict::refusal as stored_refusal;
