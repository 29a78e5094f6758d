//! One rule per file.

mod create;
#[cfg(test)]
mod given;
mod go;

pub(super) use create::create;
pub(super) use go::{cancel, complete, fail, start};
