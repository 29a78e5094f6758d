//! The edges of the tasks that have not ended, and how events change them.

use std::collections::{BTreeMap, BTreeSet};

use pantheon_events::tasks::{
    DependencyType, TaskDependencyAdded, TaskGraphCommand, TaskGraphEvent,
};
use pantheon_events::{ActorKind, DependencyId, TaskId, TenantId};
use serde::{Deserialize, Serialize};

use super::{GraphError, add, forget, remove};
use crate::aggregate;
use crate::domain::Asked;

/// One task waits for another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// The edge's id.
    pub id: DependencyId,
    /// The task that is waited for.
    pub on: TaskId,
    /// What is waited for.
    pub kind: DependencyType,
}

/// A tenant's graph: edges by the task that waits, and back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TaskGraph {
    waits_for: BTreeMap<TaskId, Vec<Edge>>,
    waited_for_by: BTreeMap<TaskId, BTreeSet<TaskId>>,
    live: usize,
}

aggregate!(TaskGraph: TaskGraphCommand => TaskGraphEvent, GraphError);

impl TaskGraph {
    /// What a task waits for, in the order it was said.
    #[must_use]
    pub fn dependencies(&self, task: TaskId) -> &[Edge] {
        self.waits_for.get(&task).map_or(&[], Vec::as_slice)
    }

    /// Whether any edge begins or ends at a task.
    #[must_use]
    pub fn knows(&self, task: TaskId) -> bool {
        self.waits_for.contains_key(&task) || self.waited_for_by.contains_key(&task)
    }

    /// Edges of tasks that have not ended.
    #[must_use]
    pub fn live(&self) -> usize {
        self.live
    }

    fn valid_id(id: &str) -> bool {
        id.parse::<TenantId>()
            .is_ok_and(|tenant| tenant.to_string() == id)
    }

    fn decide(&self, asked: &Asked<TaskGraphCommand>) -> super::Decision {
        use TaskGraphCommand as C;
        if *asked.id != *asked.by.tenant.to_string() {
            return Err(GraphError::NotFound);
        }
        match &asked.command {
            C::AddDependency(command) => add::one(self, &asked.with(command)),
            C::AddDependencies(command) => {
                internal(asked)?;
                add::first(self, &asked.with(command))
            }
            C::RemoveDependency(command) => remove::remove(self, command),
            C::ForgetTask(command) => {
                internal(asked)?;
                forget::forget(self, command)
            }
        }
    }

    fn evolve(&mut self, event: TaskGraphEvent) {
        match event {
            TaskGraphEvent::TaskDependencyAdded(event) => self.added(&event),
            TaskGraphEvent::TaskDependencyRemoved(event) => {
                self.drop_edge(event.task_id, event.depends_on_task_id);
            }
            TaskGraphEvent::TaskEdgesForgotten(event) => {
                self.forgotten(event.task_id, event.deleted);
            }
        }
    }

    fn added(&mut self, event: &TaskDependencyAdded) {
        let edge = Edge {
            id: event.dependency_id,
            on: event.depends_on_task_id,
            kind: event.dependency_type,
        };
        self.waits_for.entry(event.task_id).or_default().push(edge);
        self.waited_for_by
            .entry(event.depends_on_task_id)
            .or_default()
            .insert(event.task_id);
        self.live += 1;
    }

    fn forgotten(&mut self, task: TaskId, deleted: bool) {
        let on: Vec<TaskId> = self.dependencies(task).iter().map(|edge| edge.on).collect();
        for other in on {
            self.drop_edge(task, other);
        }
        if deleted {
            for other in self.waited_for_by.get(&task).cloned().unwrap_or_default() {
                self.drop_edge(other, task);
            }
        }
    }

    fn drop_edge(&mut self, task: TaskId, on: TaskId) {
        if let Some(edges) = self.waits_for.get_mut(&task) {
            let before = edges.len();
            edges.retain(|edge| edge.on != on);
            self.live -= before - edges.len();
            if edges.is_empty() {
                self.waits_for.remove(&task);
            }
        }
        if let Some(tasks) = self.waited_for_by.get_mut(&on) {
            tasks.remove(&task);
            if tasks.is_empty() {
                self.waited_for_by.remove(&on);
            }
        }
    }
}

/// Steps of Pantheon's own that take the checks around them for granted.
fn internal(asked: &Asked<TaskGraphCommand>) -> Result<(), GraphError> {
    match asked.by.actor.kind {
        ActorKind::Policy | ActorKind::System => Ok(()),
        ActorKind::Human | ActorKind::Agent => Err(GraphError::Internal),
    }
}
