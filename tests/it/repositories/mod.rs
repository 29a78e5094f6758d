//! Repositories, their issues, and what GitHub says of them (console.md §10).

mod endpoints;
mod limit;
mod words;
