//! What follows the log besides the read side: the relay to the bus, and the leases of whatever
//! there is one of.

mod accounts;
mod admissions;
mod lease;
mod members;
mod relay;

pub use accounts::TakenBack;
pub use admissions::Admissions;
pub use lease::{LEASES, LEASES_WITHIN, Lease, while_leader};
pub use members::Belonging;
pub use relay::Relay;
