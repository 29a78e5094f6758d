//! One migrated database.

use std::path::Path;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, PgConnection};

use crate::migrations;
use crate::postgres::Server;

/// Any number that all test processes agree on: who holds it makes or clones the template.
const TEMPLATE_LOCK: i64 = 0x70_616e_7468;

/// A fresh database with every migration applied. It keeps its server alive.
#[derive(Clone, Debug)]
pub struct Database {
    url: String,
    _server: Option<Arc<Server>>,
}

impl Database {
    pub(crate) async fn create(server_url: &str, server: Option<Arc<Server>>) -> Result<Database> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", process::id());
        let template = prepare_template(server_url).await?;
        let mut admin = connect(server_url).await?;
        drop_abandoned(&mut admin).await;
        // Cloning by file copy skips the log; the template is small and never changes.
        let clone = format!("create database {name} template {template} strategy file_copy");
        sqlx::raw_sql(&clone)
            .execute(&mut admin)
            .await
            .context("cannot clone the template")?;
        admin.close().await?;
        Ok(Database {
            url: with_database(server_url, &name),
            _server: server,
        })
    }

    /// The connection URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A pool of at most `size` connections, as the server opens its own.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn pool(&self, size: u32) -> Result<PgPool> {
        PgPoolOptions::new()
            .max_connections(size)
            .acquire_timeout(Duration::from_secs(10))
            .test_before_acquire(false)
            .connect_with(self.connect_options()?)
            .await
            .context("cannot connect to the test database")
    }

    /// Options for connections of one's own.
    ///
    /// # Errors
    /// Never for a URL that the harness made.
    pub fn connect_options(&self) -> Result<PgConnectOptions> {
        Ok(self.url.parse()?)
    }
}

/// Makes the migrated template database of this server unless it is there, and returns its name.
pub(crate) async fn prepare_template(server_url: &str) -> Result<String> {
    let migrator = migrations::migrator().await?;
    let name = format!("template_{}", migrations::fingerprint(&migrator));
    let mut admin = connect(server_url).await?;
    sqlx::query("select pg_advisory_lock($1)")
        .bind(TEMPLATE_LOCK)
        .execute(&mut admin)
        .await?;
    let ready: Option<bool> =
        sqlx::query_scalar("select datistemplate from pg_database where datname = $1")
            .bind(&name)
            .fetch_optional(&mut admin)
            .await?;
    if ready != Some(true) {
        let remake = [
            format!("drop database if exists {name}"),
            format!("create database {name}"),
        ];
        for statement in remake {
            sqlx::raw_sql(&statement).execute(&mut admin).await?;
        }
        let mut template = connect(&with_database(server_url, &name)).await?;
        migrator
            .run(&mut template)
            .await
            .context("cannot migrate the template database")?;
        template.close().await?;
        let seal = format!("alter database {name} is_template true allow_connections false");
        sqlx::raw_sql(&seal).execute(&mut admin).await?;
    }
    // Closing the connection frees the lock.
    admin.close().await?;
    Ok(name)
}

/// Drops databases of test processes that have ended. Two tests may try the same one; either way
/// it goes.
async fn drop_abandoned(admin: &mut PgConnection) {
    let names: Vec<String> =
        sqlx::query_scalar("select datname from pg_database where datname like 'test\\_%'")
            .fetch_all(&mut *admin)
            .await
            .unwrap_or_default();
    for name in names.iter().filter(|name| is_abandoned(name)) {
        let statement = format!("drop database if exists {name} with (force)");
        let _ = sqlx::raw_sql(&statement).execute(&mut *admin).await;
    }
}

fn is_abandoned(database: &str) -> bool {
    let pid = database.split('_').nth(1).unwrap_or_default();
    Path::new("/proc/self").exists() && !Path::new("/proc").join(pid).exists()
}

async fn connect(url: &str) -> Result<PgConnection> {
    PgConnection::connect(url)
        .await
        .context("cannot connect to the test server")
}

fn with_database(url: &str, name: &str) -> String {
    let server = url.rsplit_once('/').map_or(url, |(server, _)| server);
    format!("{server}/{name}")
}
