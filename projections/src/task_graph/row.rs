//! One edge between two tasks.

use chrono::{DateTime, Utc};
use uuid::Uuid;

crate::row! {
    /// A task waits, or waited, for another.
    #[derive(Debug)]
    pub struct DependencyRow in "task_dependencies" key (id: Uuid) {
        /// The edge.
        pub id: Uuid,
        /// Whose tasks they are.
        pub tenant: Uuid,
        /// The task that waits.
        pub task_id: Uuid,
        /// The task it waits for.
        pub depends_on_task_id: Uuid,
        /// What it waits for.
        pub dependency_type: String,
        /// When it was added.
        pub created_at: DateTime<Utc>,
        /// Whether it was removed.
        pub removed: bool,
        /// The position of its last event.
        pub position: i64,
        /// The graph's sequence of that event.
        pub sequence: i64,
    }
}
