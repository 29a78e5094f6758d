//! A node that answers queries only. It follows no log while nobody asks (Lambda stops the process
//! between two questions), so it catches up before every answer.

use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnectOptions;
use tokio::time::{Instant, sleep};

use super::{Kind, admit, assemble, belong, check_schema, keep_revoked_fresh, pool_of, take_back};
use crate::app::App;
use crate::audit::Trail;
use crate::clock::Clock;
use crate::config::{Config, Parts};
use crate::health::NodeProbe;
use crate::http::{Doors, routes_of};

/// What decides who may see what; each follows the log into memory.
const FOLLOWED: [&str; 3] = ["admissions", "accounts", "members"];
/// How long an answer waits for them.
const PATIENCE: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(5);

/// The read side of an installation.
pub struct Queries {
    app: App,
    router: Router,
}

impl Queries {
    /// Opens the database that `DATABASE_URL` names, with two connections at most: one for the log and
    /// one for the read models.
    ///
    /// # Errors
    /// A setting is missing; the database does not answer or has another schema.
    pub async fn open(mut config: Config) -> Result<Self> {
        let database = config.database_url.clone();
        let database =
            database.context("DATABASE_URL is not set; name the Postgres that holds the log")?;
        config.parts = Parts {
            api: true,
            projector: false,
            relay: false,
            live: false,
        };
        config.database_connections = 1;
        let connect = PgConnectOptions::from_str(database.expose())
            .context("DATABASE_URL is not a Postgres URL")?
            .application_name("pantheon-lambda");
        let pool = pool_of(&config, &connect);
        check_schema(&pool).await?;
        let clock = Clock::system();
        // Nobody takes down what the trail notes: refusals are on record where commands are taken.
        let (trail, _) = Trail::new(clock.clone());
        let app = assemble(Kind::Queries, clock, config, pool, &connect, None, trail).await?;
        keep_revoked_fresh(&app);
        admit(&app);
        take_back(&app);
        belong(&app);
        let probe = std::sync::Arc::new(NodeProbe::new(app.clone()));
        let doors = Doors::new(&app.config, app.auth.clone(), probe, None).only_queries();
        let router = routes_of(app.config.parts).build(app.clone(), &doors)?;
        Ok(Self { app, router })
    }

    /// The service behind every request.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// The time by the node's clock.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    /// Waits until memory has everything that is committed now: who may see what is decided by it.
    /// False when that cannot be had.
    pub async fn catch_up(&self) -> bool {
        let until = Instant::now() + PATIENCE;
        let Ok(head) = self.app.log.database_head().await else {
            return false;
        };
        self.app.log.wake();
        let revoked = self.app.auth.revoked();
        if let Err(error) = revoked.refresh(self.app.log.statements()).await {
            tracing::warn!(%error, "the revoked tokens cannot be read");
            return false;
        }
        let behind = |name: &str| {
            let follower = self.app.health.get(name);
            follower.is_none_or(|follower| follower.position() < head)
        };
        while FOLLOWED.iter().any(|name| behind(name)) {
            if Instant::now() >= until {
                return false;
            }
            sleep(LOOK).await;
        }
        true
    }
}
