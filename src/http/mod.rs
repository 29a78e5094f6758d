//! The HTTP doors: one error body, extractors, answers, and the layers around every route.

pub mod answer;
pub mod body;
pub mod caller;
pub mod command;
pub mod cursor;
mod outcome;
pub mod path;
pub mod problem;
pub mod query;
pub mod read;
pub mod request;

pub use answer::{Answer, Stamp};
pub use body::{ApiJson, ApiJsonOrEmpty};
pub use caller::{Caller, MaybeCaller};
pub use command::CommandHeaders;
pub use path::ApiPath;
pub use problem::Problem;
pub use query::ApiQuery;
pub use read::{AsOf, ReadOptions};
pub use request::RequestMeta;
