//! The read side's engine: exact rows, read-your-writes, poison, rebuilds.

mod exact;
mod fresh;
mod poison;
mod probe;
mod rebuild;
mod table;
mod world;
