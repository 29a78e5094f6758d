//! Products (`systems/business.md` §5): a whole node on a real Postgres, over every door.

mod catalogue;
mod doors;
mod lists;
mod money;
mod race;
mod shared;
mod stock;
mod visible;
pub mod words;
