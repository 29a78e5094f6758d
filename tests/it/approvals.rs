//! Approvals and their policies (BUS-33, BUS-34, BUS-36): a whole node on a real Postgres, over
//! every door.

mod consume;
mod doors;
mod endpoints;
mod lists;
mod policies;
mod tenants;
mod time;
mod votes;
pub mod words;
