//! Agents over HTTP, the bus and time, on a whole node.

mod bus;
mod control;
mod enrolment;
mod fleet;
mod heartbeats;
mod reading;
