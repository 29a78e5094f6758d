//! The HTTP doors' foundation, from outside: tokens, CORS, bodies, error bodies, slow clients.

mod after;
mod bodies;
mod doors;
mod forged;
mod matrix;
mod shell;
mod socket;
