//! Tasks and dependencies: a whole node on a real Postgres, over HTTP and as agents claim.

mod claims;
mod dependencies;
mod endpoints;
mod lost;
mod races;
mod refusals;
mod words;
