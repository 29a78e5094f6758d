//! Tasks, and which of them waits for which.

use std::collections::{BTreeMap, BTreeSet};

use pantheon_events::FieldError;
use pantheon_events::plans::{PlanTask, PlannedTask};
use pantheon_events::tasks::Priority;

/// A task as the analysis sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How urgent it is.
    pub priority: Priority,
    /// How long it takes; 0 when nobody knows.
    pub minutes: i64,
}

/// A graph. Tasks are numbered in the order they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    nodes: Vec<Node>,
    before: Vec<Vec<usize>>,
    after: Vec<Vec<usize>>,
}

impl Graph {
    /// The graph of these tasks; an edge is a task and what it waits for, by their places. What is
    /// said twice counts once.
    #[must_use]
    pub fn new(nodes: Vec<Node>, edges: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut graph = Self {
            before: vec![Vec::new(); nodes.len()],
            after: vec![Vec::new(); nodes.len()],
            nodes,
        };
        let edges: BTreeSet<(usize, usize)> = edges.into_iter().collect();
        for (task, on) in edges {
            graph.before[task].push(on);
            graph.after[on].push(task);
        }
        graph
    }

    /// The graph of planned tasks.
    ///
    /// # Errors
    /// Two tasks have one id, or one waits for a task that is not there.
    pub fn planned(tasks: &[PlannedTask]) -> Result<Self, Vec<FieldError>> {
        let mut places = BTreeMap::new();
        let mut errors = Vec::new();
        for (place, task) in tasks.iter().enumerate() {
            if places.insert(task.id.as_str(), place).is_some() {
                errors.push(FieldError {
                    field: format!("tasks[{place}].id"),
                    message: format!("{:?} is the id of an earlier task too", task.id),
                });
            }
        }
        let mut edges = Vec::new();
        for (place, task) in tasks.iter().enumerate() {
            for (n, on) in task.depends_on.iter().enumerate() {
                match places.get(on.as_str()) {
                    Some(on) => edges.push((place, *on)),
                    None => errors.push(FieldError {
                        field: format!("tasks[{place}].depends_on[{n}]"),
                        message: format!("there is no task {on:?} among these"),
                    }),
                }
            }
        }
        match errors.is_empty() {
            true => Ok(Self::new(tasks.iter().map(Node::from).collect(), edges)),
            false => Err(errors),
        }
    }

    /// The graph of a plan that was made: its tasks fit together.
    #[must_use]
    pub fn of_plan(tasks: &[PlanTask]) -> Self {
        let tasks: Vec<PlannedTask> = tasks.iter().map(PlannedTask::from).collect();
        Self::planned(&tasks).unwrap_or_default()
    }

    /// The tasks.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// What a task waits for.
    pub(super) fn before(&self, task: usize) -> &[usize] {
        &self.before[task]
    }

    /// What waits for a task.
    pub(super) fn after(&self, task: usize) -> &[usize] {
        &self.after[task]
    }

    /// The tasks' places so that each comes after what it waits for; none when there is a circle.
    #[must_use]
    pub fn order(&self) -> Option<Vec<usize>> {
        let mut waits: Vec<usize> = self.before.iter().map(Vec::len).collect();
        let mut order: Vec<usize> = (0..self.nodes.len())
            .filter(|task| waits[*task] == 0)
            .collect();
        let mut next = 0;
        while next < order.len() {
            for &task in &self.after[order[next]] {
                waits[task] -= 1;
                if waits[task] == 0 {
                    order.push(task);
                }
            }
            next += 1;
        }
        (order.len() == self.nodes.len()).then_some(order)
    }

    pub(super) fn ids(&self, tasks: &[usize]) -> Vec<String> {
        tasks
            .iter()
            .map(|task| self.nodes[*task].id.clone())
            .collect()
    }
}

impl From<&PlannedTask> for Node {
    fn from(task: &PlannedTask) -> Self {
        Self {
            id: task.id.clone(),
            name: task.name.trim().to_owned(),
            priority: task.priority,
            minutes: task.estimated_minutes.unwrap_or_default().into(),
        }
    }
}
