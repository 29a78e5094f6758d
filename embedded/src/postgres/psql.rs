//! SQL through `psql`, which comes with the server's programs.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::cluster::{self, SUPERUSER};
use super::server::Postgres;

impl Postgres {
    /// Runs SQL through `psql`, stopping at the first error, and returns the rows unaligned.
    ///
    /// # Errors
    /// What `psql` prints.
    pub fn psql(&self, database: &str, sql: &str) -> Result<String> {
        cluster::run(self.psql_command(database)?.args(["-c", sql]))
    }

    /// Runs a file of SQL through `psql`, in one transaction unless it begins with
    /// `-- no-transaction`.
    ///
    /// # Errors
    /// What `psql` prints.
    pub fn psql_file(&self, database: &str, file: &Path) -> Result<()> {
        let path =
            fs::canonicalize(file).with_context(|| format!("cannot read {}", file.display()))?;
        let text = fs::read(&path).with_context(|| format!("cannot read {}", file.display()))?;
        let mut psql = self.psql_command(database)?;
        if !text.starts_with(b"-- no-transaction") {
            psql.arg("-1");
        }
        cluster::run(psql.arg("-f").arg(path)).map(drop)
    }

    fn psql_command(&self, database: &str) -> Result<Command> {
        let mut psql = Command::new(self.binaries().dir().join("psql"));
        psql.env("PGPASSWORD", self.password())
            .env("PGOPTIONS", "--client-min-messages=warning")
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"])
            .args(["-h", "127.0.0.1", "-U", SUPERUSER])
            .args(["-p", &self.port().to_string(), "-d", database]);
        Ok(psql)
    }

    pub(super) fn ensure_database(&self) -> Result<()> {
        let Some(name) = self.first_database() else {
            return Ok(());
        };
        let exists = format!(
            "select 1 from pg_database where datname = '{}'",
            name.replace('\'', "''")
        );
        if self.psql("postgres", &exists)?.trim() != "1" {
            self.psql(
                "postgres",
                &format!("create database \"{}\"", name.replace('"', "\"\"")),
            )?;
        }
        Ok(())
    }
}
