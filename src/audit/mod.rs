//! Who must be able to say later what happened: the trail of access.

mod fold;
mod record;
mod trail;

pub use record::token_issued;
pub use trail::{Deed, Seen, Trail, Waiting};
