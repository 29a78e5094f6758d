//! The checks, in the order in which one would mend them.

use std::net::SocketAddr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use pantheon_embedded::{NatsBinary, PostgresBinaries};
use pantheon_nats::{BusKeys, Credentials, ProbeError};
use sqlx::PgPool;
use tokio::net::TcpListener;

use super::{Finding, Purpose, Trouble};
use crate::auth::TokenKeys;
use crate::cli::{Exit, database};
use crate::clock::Clock;
use crate::config::Config;
use crate::identity::Github;
use crate::migrations::{self, Standing};
use crate::secrets::{self, MasterKey, SecretError};
use crate::telemetry;

const OLDEST_POSTGRES: i32 = 150_000;
const LEAST_DISK: u64 = 1024 * 1024 * 1024;

/// Looks at everything that Pantheon needs here.
pub(super) async fn all(config: &Config, purpose: Purpose) -> Vec<Finding> {
    let mut findings = vec![
        finding("log filter", log_filter(config)),
        finding("keys", keys(config)),
        finding("github", github(config)),
    ];
    match &config.database_url {
        None if purpose == Purpose::Production => {
            findings.push(finding("postgres", Err(no_database())));
        }
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
                    findings.push(finding("sealed", sealed(&pool, config).await));
                }
                findings.push(finding("clock", clock(&pool).await));
            }
        },
    }
    findings.push(finding("nats", nats(config, purpose).await));
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

fn no_database() -> Trouble {
    trouble(
        Exit::Usage,
        "DATABASE_URL is not set",
        "set DATABASE_URL to the Postgres that holds the log",
    )
}

fn log_filter(config: &Config) -> Result<String, Trouble> {
    match telemetry::read_filter(&config.log) {
        Ok(_) => Ok(config.log.clone()),
        Err(error) => Err(trouble(
            Exit::Usage,
            error.to_string(),
            "correct PANTHEON_LOG",
        )),
    }
}

/// The keys that tokens are signed with, those that seal secrets, and Pantheon's own on NATS.
fn keys(config: &Config) -> Result<String, Trouble> {
    let wrong = |error: &dyn std::fmt::Display| {
        let fix = "put the right key there, readable by its owner alone";
        trouble(Exit::Usage, error.to_string(), fix)
    };
    let token = TokenKeys::find(config.token_key.as_ref(), &config.data_dir);
    let token = token.map_err(|error| wrong(&error))?;
    let master = MasterKey::present(config.secret_key.as_ref(), &config.data_dir);
    let master = master.map_err(|error| wrong(&error))?;
    let bus = BusKeys::load(&config.bus_keys()).map_err(|error| wrong(&error))?;
    Ok(match (token.is_some(), master.is_some(), bus.is_some()) {
        (true, true, true) => "usable".to_owned(),
        _ => format!(
            "what is missing is made at the first start in {}",
            config.data_dir.join("keys").display()
        ),
    })
}

/// Whether everything in the database that is sealed can be opened.
async fn sealed(pool: &PgPool, config: &Config) -> Result<String, Trouble> {
    let fix = "configure that key, too: without it what it sealed is lost";
    let unreadable = |error: SecretError| match error {
        SecretError::Database(error) => asked(error),
        error => trouble(Exit::Usage, error.to_string(), fix),
    };
    let in_use = secrets::in_use(pool).await.map_err(unreadable)?;
    // Keys that cannot be used are a finding of their own.
    let Ok(master) = MasterKey::present(config.secret_key.as_ref(), &config.data_dir) else {
        return Ok("not looked at".to_owned());
    };
    match (master, in_use.is_empty()) {
        (_, true) => Ok("nothing is sealed yet".to_owned()),
        (None, false) => {
            let what = "secrets are sealed here, and there is no key in this data directory";
            Err(trouble(Exit::Usage, what, fix))
        }
        (Some(master), false) => {
            let checked = secrets::check(pool, &master).await;
            checked.map_err(unreadable)?;
            Ok(format!("{} keys, all configured", in_use.len()))
        }
    }
}

/// Sign-in with GitHub. Whether GitHub answers is not asked.
fn github(config: &Config) -> Result<String, Trouble> {
    match Github::of(config) {
        Ok(Some(_)) => Ok(format!("sign-in by {}", config.github_web_url.expose())),
        Ok(None) => Ok("not configured".to_owned()),
        Err(error) => {
            let fix = "correct the settings PANTHEON_GITHUB_…";
            Err(trouble(Exit::Usage, error.to_string(), fix))
        }
    }
}

async fn connect(url: &str) -> Result<PgPool, Trouble> {
    database::connect(url).await.map_err(|failure| {
        let fix = match failure.exit {
            Exit::Denied => "correct the user and the password in DATABASE_URL",
            Exit::Unreachable => "start Postgres, or correct DATABASE_URL",
            _ => "correct DATABASE_URL",
        };
        trouble(failure.exit, failure.message, fix)
    })
}

fn asked(error: sqlx::Error) -> Trouble {
    trouble(
        Exit::of_database(&error),
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

async fn nats(config: &Config, purpose: Purpose) -> Result<String, Trouble> {
    let Some(url) = &config.nats_url else {
        return match purpose {
            Purpose::Production => {
                Ok("none: NATS_URL is not set, agents cannot connect".to_owned())
            }
            Purpose::Development => private_nats(),
        };
    };
    // Keys that cannot be used are a finding of their own.
    let keys = BusKeys::load(&config.bus_keys()).ok().flatten();
    let credentials = keys.map_or(Credentials::None, |keys| keys.server_credentials());
    match pantheon_nats::probe(url.expose(), &credentials).await {
        Ok(version) => Ok(format!("version {version}, JetStream answers")),
        Err(error) => {
            let (exit, fix) = remedy(&error);
            Err(trouble(exit, error.to_string(), fix))
        }
    }
}

fn remedy(error: &ProbeError) -> (Exit, &'static str) {
    match error {
        ProbeError::Setting(_) => (Exit::Usage, "correct NATS_URL"),
        ProbeError::Unreachable(_) => (
            Exit::Unreachable,
            "start nats-server 2.14 or newer, or correct NATS_URL",
        ),
        ProbeError::Denied(_) => (
            Exit::Denied,
            "start nats-server with what `pantheon bus config` prints here; if it was, copy \
             keys/nats.json of that installation into this data directory",
        ),
        ProbeError::TooOld(_) => (Exit::Failed, "run nats-server 2.14 or newer"),
        ProbeError::NoJetStream => (
            Exit::Failed,
            "start nats-server with what `pantheon bus config` prints, or with -js",
        ),
    }
}

fn private_nats() -> Result<String, Trouble> {
    match NatsBinary::find() {
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
    }
}

async fn port(config: &Config) -> Result<String, Trouble> {
    match TcpListener::bind(config.listen).await {
        Ok(_) => Ok(format!("{} is free", config.listen)),
        Err(_) if is_pantheon(config.listen).await => {
            Ok(format!("Pantheon is serving on {}", config.listen))
        }
        Err(error) => Err(trouble(
            Exit::Failed,
            format!("{}: {error}", config.listen),
            "stop what listens there, or choose another with PANTHEON_LISTEN",
        )),
    }
}

/// Whether the one who listens there calls itself Pantheon.
async fn is_pantheon(address: SocketAddr) -> bool {
    let asked = async {
        let answer = reqwest::get(format!("http://{address}/")).await.ok()?;
        let page: serde_json::Value = answer.json().await.ok()?;
        Some(page["name"] == "pantheon")
    };
    let answered = tokio::time::timeout(Duration::from_secs(1), asked).await;
    matches!(answered, Ok(Some(true)))
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
