//! The contracts as documents, and the table of refusals.

mod asyncapi;
mod errors;
mod openapi;
mod rows;
