//! Approvals and their policies.

mod aggregate;
mod decide;
mod error;
mod policy;

pub use aggregate::Approval;
pub use decide::requester;
pub use error::ApprovalError;
pub use policy::ApprovalPolicy;
