//! The published language of Pantheon: ids, the event envelope, and for every context its
//! commands and events. No I/O happens here.

pub mod access;
pub mod actor;
pub mod agent_executions;
pub mod agents;
pub mod alerts;
pub mod approvals;
pub mod cloud;
pub mod command;
pub mod context;
pub mod database;
pub mod deployments;
pub mod event;
pub mod id;
pub mod infrastructure;
pub mod json;
pub mod metadata;
pub mod money;
pub mod nodes;
pub mod orders;
pub mod organizations;
pub mod plans;
pub mod position;
pub mod products;
pub mod recorded;
pub mod refusal;
pub mod repositories;
pub mod sealed;
pub mod sessions;
pub mod tasks;
pub mod teams;
pub mod time;
pub mod users;
pub mod worktrees;

pub use actor::{Actor, ActorKind};
pub use command::{CommandSpec, DomainCommand, FieldError, InvalidCommand};
pub use context::CommandContext;
pub use event::{DecodeError, DomainEvent, EventSpec};
pub use id::{
    AgentExecutionId, AgentId, AlertId, ApprovalId, CommandId, DependencyId, DeploymentId, EventId,
    ExportId, GitId, InfrastructureId, InvalidId, OrderId, PlanId, ProductId, RepositoryId,
    SessionId, TaskId, TeamId, TenantId, UserId, WorkflowId, WorktreeId,
};
pub use metadata::Metadata;
pub use position::{Epoch, Position, Sequence};
pub use recorded::RecordedEvent;
pub use refusal::{Refusal, RefusalKind};
pub use sealed::Sealed;
