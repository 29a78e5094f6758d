//! The HTTP doors: one error body, extractors, answers, and the layers around every route.

pub mod answer;
pub mod body;
pub mod caller;
pub mod command;
mod cors;
pub mod cursor;
pub mod doors;
pub mod edge;
mod guard;
pub mod health;
pub mod limits;
pub mod openapi;
mod outcome;
mod pages;
pub mod path;
mod places;
pub mod problem;
pub mod query;
pub mod read;
pub mod request;
pub mod router;
mod routes;
pub mod server;

pub use answer::{Answer, Stamp};
pub use body::{ApiBytes, ApiJson, ApiJsonOrEmpty};
pub use caller::{Caller, MaybeCaller};
pub use command::CommandHeaders;
pub use doors::Doors;
pub use path::ApiPath;
pub use problem::Problem;
pub use query::ApiQuery;
pub use read::{AsOf, ReadOptions};
pub use request::RequestMeta;
pub use router::{Api, Unguarded};
pub use routes::routes;
pub use server::{ServerOptions, serve};
