//! Infrastructure: places, and what is in them.

mod projector;
mod query;
mod row;

pub use projector::{InfrastructureProjector, NAME};
pub use query::{
    Filter, accounts, all_resources, containers, last_asked, local, resources, services, waiting,
};
pub use row::{ContainerRow, PlaceRow, ResourceRow, ServiceRow};
