//! Who must be able to say later what happened: the trail of access.

mod deed;
mod fold;
mod record;
mod trail;

pub use deed::Deed;
pub use record::token_issued;
pub use trail::{Seen, Trail, Waiting};
