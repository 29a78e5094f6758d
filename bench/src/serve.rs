//! `pantheon serve` as a process of its own: what it takes of memory and time is its alone.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use pantheon::auth::{Auth, Revoked, Role, TokenKeys};
use pantheon::clock::Clock;
use pantheon_events::TenantId;
use pantheon_harness::Process;
use serde::Deserialize;

use crate::connection::{Asking, Beats};
use crate::served::{CONNECTIONS, env};
use crate::stage::Stage;
use crate::workload;

const PATIENCE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);
const LOOK: Duration = Duration::from_millis(2);
const SOON: Duration = Duration::from_millis(100);

/// The longest wait for followers on a long log.
const CATCH_UP: Duration = Duration::from_secs(3_600);

/// What `/readyz?verbose` says, as much of it as is needed here.
#[derive(Deserialize)]
struct Told {
    checks: Vec<Check>,
}

#[derive(Deserialize)]
struct Check {
    position: Option<String>,
}

/// The process.
pub struct Serve {
    process: Process,
    pub address: SocketAddr,
    auth: Auth,
    /// From its start until `/readyz` said yes.
    pub took: Duration,
}

impl Serve {
    /// Starts it on a database that is there, and waits until it is ready.
    pub async fn start(stage: &Stage, name: &str, url: &str) -> Result<Self> {
        let dir = stage.dir().join(format!("serve-{name}"));
        std::fs::create_dir_all(&dir)?;
        let keys = TokenKeys::open(None, &dir)?;
        let auth = Auth::new(keys, Clock::system(), Revoked::default());
        let mut env = env(&dir.display().to_string(), "api,projector,live");
        env.insert("DATABASE_URL".to_owned(), url.to_owned());
        let started = Instant::now();
        let process = Process::start(binary()?, ["serve"], env)?;
        let url = process.ready(PATIENCE).await?;
        let address = url.trim_start_matches("http://").parse()?;
        let mut serve = Self {
            process,
            address,
            auth,
            took: Duration::ZERO,
        };
        serve.ready().await?;
        serve.took = started.elapsed();
        Ok(serve)
    }

    async fn ready(&self) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        loop {
            let mut asking = Asking::open(self.address, "/readyz", "").await?;
            match asking.ask().await {
                Ok(_) => return Ok(()),
                Err(error) if Instant::now() > until => return Err(error.context("not ready")),
                Err(_) => tokio::time::sleep(LOOK).await,
            }
        }
    }

    /// Waits until every follower of the node has gone over so many events.
    pub async fn caught_up(&self, events: i64) -> Result<()> {
        let until = Instant::now() + CATCH_UP;
        loop {
            let behind = self.behind(events).await;
            match behind {
                Ok(0) => return Ok(()),
                Err(error) if Instant::now() > until => return Err(error),
                Ok(behind) => ensure!(
                    Instant::now() < until,
                    "{behind} followers do not get to {events}"
                ),
                // Not well: something is so far behind that the node says so.
                Err(_) => {}
            }
            tokio::time::sleep(SOON).await;
        }
    }

    /// How many followers have not gone over so many events.
    async fn behind(&self, events: i64) -> Result<usize> {
        let mut asking = Asking::open(self.address, "/readyz?verbose", &self.operator()).await?;
        let told: Told = serde_json::from_slice(asking.ask().await?)?;
        let behind = told.checks.iter().filter(|check| {
            let position = check.position.as_ref().map(|at| at.parse::<i64>());
            position.is_some_and(|at| at.unwrap_or_default() < events)
        });
        Ok(behind.count())
    }

    /// A token with which everything may be seen.
    pub fn operator(&self) -> String {
        let tenant = TenantId::default_organization();
        let issued = self.auth.issue_operator("bench", tenant, Role::Admin, DAY);
        issued.token
    }

    /// Connections of as many agents.
    pub async fn beats(&self, count: usize) -> Result<Vec<Beats>> {
        ensure!(count <= CONNECTIONS, "an agent for each connection");
        let mut all = Vec::with_capacity(count);
        for n in 0..count {
            let (agent, tenant) = (
                workload::agent(n).parse()?,
                TenantId::default_organization(),
            );
            let token = self.auth.issue_agent(agent, tenant, DAY).token;
            all.push(Beats::open(self.address, n, &token).await?);
        }
        Ok(all)
    }

    /// Resident memory now, and at the most so far, in MiB.
    pub fn memory(&self) -> Result<(f64, f64)> {
        let pid = self.process.pid().context("the server has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let field = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name));
            let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
            Ok::<_, anyhow::Error>(kib.with_context(|| format!("no {name}"))? / 1024.0)
        };
        Ok((field("VmRSS:")?, field("VmHWM:")?))
    }

    pub async fn stop(mut self) -> Result<()> {
        self.process.terminate(PATIENCE).await.map(drop)
    }
}

/// The program beside this one, from the same build.
fn binary() -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("pantheon");
    ensure!(
        path.exists(),
        "{} is missing: run this through `make bench`, which builds both",
        path.display()
    );
    Ok(path)
}
