//! Logs (CON-38, CON-39): what agents and deployments write, read with filters and listened to.

mod list;
mod stream;
mod words;
