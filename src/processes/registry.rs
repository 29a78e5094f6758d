//! Every process of the product, and the steps that go before commands: one line each.

use std::sync::Arc;

use super::{
    AgentControl, AgentHealth, ApprovalClock, Process, ProcessDeps, SystemAlerts, approvals,
    deployments, entitlements, identity, orders, organizations, tasks,
    AgentControl, AgentHealth, ApprovalClock, ApprovalSteps, Process, ProcessDeps, SystemAlerts,
    deployments, entitlements, identity, infrastructure, orders, organizations, tasks, worktrees,
    database, deployments, entitlements, identity, orders, organizations, tasks,
    AgentControl, AgentHealth, ApprovalClock, ApprovalSteps, PlanTasks, Process, ProcessDeps,
    SystemAlerts, deployments, entitlements, identity, orders, organizations, tasks,
    AgentControl, AgentHealth, ApprovalClock, ApprovalSteps, Process, ProcessDeps, SystemAlerts,
    agent_executions, agents, approvals, deployments, entitlements, identity, orders,
    organizations, repositories, tasks,
};
use crate::app::App;

/// The processes of a node.
#[must_use]
pub fn all(app: &App) -> Vec<Arc<dyn Process>> {
    let mut all: Vec<Arc<dyn Process>> = vec![
        Arc::new(AgentHealth { app: app.clone() }),
        Arc::new(AgentControl { app: app.clone() }),
        Arc::new(SystemAlerts { app: app.clone() }),
        orders::process(app),
        Arc::new(ApprovalClock { app: app.clone() }),
    ];
    all.extend(identity::processes(app));
    all.extend(organizations::processes(app));
    all.extend(tasks::processes(app));
    all.push(Arc::new(PlanTasks::new(app)));
    all.extend(deployments::processes(app));
    all.push(database::process(app));
    all.extend(agent_executions::processes(app));
    all
}

/// Sets what goes before the commands that need other streams.
pub fn prepare(app: &App) {
    tasks::prepare(app);
    orders::prepare(app);
    deployments::prepare(app);
    database::prepare(app);
    repositories::prepare(app);
    identity::prepare(app);
    organizations::prepare(app);
    entitlements::prepare(app);
    approvals::prepare(app);
    infrastructure::prepare(app);
    worktrees::prepare(app);
    agents::prepare(app);
    agent_executions::prepare(app);
    let commands = &app.commands;
    let policies = commands.approval_policies.clone();
    commands
        .approvals
        .prepare_with(Arc::new(ApprovalSteps { policies }));
}

/// What every process runs on.
#[must_use]
pub fn deps(app: &App) -> ProcessDeps {
    ProcessDeps {
        log: app.log.clone(),
        pool: app.log.pool().clone(),
        health: app.health.clone(),
        pulses: app.pulses.clone(),
        node: app.node.clone(),
    }
}
