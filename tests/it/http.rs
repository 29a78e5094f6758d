//! The HTTP doors' foundation, from outside: tokens, CORS, bodies, error bodies, slow clients.

mod after;
mod bodies;
mod doors;
mod forged;
mod headers;
pub mod matrix;
mod readiness;
mod roles;
mod shell;
mod socket;
mod unchanged;
