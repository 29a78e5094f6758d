//! One rule per file.

mod cancel;
mod clock;
mod consume;
mod request;
mod stages;
mod vote;

pub(super) use cancel::cancel;
pub(super) use clock::{escalate, expire, remind};
pub(super) use consume::consume;
pub(super) use request::request;
pub use request::requester;
pub(super) use stages::satisfiable;
pub(super) use vote::{approve, reject};

#[cfg(test)]
pub(super) mod given;
