//! The systems' own sockets: thin translations of the live stream. They add no state of their own.

pub mod a;
pub mod a_frames;
pub mod audience;
pub mod b;
mod b_frames;
mod business;
pub mod c;
pub mod d;
pub mod door;
pub mod execution;
pub mod fleet;
mod people;
mod queries;
pub mod read_models;
mod snapshot;
pub mod socket;

pub use audience::Audience;
pub use fleet::{Fleet, FleetState};
pub use read_models::ReadModels;

use std::sync::Arc;

use bytes::Bytes;
use pantheon_events::{Position, RecordedEvent};
use serde::Deserialize;

use super::close::Close;
use super::deps::{Boxed, Viewer};
use super::filter::FilterSpec;
use super::visibility::Visibility;

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

    /// What it sees of the log.
    fn eyes(&self, viewer: &Viewer) -> Arc<dyn Visibility> {
        viewer.eyes()
    }

    /// The answer to what a client says that has signed in. Most have nothing to say.
    fn hear(&mut self, _: &str) -> Vec<Bytes> {
        Vec::new()
    }

    /// What is said when the socket falls behind.
    fn behind(&mut self) -> Vec<Bytes> {
        Vec::new()
    }

    /// Called once a second, for what is held back or due.
    fn tick(&mut self) -> Boxed<'_, Vec<Bytes>> {
        Box::pin(std::future::ready(Vec::new()))
    }

    /// Why the socket is over, once everything was said.
    fn end(&self) -> Option<Close> {
        None
    }

    /// The token in a client's frame that signs in: `{type: "auth", token}`, or `init`.
    fn token(text: &str) -> Option<String>
    where
        Self: Sized,
    {
        #[derive(Deserialize)]
        struct Auth {
            r#type: String,
            token: String,
        }
        let auth = serde_json::from_str::<Auth>(text).ok();
        let auth = auth.filter(|auth| matches!(auth.r#type.as_str(), "auth" | "init"));
        auth.map(|auth| auth.token)
    }

    /// What somebody hears who does not sign in, or not well; most dialects say nothing.
    fn refusal(_code: &str, _message: &str) -> Option<Bytes>
    where
        Self: Sized,
    {
        None
    }
}
