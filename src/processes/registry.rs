//! Every process of the product, and the steps that go before commands: one line each.

use std::sync::Arc;

use super::{
    AgentControl, AgentHealth, ApprovalClock, PlanTasks, Process, ProcessDeps, SystemAlerts,
    approvals, deployments, entitlements, identity, orders, organizations, tasks,
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
    all
}

/// Sets what goes before the commands that need other streams.
pub fn prepare(app: &App) {
    tasks::prepare(app);
    orders::prepare(app);
    deployments::prepare(app);
    identity::prepare(app);
    organizations::prepare(app);
    entitlements::prepare(app);
    approvals::prepare(app);
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
