//! One migrated database.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, PgConnection};

use crate::migrations;
use crate::postgres::Server;

const TEMPLATE: &str = "template_pantheon";

/// A fresh database with every migration applied. A shared server lives as long as it is used.
#[derive(Clone, Debug)]
pub struct Database {
    url: String,
    _server: Option<Arc<Server>>,
}

impl Database {
    pub(crate) async fn create(
        server: &pantheon_embedded::Postgres,
        keep: Option<Arc<Server>>,
    ) -> Result<Database> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let mut admin = connect(&server.url("postgres")).await?;
        // Cloning by file copy skips the log; the template is small and never changes.
        let clone = format!("create database {name} template {TEMPLATE} strategy file_copy");
        sqlx::raw_sql(&clone)
            .execute(&mut admin)
            .await
            .context("cannot clone the template")?;
        copy_settings(&mut admin, &name).await?;
        admin.close().await?;
        Ok(Database {
            url: server.url(&name),
            _server: keep,
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

/// Makes the migrated database that all others are cloned from.
pub(crate) async fn make_template(server: &pantheon_embedded::Postgres) -> Result<()> {
    server.psql("postgres", &format!("create database {TEMPLATE}"))?;
    let mut template = connect(&server.url(TEMPLATE)).await?;
    let migrator = migrations::migrator().await?;
    migrator
        .run(&mut template)
        .await
        .context("cannot migrate the template database")?;
    template.close().await?;
    Ok(())
}

/// What a migration sets for its database, such as a search path, is no part of what is cloned.
async fn copy_settings(admin: &mut PgConnection, name: &str) -> Result<()> {
    let copy = format!(
        "do $$ declare setting text; begin
           for setting in select unnest(setconfig) from pg_db_role_setting join pg_database d
             on d.oid = setdatabase where d.datname = '{TEMPLATE}' and setrole = 0
           loop execute format('alter database %I set %I to %s', '{name}',
             split_part(setting, '=', 1), substr(setting, strpos(setting, '=') + 1));
           end loop; end $$"
    );
    sqlx::raw_sql(&copy)
        .execute(admin)
        .await
        .context("cannot copy the template's settings")?;
    Ok(())
}

async fn connect(url: &str) -> Result<PgConnection> {
    PgConnection::connect(url)
        .await
        .context("cannot connect to the test server")
}
