//! The same aggregates on `cqrs-es` and `postgres-es` as published.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use cqrs_es::Aggregate;
use pantheon::clock::Clock;
use pantheon::domain::Asked;
use pantheon::domain::agents::Agent;
use pantheon::domain::tasks::Task;
use pantheon_events::CommandContext;
use postgres_es::{PostgresCqrs, postgres_cqrs};
use sqlx::{Executor, PgPool};
use tokio::task::JoinSet;

use crate::load::Caller;
use crate::stage::{Stage, pool};
use crate::workload::{self, AGENTS, CALLERS};

/// As `postgres-es` publishes them in `db/init.sql`.
const SCHEMA: &str = "
create table events (
    aggregate_type text                         not null,
    aggregate_id   text                         not null,
    sequence       bigint check (sequence >= 0) not null,
    event_type     text                         not null,
    event_version  text                         not null,
    payload        json                         not null,
    metadata       json                         not null,
    primary key (aggregate_type, aggregate_id, sequence)
);
create table agent_view (
    view_id text                        not null,
    version bigint check (version >= 0) not null,
    payload json                        not null,
    primary key (view_id)
);";

/// The peer, with a database of its own.
pub struct Vanilla {
    pub pool: PgPool,
    agents: Arc<PostgresCqrs<Agent>>,
    tasks: Arc<PostgresCqrs<Task>>,
    clock: Clock,
}

impl Vanilla {
    /// In a new database.
    pub async fn open(stage: &Stage, name: &str) -> Result<Self> {
        let pool = pool(&stage.database(name).await?).await?;
        pool.execute(SCHEMA).await?;
        Ok(Self {
            agents: Arc::new(postgres_cqrs(pool.clone(), vec![], ())),
            tasks: Arc::new(postgres_cqrs(pool.clone(), vec![], ())),
            pool,
            clock: Clock::system(),
        })
    }

    /// Empties the log and enrols all agents. Vanilla reads a whole stream for each command; so
    /// every round starts on short ones.
    pub async fn enrol_anew(&self) -> Result<()> {
        self.pool.execute("truncate events").await?;
        let mut running = JoinSet::new();
        for n in 0..AGENTS {
            let (agents, clock) = (Arc::clone(&self.agents), self.clock.clone());
            running.spawn(async move {
                let (id, by) = (workload::agent(n), workload::by_operator());
                send(&agents, &clock, &id, workload::enrolment(n).into(), by).await
            });
        }
        while let Some(done) = running.join_next().await {
            done?.context("an agent could not be enrolled")?;
        }
        Ok(())
    }

    /// Events in the log.
    pub async fn events(&self) -> Result<i64> {
        Ok(sqlx::query_scalar("select count(*) from events")
            .fetch_one(&self.pool)
            .await?)
    }

    /// 512 callers, or fewer, for heartbeats.
    pub fn beats(&self, callers: usize) -> Vec<Beats> {
        (0..callers)
            .map(|caller| Beats {
                agents: Arc::clone(&self.agents),
                clock: self.clock.clone(),
                caller,
                callers,
            })
            .collect()
    }

    /// 512 callers for new tasks.
    pub fn tasks(&self) -> Vec<Tasks> {
        let one = |_| Tasks {
            tasks: Arc::clone(&self.tasks),
            clock: self.clock.clone(),
        };
        (0..CALLERS).map(one).collect()
    }
}

async fn send<A, C>(
    cqrs: &PostgresCqrs<A>,
    clock: &Clock,
    id: &str,
    command: C,
    by: CommandContext,
) -> Result<()>
where
    A: Aggregate<Command = Asked<C>> + 'static,
    A::Error: Send + Sync + 'static,
{
    let metadata = metadata(&by)?;
    let asked = Asked {
        command,
        id: id.into(),
        by: Arc::new(by),
        at: clock.now(),
    };
    Ok(cqrs.execute_with_metadata(id, asked, metadata).await?)
}

/// What Pantheon keeps beside an event, as `cqrs-es` keeps it.
fn metadata(by: &CommandContext) -> Result<HashMap<String, String>> {
    Ok(HashMap::from([
        ("command_id".to_owned(), by.command_id.to_string()),
        (
            "metadata".to_owned(),
            serde_json::to_string(&by.metadata())?,
        ),
    ]))
}

/// Heartbeats for the caller's own agents.
pub struct Beats {
    agents: Arc<PostgresCqrs<Agent>>,
    clock: Clock,
    caller: usize,
    callers: usize,
}

impl Caller for Beats {
    async fn call(&mut self, n: u64) -> Result<()> {
        let id = workload::agent(workload::turn(self.caller, self.callers, n));
        let by = workload::by_agent(&id);
        send(
            &self.agents,
            &self.clock,
            &id,
            workload::heartbeat(n).into(),
            by,
        )
        .await
    }
}

/// A new task each time.
pub struct Tasks {
    tasks: Arc<PostgresCqrs<Task>>,
    clock: Clock,
}

impl Caller for Tasks {
    async fn call(&mut self, n: u64) -> Result<()> {
        let by = workload::by_operator();
        let id = by.command_id.created("task").to_string();
        send(&self.tasks, &self.clock, &id, workload::task(n).into(), by).await
    }
}
