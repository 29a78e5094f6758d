//! The log's read endpoints: `GET /api/v1/events…` and `GET /api/v1/streams…`.

mod deps;
mod list;
mod ndjson;
mod one;
mod page;
mod routes;
mod scope;
mod state;
mod stream;
mod trace;

pub use deps::{EventsDeps, Fold};
pub use routes::routes;
