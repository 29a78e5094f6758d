//! Who came in, who did not, who was refused, and who took data along. Addresses stay sealed here.

mod projector;
mod query;

pub use projector::{AccessProjector, AccessRow, NAME};
pub use query::{Filter, SignIns, list, newest_sign_ins, sign_ins};
