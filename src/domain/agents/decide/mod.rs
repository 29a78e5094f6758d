//! One rule per file.

mod configure;
mod confirm;
mod control;
mod enroll;
mod expire;
mod heartbeat;
mod log;
mod register;
mod report_error;
mod revoke;
mod silence;
mod transition;

pub(super) use configure::configure;
pub(super) use confirm::confirm;
pub(super) use control::control;
pub(super) use enroll::enroll;
pub(super) use expire::expire;
pub(super) use heartbeat::heartbeat;
pub(super) use log::append_log;
pub(super) use register::register;
pub(super) use report_error::report_error;
pub(super) use revoke::revoke;
pub(super) use silence::{degraded, unresponsive};
