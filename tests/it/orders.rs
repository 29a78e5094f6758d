//! Orders (`systems/business.md` §6): a whole node on a real Postgres, over every door.

mod doors;
mod endings;
mod guard;
mod lists;
mod placing;
mod visible;
mod walk;
