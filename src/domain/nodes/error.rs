//! Why a node's word does not count.

use pantheon_events::Refusal;

use crate::domain::RuleError;

/// The refusals of nodes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NodeError {
    /// A node's name is used for one run.
    #[error("This node has started before; every run has a name of its own.")]
    StartedBefore,
    /// It has stopped.
    #[error("This node has stopped.")]
    Stopped,
}

impl RuleError for NodeError {
    fn refusal(&self) -> Refusal {
        let message = self.to_string();
        match self {
            Self::StartedBefore => Refusal::already_exists(message),
            Self::Stopped => Refusal::rule("node_stopped", message),
        }
    }
}
