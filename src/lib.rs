//! Pantheon: the event-sourced control plane for fleets of AI agents and the business around them.

pub mod app;
pub mod auth;
pub mod clock;
pub mod config;
pub mod domain;
pub mod followers;
pub mod http;
pub mod processes;
pub mod store;
