//! The rules of one task, one file each. A rule that has nothing to change gives no event.

mod assign;
mod cancel;
mod claim;
mod complete;
mod create;
mod delete;
mod fail;
mod holder;
mod progress;
mod retry;
mod start;
mod update;

use pantheon_events::tasks::TaskEvent;

use super::TaskError;

pub(super) use assign::{assign, unassign};
pub(super) use cancel::cancel;
pub(super) use claim::claim;
pub(super) use complete::complete;
pub(super) use create::create;
pub(super) use delete::delete;
pub(super) use fail::fail;
pub(super) use progress::progress;
pub(super) use retry::retry;
pub(super) use start::start;
pub(super) use update::update;

type Decision = Result<Vec<TaskEvent>, TaskError>;
