//! The command line: the real binary, run as a user or a script runs it.

mod agents;
mod bus;
mod calls;
mod dev;
mod doctor;
mod events;
mod migrate;
mod projections;
mod replay;
mod schema;
mod serve;
mod settings;
mod streams;
mod tokens;
pub mod words;
