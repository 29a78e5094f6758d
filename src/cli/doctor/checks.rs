//! The checks, in the order in which one would mend them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use pantheon_embedded::{NatsBinary, PostgresBinaries};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::net::TcpListener;

use super::{Finding, Trouble};
use crate::cli::Exit;
use crate::clock::Clock;
use crate::config::Config;
use crate::migrations::{self, Standing};

const OLDEST_POSTGRES: i32 = 150_000;
const LEAST_DISK: u64 = 1024 * 1024 * 1024;

/// Looks at everything that Pantheon needs here.
pub(super) async fn all(config: &Config) -> Vec<Finding> {
    let mut findings = vec![];
    match &config.database_url {
        None => findings.push(finding("postgres", private_postgres())),
        Some(url) => match connect(url.expose()).await {
            Err(trouble) => findings.push(finding("postgres", Err(trouble))),
            Ok(pool) => {
                findings.push(finding("postgres", version(&pool).await));
                findings.push(finding("rights", rights(&pool).await));
                let schema = schema(&pool).await;
                let migrated = schema.is_ok();
                findings.push(finding("migrations", schema));
                if migrated {
                    findings.push(finding("log", log(&pool).await));
                }
                findings.push(finding("clock", clock(&pool).await));
            }
        },
    }
    findings.push(finding("nats", nats(config).await));
    findings.push(finding("port", port(config).await));
    findings.push(finding("disk", disk(config)));
    findings
}

fn finding(name: &'static str, result: Result<String, Trouble>) -> Finding {
    Finding { name, result }
}

fn trouble(exit: Exit, what: impl Into<String>, fix: impl Into<String>) -> Trouble {
    Trouble {
        what: what.into(),
        fix: fix.into(),
        exit,
    }
}

fn private_postgres() -> Result<String, Trouble> {
    match PostgresBinaries::find() {
        Ok(found) => Ok(format!(
            "private, {} in {}",
            found.version(),
            found.dir().display()
        )),
        Err(error) => Err(trouble(
            Exit::Failed,
            format!("{error:#}"),
            "run `make setup`, or set DATABASE_URL to a Postgres 15 or newer",
        )),
    }
}

async fn connect(url: &str) -> Result<PgPool, Trouble> {
    let options = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(5));
    options.connect(url).await.map_err(|error| {
        let fix = "start Postgres, or correct DATABASE_URL";
        trouble(Exit::Unreachable, format!("not reachable: {error}"), fix)
    })
}

fn asked(error: sqlx::Error) -> Trouble {
    trouble(
        Exit::Unreachable,
        format!("a question was not answered: {error}"),
        "look at Postgres' log",
    )
}

async fn version(pool: &PgPool) -> Result<String, Trouble> {
    let number = sqlx::query_scalar!("select current_setting('server_version_num')::int")
        .fetch_one(pool)
        .await
        .map_err(asked)?
        .unwrap_or_default();
    if number < OLDEST_POSTGRES {
        let fix = "move to Postgres 15 or newer";
        return Err(trouble(
            Exit::Failed,
            format!("version {number} is too old"),
            fix,
        ));
    }
    Ok(format!("version {}.{}", number / 10_000, number % 10_000))
}

async fn rights(pool: &PgPool) -> Result<String, Trouble> {
    let may = sqlx::query_scalar!("select has_database_privilege(current_database(), 'CREATE')")
        .fetch_one(pool)
        .await
        .map_err(asked)?;
    if may == Some(true) {
        return Ok("may create schemas".to_owned());
    }
    let fix = "grant create on database … to this user";
    Err(trouble(
        Exit::Denied,
        "this user may not create schemas in this database",
        fix,
    ))
}

async fn schema(pool: &PgPool) -> Result<String, Trouble> {
    match migrations::standing(pool).await.map_err(asked)? {
        Standing::Current => Ok("current".to_owned()),
        Standing::Behind(missing) => Err(trouble(
            Exit::Behind,
            format!("{missing} migrations are missing"),
            "run `pantheon migrate up`",
        )),
        Standing::Ahead => Err(trouble(
            Exit::Failed,
            "migrated by a newer build",
            "run that build, or a newer one",
        )),
    }
}

async fn log(pool: &PgPool) -> Result<String, Trouble> {
    let options = pool.connect_options().as_ref().clone();
    let found = pantheon_log::doctor::unsafe_settings(options)
        .await
        .map_err(asked)?;
    match found.is_empty() {
        true => Ok("durable, guarded, without a hole at its end".to_owned()),
        false => Err(trouble(
            Exit::Failed,
            found.join("; "),
            "mend that before `serve`",
        )),
    }
}

async fn clock(pool: &PgPool) -> Result<String, Trouble> {
    let theirs: Option<DateTime<Utc>> = sqlx::query_scalar!("select clock_timestamp()")
        .fetch_one(pool)
        .await
        .map_err(asked)?;
    let apart = theirs.map_or(0, |time| (time - Clock::system().now()).num_seconds().abs());
    if apart <= 5 {
        return Ok(format!("{apart} s from the database's"));
    }
    let what = format!("{apart} s from the database's clock");
    Err(trouble(
        Exit::Failed,
        what,
        "run a time service (chrony, systemd-timesyncd) on both",
    ))
}

async fn nats(config: &Config) -> Result<String, Trouble> {
    let Some(url) = &config.nats_url else {
        return match NatsBinary::find() {
            Ok(found) => Ok(format!(
                "private, {} at {}",
                found.version(),
                found.path().display()
            )),
            Err(error) => Err(trouble(
                Exit::Failed,
                format!("{error:#}"),
                "run `make setup`, or set NATS_URL to a nats-server 2.14 or newer with JetStream",
            )),
        };
    };
    let fix = "start nats-server 2.14 or newer with JetStream and the configuration of \
               docs/OPERATIONS.md, or correct NATS_URL";
    let settings = crate::cli::serve::bus(config)
        .map_err(|failure| trouble(Exit::Failed, failure.message, fix))?
        .ok_or_else(|| trouble(Exit::Failed, "NATS_URL is not set", fix))?;
    let options =
        pantheon_nats::BusOptions::new(url.expose(), settings.keys.server_credentials(), "doctor");
    let away = |error: pantheon_nats::BusError| trouble(Exit::Unreachable, error.to_string(), fix);
    let bus = pantheon_nats::Bus::start(options).await.map_err(away)?;
    bus.ready(Duration::from_secs(5)).await.map_err(away)?;
    let mirror =
        pantheon_nats::Mirror::new(bus.clone(), pantheon_nats::topology::Topology::default());
    let seen = mirror.seen().await;
    bus.close().await;
    seen.map(|_| "reachable, JetStream answers".to_owned())
        .map_err(|error| trouble(Exit::Unreachable, error.to_string(), fix))
}

async fn port(config: &Config) -> Result<String, Trouble> {
    match TcpListener::bind(config.listen).await {
        Ok(_) => Ok(format!("{} is free", config.listen)),
        Err(error) => Err(trouble(
            Exit::Failed,
            format!("{}: {error}", config.listen),
            "stop what listens there, or choose another with PANTHEON_LISTEN",
        )),
    }
}

fn disk(config: &Config) -> Result<String, Trouble> {
    let at = std::path::absolute(&config.data_dir).unwrap_or_else(|_| config.data_dir.clone());
    let Ok(disks) = sysinfo::Disks::new_with_refreshed_list() else {
        return Ok("unknown".to_owned());
    };
    let holding = disks
        .iter()
        .filter(|disk| at.starts_with(disk.mount_point()));
    let Some(disk) = holding.max_by_key(|disk| disk.mount_point().as_os_str().len()) else {
        return Ok("unknown".to_owned());
    };
    let free = disk.available_space();
    let detail = format!("{} MiB free at {}", free / 1024 / 1024, at.display());
    if free >= LEAST_DISK {
        return Ok(detail);
    }
    Err(trouble(
        Exit::Failed,
        detail,
        "free at least 1 GiB, or move PANTHEON_DATA_DIR",
    ))
}
