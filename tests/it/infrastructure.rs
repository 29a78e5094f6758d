//! Infrastructure: what the installation runs on and beside (`systems/console.md` §13).

mod docker;
mod local;
