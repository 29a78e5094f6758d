//! What a node has to know of tasks: the steps before their commands, and their processes.

use std::sync::Arc;

use super::task_takers::TaskTakers;
use super::turns::Turns;
use super::{
    Process, TaskEdges, TaskGraphSteps, TaskNotices, TaskRelease, TaskSteps, TaskTimeouts,
};
use crate::app::App;
use crate::store::Committed;

/// Tasks and graphs remembered as committed.
const REMEMBERED: u64 = 10_000;
/// Which of Postgres' two-part advisory locks are the turns of agents.
const LOCKS: i32 = 0x7461_736b;

/// Sets what goes before the commands of tasks and of their graph.
pub fn prepare(app: &App) {
    let pool = || app.log.pool().clone();
    let tasks = Committed::new(pool(), REMEMBERED);
    app.commands
        .task_graphs
        .prepare_with(Arc::new(TaskGraphSteps {
            tasks: tasks.clone(),
        }));
    app.commands.tasks.prepare_with(Arc::new(TaskSteps {
        graph: Committed::new(pool(), REMEMBERED),
        tasks,
        graphs: app.commands.task_graphs.clone(),
        takers: TaskTakers {
            log: app.log.clone(),
            reads: app.reads.clone(),
        },
        turns: Turns::new(pool(), LOCKS),
    }));
}

/// The processes of tasks.
#[must_use]
pub fn processes(app: &App) -> Vec<Arc<dyn Process>> {
    vec![
        Arc::new(TaskTimeouts {
            clock: app.clock.clone(),
            reads: app.reads.clone(),
            tasks: app.commands.tasks.clone(),
        }),
        Arc::new(TaskRelease {
            reads: app.reads.clone(),
            tasks: app.commands.tasks.clone(),
        }),
        Arc::new(TaskEdges {
            graph: Committed::new(app.log.pool().clone(), REMEMBERED),
            graphs: app.commands.task_graphs.clone(),
        }),
        Arc::new(TaskNotices {
            clock: app.clock.clone(),
            bus: app.bus.clone(),
        }),
    ]
}
