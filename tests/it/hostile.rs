//! Hostile and malformed input at every door, generated from the documents of the contracts: the one
//! error body, never a 5xx, and nothing changed.

mod bodies;
mod bombs;
mod bus;
mod canaries;
mod decoders;
mod disks;
mod doors;
mod example;
mod extremes;
mod heads;
mod judge;
mod matrix;
mod queries;
mod sockets;
mod spoil;
mod table;
