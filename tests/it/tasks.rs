//! Tasks and dependencies: a whole node on a real Postgres, over HTTP and as agents claim.

mod bus;
mod claims;
mod dependencies;
mod endpoints;
mod fields;
mod lost;
mod races;
mod refusals;
mod words;
