//! System metrics, dashboard, activity, timeline and health (`systems/console.md` §7, §6.2).

mod activity;
mod alerts;
mod health;
mod metrics;
mod preflight;
mod summary;
mod timeline;
mod unchanged;
pub mod words;
