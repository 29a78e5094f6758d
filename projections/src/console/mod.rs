//! Read models as people ask them by hand, in SQL.
//!
//! Three layers stand between a question and the database, and each is enough: the text is read and
//! only what is on a list passes ([`guard()`]); the role that asks may only read views that are cut to
//! one tenant ([`Console`]); and it asks in a read-only transaction with bounds on time, memory and
//! cost ([`Console::run`]).

mod connect;
mod error;
mod export;
mod functions;
mod guard;
mod run;
mod shape;
mod views;

pub use connect::Console;
pub use error::ConsoleError;
pub use export::{Exported, MOST_ROWS};
pub use guard::{Allowed, Kind, LONGEST, NotAllowed, guard};
pub use run::{Answered, ROWS};
pub use shape::{Column, Shape};
pub use views::{VIEWS, is_view};
