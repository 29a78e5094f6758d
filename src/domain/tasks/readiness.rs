//! When a task may go on: the rest after a failed attempt, and what other tasks hold it back.

use chrono::TimeDelta;
use pantheon_events::tasks::{DependencyType, TaskStatus};

use super::Task;

/// The longest rest after a failed attempt.
pub const MAX_BACKOFF_SECONDS: i64 = 60;

/// How long a task rests after its attempt number `retry_count` failed: 1, 2, 4 … 60 seconds.
#[must_use]
pub fn backoff(retry_count: i32) -> TimeDelta {
    let doublings = u32::try_from(retry_count - 1).unwrap_or(0).min(6);
    TimeDelta::seconds((1_i64 << doublings).min(MAX_BACKOFF_SECONDS))
}

/// Whether a dependency of this type on `other` keeps its task from starting. A deleted task holds
/// nobody back.
#[must_use]
pub fn holds_back_start(dependency: DependencyType, other: &Task) -> bool {
    match dependency {
        _ if other.deleted => false,
        DependencyType::FinishToStart => other.status != TaskStatus::Completed,
        DependencyType::StartToStart => other.attempt == 0,
        DependencyType::FinishToFinish => false,
    }
}

/// Whether a dependency of this type on `other` keeps its task from completing.
#[must_use]
pub fn holds_back_completion(dependency: DependencyType, other: &Task) -> bool {
    dependency == DependencyType::FinishToFinish
        && !other.deleted
        && other.status != TaskStatus::Completed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_doubles_up_to_a_minute() {
        let rests: Vec<i64> = (1..=9).map(|n| backoff(n).num_seconds()).collect();
        assert_eq!(rests, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(backoff(i32::MAX).num_seconds(), 60);
    }

    fn other(status: TaskStatus, attempt: i32) -> Task {
        Task {
            status,
            attempt,
            ..Task::default()
        }
    }

    #[test]
    fn finish_to_start_waits_for_the_completion() {
        use DependencyType::FinishToStart;
        assert!(holds_back_start(
            FinishToStart,
            &other(TaskStatus::Running, 1)
        ));
        assert!(holds_back_start(
            FinishToStart,
            &other(TaskStatus::Cancelled, 1)
        ));
        assert!(!holds_back_start(
            FinishToStart,
            &other(TaskStatus::Completed, 1)
        ));
        assert!(!holds_back_completion(
            FinishToStart,
            &other(TaskStatus::Pending, 0)
        ));
    }

    #[test]
    fn start_to_start_waits_for_the_first_start() {
        use DependencyType::StartToStart;
        assert!(holds_back_start(
            StartToStart,
            &other(TaskStatus::Pending, 0)
        ));
        assert!(!holds_back_start(
            StartToStart,
            &other(TaskStatus::Running, 1)
        ));
        assert!(!holds_back_start(
            StartToStart,
            &other(TaskStatus::Pending, 1)
        ));
    }

    #[test]
    fn finish_to_finish_holds_back_the_completion_alone() {
        use DependencyType::FinishToFinish;
        assert!(!holds_back_start(
            FinishToFinish,
            &other(TaskStatus::Pending, 0)
        ));
        assert!(holds_back_completion(
            FinishToFinish,
            &other(TaskStatus::Running, 1)
        ));
        assert!(!holds_back_completion(
            FinishToFinish,
            &other(TaskStatus::Completed, 1)
        ));
    }

    #[test]
    fn a_deleted_task_holds_nobody_back() {
        let gone = Task {
            deleted: true,
            ..Task::default()
        };
        assert!(!holds_back_start(DependencyType::FinishToStart, &gone));
        assert!(!holds_back_completion(
            DependencyType::FinishToFinish,
            &gone
        ));
    }
}
