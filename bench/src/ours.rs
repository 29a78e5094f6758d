//! Pantheon in process: the log, its writer, the dispatchers; put together as a node does.

use std::str::FromStr;

use anyhow::{Context, Result};
use pantheon::clock::Clock;
use pantheon::domain::agents::Agent;
use pantheon::domain::tasks::Task;
use pantheon::migrations;
use pantheon::store::{Commands, Dispatcher, DispatcherOptions};
use pantheon_log::{Log, LogOptions, Writer, WriterOptions};
use sqlx::postgres::PgConnectOptions;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::load::Caller;
use crate::stage::{Stage, pool};
use crate::workload::{self, AGENTS, CALLERS};

/// A log of its own, and the way into it.
pub struct Ours {
    pub log: Log,
    pub commands: Commands,
    /// What the dispatchers were made with.
    pub options: DispatcherOptions,
    stop: CancellationToken,
    running: Vec<JoinHandle<()>>,
}

impl Ours {
    /// In a new database.
    pub async fn open(stage: &Stage, name: &str) -> Result<Self> {
        stage.database(name).await?;
        Self::reopen(stage, name).await
    }

    /// In a database that is there, with nothing in memory.
    pub async fn reopen(stage: &Stage, name: &str) -> Result<Self> {
        let url = stage.url(name);
        let pool = pool(&url).await?;
        migrations::up(&pool).await?;
        let stop = CancellationToken::new();
        let log = Log::open(pool.clone(), LogOptions::default()).await?;
        let tail = log.start(stop.clone());
        let connect = PgConnectOptions::from_str(&url)?;
        let (writer, task) = Writer::start(connect, &log, WriterOptions::default(), stop.clone());
        let options = DispatcherOptions {
            pool,
            writer,
            clock: Clock::system(),
            tracker: TaskTracker::new(),
            cached_streams: 50_000,
        };
        Ok(Self {
            log,
            commands: Commands::new(&options),
            options,
            stop,
            running: vec![tail, task],
        })
    }

    /// 512 callers, or fewer, for heartbeats.
    pub fn beats(&self, callers: usize) -> Vec<Beats> {
        (0..callers)
            .map(|caller| Beats {
                agents: self.commands.agents.clone(),
                caller,
                callers,
            })
            .collect()
    }

    /// One caller for each of so many streams.
    pub fn beats_on(&self, streams: usize, id: impl Fn(usize) -> String) -> Vec<BeatsOn> {
        (0..streams)
            .map(|n| BeatsOn {
                agents: self.commands.agents.clone(),
                id: id(n),
            })
            .collect()
    }

    /// 512 callers for new tasks.
    pub fn tasks(&self) -> Vec<Tasks> {
        (0..CALLERS)
            .map(|_| Tasks(self.commands.tasks.clone()))
            .collect()
    }

    pub async fn close(self) -> Result<()> {
        self.stop.cancel();
        for task in self.running {
            task.await?;
        }
        self.log.pool().close().await;
        Ok(())
    }
}

/// Enrols all agents.
pub async fn enrol(agents: &Dispatcher<Agent>) -> Result<()> {
    let mut running = JoinSet::new();
    for n in 0..AGENTS {
        let agents = agents.clone();
        running.spawn(async move {
            let (id, by) = (workload::agent(n), workload::by_operator());
            agents.dispatch(&id, workload::enrolment(n), by).await
        });
    }
    while let Some(done) = running.join_next().await {
        done?.context("an agent could not be enrolled")?;
    }
    Ok(())
}

/// Heartbeats for the caller's own agents.
pub struct Beats {
    agents: Dispatcher<Agent>,
    caller: usize,
    callers: usize,
}

impl Caller for Beats {
    async fn call(&mut self, n: u64) -> Result<()> {
        let id = workload::agent(workload::turn(self.caller, self.callers, n));
        let by = workload::by_agent(&id);
        self.agents
            .dispatch(&id, workload::heartbeat(n), by)
            .await?;
        Ok(())
    }
}

/// Heartbeats for one agent.
pub struct BeatsOn {
    agents: Dispatcher<Agent>,
    id: String,
}

impl Caller for BeatsOn {
    async fn call(&mut self, n: u64) -> Result<()> {
        let by = workload::by_agent(&self.id);
        self.agents
            .dispatch(&self.id, workload::heartbeat(n), by)
            .await?;
        Ok(())
    }
}

/// A new task each time.
pub struct Tasks(Dispatcher<Task>);

impl Caller for Tasks {
    async fn call(&mut self, n: u64) -> Result<()> {
        let by = workload::by_operator();
        let id = by.command_id.created("task").to_string();
        self.0.dispatch(&id, workload::task(n), by).await?;
        Ok(())
    }
}
