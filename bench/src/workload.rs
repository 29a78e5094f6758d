//! The commands, the same for every side.

use pantheon_events::agents::{EnrollAgent, MemberKind, RecordHeartbeat, ReportedState};
use pantheon_events::tasks::CreateTask;
use pantheon_events::{Actor, CommandContext, TenantId};

/// Aggregates that heartbeats go to.
pub const AGENTS: usize = 1_000;
/// Concurrent callers in one process.
pub const CALLERS: usize = 512;

/// The id of an agent.
pub fn agent(n: usize) -> String {
    format!("bench-{n:04}")
}

/// The agent that a caller's `n`th heartbeat is for. Every caller has agents of its own: vanilla
/// answers two commands at one aggregate at a time with a conflict, and would have to try again.
pub fn turn(caller: usize, callers: usize, n: u64) -> usize {
    let own = AGENTS.saturating_sub(caller).div_ceil(callers).max(1);
    let own = u64::try_from(own).unwrap_or(1);
    let step = usize::try_from(n % own).unwrap_or(0);
    caller + callers * step
}

/// Gives an agent a key: its number in base 32.
pub fn enrolment(n: usize) -> EnrollAgent {
    const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digits: String = (0..4)
        .map(|place| char::from(DIGITS[(n >> (5 * place)) & 31]))
        .collect();
    EnrollAgent {
        public_key: format!("U{digits}{}", "A".repeat(51)),
        agent_type: "codegen".to_owned(),
        kind: MemberKind::Agent,
        name: None,
        layer: None,
        capabilities: vec![],
    }
}

/// A heartbeat with everything that agents say.
pub fn heartbeat(n: u64) -> RecordHeartbeat {
    RecordHeartbeat {
        state: Some(ReportedState::Active),
        session_id: Some("01920000-0000-7000-8000-000000000001".to_owned()),
        uptime_seconds: i64::try_from(n).ok(),
        cpu_usage: Some(12.5),
        memory_usage: Some(40.25),
        active_tasks: Some(1),
        version: Some("1.4.2".to_owned()),
        ..RecordHeartbeat::default()
    }
}

/// A task as people write them.
pub fn task(n: u64) -> CreateTask {
    CreateTask {
        name: format!("Measure what a new stream costs, number {n}"),
        description: Some("Every command of this kind starts a stream of its own.".to_owned()),
        priority: Default::default(),
        agent_type: Some("codegen".to_owned()),
        required_capability: None,
        task_type: None,
        repository_id: None,
        issue_number: Some(42),
        execution_id: None,
        plan_id: None,
        estimated_minutes: Some(30),
        max_retries: None,
        timeout_seconds: None,
        depends_on: vec![],
        metadata: None,
    }
}

/// A command of an agent, under an id of its own.
pub fn by_agent(agent: &str) -> CommandContext {
    CommandContext::new(TenantId::default_organization(), Actor::agent(agent), None)
}

/// A command of an operator, under an id of its own.
pub fn by_operator() -> CommandContext {
    CommandContext::new(
        TenantId::default_organization(),
        Actor::human("bench"),
        None,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_share_all_agents_and_none_twice() {
        for callers in [1, 256, CALLERS] {
            let mut met: Vec<_> = (0..callers)
                .flat_map(|caller| {
                    let own = (AGENTS - caller).div_ceil(callers) as u64;
                    (0..own).map(move |n| turn(caller, callers, n))
                })
                .collect();
            met.sort_unstable();
            assert_eq!(met, (0..AGENTS).collect::<Vec<_>>(), "{callers}");
        }
    }
}
