//! Agents at work on issues (console.md §3).

mod endpoints;
mod flow;
mod logs;
mod simulated;
mod words;
