//! All aggregates of the product: one line each.

use std::collections::BTreeMap;
use std::sync::Arc;

use pantheon_events::{CommandContext, CommandSpec, DomainCommand, InvalidCommand};

use super::{DispatchError, Dispatcher, DispatcherOptions, Door, Receipt};

macro_rules! registry {
    ($($(#[$meta:meta])* $field:ident: $Aggregate:ty),+ $(,)?) => {
        /// The dispatchers of a node, one per kind of aggregate.
        #[derive(Clone)]
        pub struct Commands {
            $($(#[$meta])* pub $field: Dispatcher<$Aggregate>,)+
            doors: Arc<BTreeMap<&'static str, Arc<dyn Door>>>,
        }

        impl Commands {
            /// The commands of every kind of aggregate.
            pub const SPECS: &[&[CommandSpec]] =
                &[$(<<$Aggregate as crate::domain::Root>::Data as DomainCommand>::SPECS),+];

            /// A dispatcher for every kind of aggregate.
            #[must_use]
            pub fn new(options: &DispatcherOptions) -> Self {
                $(let $field = Dispatcher::<$Aggregate>::new(options.clone());)+
                let doors: Vec<Arc<dyn Door>> = vec![$(Arc::new($field.clone())),+];
                let doors = doors.into_iter().map(|door| (door.aggregate(), door)).collect();
                Self { $($field,)+ doors: Arc::new(doors) }
            }
        }
    };
}

registry! {
    /// The members of the fleet.
    agents: crate::domain::agents::Agent,
    /// Work for agents.
    tasks: crate::domain::tasks::Task,
    /// Which task waits for which.
    task_graphs: crate::domain::tasks::TaskGraph,
    /// Tasks that are made together.
    plans: crate::domain::plans::Plan,
    /// What is sold.
    products: crate::domain::products::Product,
    /// Where versions are rolled out to.
    environments: crate::domain::deployments::Environment,
    /// The machines and services that it all runs on.
    infrastructure: crate::domain::infrastructure::Infrastructure,
    /// Where agents work on branches.
    worktrees: crate::domain::worktrees::Worktree,
    /// Repositories that are observed.
    git: crate::domain::git::Git,
    /// Tenants' databases as people use them by hand.
    databases: crate::domain::database::Database,
    /// What is wrong.
    alerts: crate::domain::alerts::Alert,
    /// The installation's own processes.
    nodes: crate::domain::nodes::Node,
    /// What customers want.
    orders: crate::domain::orders::Order,
    /// Decisions that people take.
    approvals: crate::domain::approvals::Approval,
    /// What needs one.
    approval_policies: crate::domain::approvals::ApprovalPolicy,
    /// People's accounts.
    users: crate::domain::users::User,
    /// The names they sign in with.
    login_names: crate::domain::users::LoginName,
    /// Who administers the installation.
    admins: crate::domain::users::AdminList,
    /// Sign-ins.
    sessions: crate::domain::sessions::Session,
    /// Who was refused, and who took data along.
    trails: crate::domain::access::Trail,
    /// Tenants that people share.
    organizations: crate::domain::organizations::Organization,
    /// Members who work together.
    teams: crate::domain::teams::Team,
    /// Agents at work on issues.
    agent_executions: crate::domain::agent_executions::AgentExecution,
    /// Repositories on GitHub.
    repositories: crate::domain::repositories::Repository,
    /// Their issues and pull requests.
    issues: crate::domain::repositories::Issue,
}

impl Commands {
    /// Every command, by aggregate and name.
    pub fn specs(&self) -> impl Iterator<Item = &'static CommandSpec> + '_ {
        self.doors.values().flat_map(|door| door.specs())
    }

    /// The door of one kind of aggregate.
    #[must_use]
    pub fn door(&self, aggregate: &str) -> Option<&Arc<dyn Door>> {
        self.doors.get(aggregate)
    }

    /// Whether the data are those of the command, without deciding on it.
    pub fn check(&self, (aggregate, name): (&str, &str), data: &[u8]) -> Result<(), DispatchError> {
        let unknown = || InvalidCommand::Unknown {
            name: format!("{aggregate}/{name}"),
        };
        let door = self.doors.get(aggregate).ok_or_else(unknown)?;
        Ok(door.check(name, data)?)
    }

    /// The generic door: any command by name, its data as JSON.
    pub async fn execute(
        &self,
        aggregate: &str,
        name: &str,
        id: &str,
        data: &[u8],
        by: CommandContext,
    ) -> Result<Receipt, DispatchError> {
        let Some(door) = self.doors.get(aggregate) else {
            return Err(InvalidCommand::Unknown {
                name: format!("{aggregate}/{name}"),
            }
            .into());
        };
        door.execute(name, id, data, by).await
    }
}
