//! The guarantees G1–G11, G13 and G14, each on whole installations: nodes of the real binary, a
//! real Postgres and a real nats-server of their own.
//!
//! What lies under a guarantee is tested where it is made (`log`, `projections`, `bus`, `live`,
//! `http`); `docs/RELIABILITY.md` names all tests of each.

mod dev;
mod g01;
mod g02;
mod g03;
mod g04;
mod g05;
mod g06;
mod g07;
mod g08;
mod g09;
mod g10;
mod g11;
mod g13;
mod g14;
mod live;
pub mod table;

use pantheon_harness::ClusterOptions;

/// One node of the binary under test.
fn installation() -> ClusterOptions {
    ClusterOptions::new(env!("CARGO_BIN_EXE_pantheon"))
}
