//! Runs a command with a throw-away Postgres: `with-postgres [migrations-dir] -- command…`.
//!
//! The command gets `DATABASE_URL`, of a database to which the directory's `*.sql` files have been
//! applied in the order of their names. It ends with the command's exit code.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use pantheon_embedded::{Postgres, PostgresOptions, RunAs};

const DATABASE: &str = "pantheon";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let mut migrations = None;
    for argument in arguments.by_ref() {
        if argument == "--" {
            let command = arguments.next().context("name a command after --")?;
            let mut command = Command::new(command);
            command.args(arguments);
            return run(migrations, command).await;
        }
        migrations = Some(PathBuf::from(argument));
    }
    bail!("usage: with-postgres [migrations-dir] -- command…")
}

async fn run(migrations: Option<PathBuf>, mut command: Command) -> Result<ExitCode> {
    let base = RunAs::unprivileged()?.temp_dir();
    let dir = tempfile::Builder::new()
        .prefix("pantheon-")
        .tempdir_in(base)?;
    let options = PostgresOptions::new(dir.path())
        .throw_away()
        .database(DATABASE);
    let mut postgres = Postgres::start(options).await?;
    if let Some(migrations) = migrations {
        migrate(&postgres, &migrations)?;
    }
    let status = command.env("DATABASE_URL", postgres.url(DATABASE)).status();
    postgres.stop().await?;
    let status = status.context("cannot run the command")?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

fn migrate(postgres: &Postgres, dir: &Path) -> Result<()> {
    let entries = dir
        .read_dir()
        .with_context(|| format!("cannot read {}", dir.display()))?;
    let mut files = entries
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    for file in files {
        postgres
            .psql_file(DATABASE, &file)
            .with_context(|| format!("migration {} failed", file.display()))?;
    }
    Ok(())
}
