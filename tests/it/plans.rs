//! Plans and graphs of tasks (CON-27, CON-28, CON-29).

mod crash;
mod graphs;
mod runs;
mod words;
