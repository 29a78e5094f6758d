//! The systems' own sockets: thin translations of the live stream. They add no state of their own.

pub mod a;
pub mod a_frames;
pub mod audience;
mod business;
pub mod door;
pub mod fleet;
mod people;
pub mod read_models;
mod snapshot;
pub mod socket;

pub use audience::Audience;
pub use fleet::{Fleet, FleetState};
pub use read_models::ReadModels;

use bytes::Bytes;
use pantheon_events::{Position, RecordedEvent};

use super::deps::Boxed;
use super::filter::FilterSpec;

/// What a socket hears first.
pub struct Greeting {
    /// The frames, in order.
    pub frames: Vec<Bytes>,
    /// The position that they reflect; events after it follow.
    pub position: Position,
}

/// A translation of events into frames.
pub trait Dialect: Send {
    /// The events that it translates.
    fn filter(&self) -> FilterSpec;

    /// The first frames.
    fn greet(&mut self) -> Boxed<'_, Result<Greeting, super::subscription::StepError>>;

    /// The frames that an event becomes; usually one, often none.
    fn translate<'a>(&'a mut self, event: &'a RecordedEvent) -> Boxed<'a, Vec<Bytes>>;

    /// Called once a second, for what is held back.
    fn tick(&mut self) -> Vec<Bytes>;
}
