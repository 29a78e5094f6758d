//! Approvals and policies as people see them.

mod policies;
mod projector;
mod query;
mod row;
mod totals;

pub use policies::{
    ApprovalPoliciesProjector, NAME as POLICIES, fold as fold_policy, policies, policy,
};
pub use projector::{ApprovalsProjector, NAME, fold};
pub use query::{Due, Filter, Listed, Viewer, list, one, overdue, to_remind};
pub use row::{ApprovalPolicyRow, ApprovalRow};
pub use totals::totals;
