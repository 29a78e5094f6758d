//! Pantheon: the event-sourced control plane for fleets of AI agents and the business around them.

#[cfg(all(feature = "mock-login", not(debug_assertions)))]
compile_error!("the feature mock-login lets anybody in: no release build may have it");

pub mod app;
pub mod asyncapi;
pub mod audit;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod disk;
pub mod domain;
pub mod followers;
pub mod git;
pub mod health;
pub mod http;
pub mod identity;
pub mod intake;
pub mod lambda;
pub mod lifecycle;
pub mod live;
pub mod migrations;
pub mod node;
pub mod observers;
pub mod outbound;
pub mod processes;
pub mod pulse;
pub mod schemas;
pub mod secrets;
pub mod simulate;
pub mod store;
pub mod telemetry;
