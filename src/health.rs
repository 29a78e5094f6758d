//! How a node is: every part is asked, and none is waited for longer than a second (G14).

mod preflight;

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use pantheon_log::{FollowerReport, FollowerState, ReadError};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::app::App;
use crate::http::health::{Check, DatabaseStatus, Preflight, Probe};
use crate::migrations::{self, Standing};

const PATIENCE: Duration = Duration::from_secs(1);
/// Questions within this time get one answer, so that asking costs the database nothing.
const FRESH: Duration = Duration::from_millis(500);
/// The same while a part is not well: whoever waits for it hears soon that it is.
const FRESH_TROUBLE: Duration = Duration::from_millis(25);
/// How often the schema is looked at.
const LOOK_AT_SCHEMA: Duration = Duration::from_secs(2);
/// An append may take so long.
const OWED: Duration = Duration::from_secs(3);
/// A follower that works may be this far behind: with the time that an answer is kept, it is said
/// within five seconds.
const BEHIND: Duration = Duration::from_secs(4);
/// A follower in trouble may be this far behind: its error is probably not over.
const TROUBLED: Duration = Duration::from_secs(3);

/// Looks at the parts of a node.
pub struct NodeProbe {
    app: App,
    last: Mutex<Option<(Instant, Arc<[Check]>)>>,
    schema: Mutex<Schema>,
    outside: preflight::Outside,
}

/// How the schema stood when it was looked at last. The node starts on the schema of its build.
struct Schema {
    looked: Option<Instant>,
    standing: Standing,
}

impl NodeProbe {
    /// Looks at this node.
    #[must_use]
    pub fn new(app: App) -> Self {
        Self {
            app,
            last: Mutex::new(None),
            schema: Mutex::new(Schema {
                looked: None,
                standing: Standing::Current,
            }),
            outside: preflight::Outside::new(),
        }
    }

    async fn look(&self) -> Vec<Check> {
        let database = self.database_check().await;
        let migrations = self.migrations(database.ok).await;
        let mut checks = vec![database, migrations, self.integrity(), self.writer()];
        if let Some(bus) = &self.app.bus {
            let check = match bus.check() {
                Ok(()) => Check::of("nats", true, "connected"),
                Err(error) => Check::of("nats", false, error.to_string()),
            };
            checks.push(check);
        }
        let followers = self.app.health.report(&self.app.log);
        checks.extend(followers.into_iter().map(follower));
        let pulses = self.app.pulses.report(std::time::Instant::now());
        checks.extend(
            pulses
                .into_iter()
                .map(|beat| Check::of(beat.name, beat.ok, beat.message)),
        );
        if self.app.lifecycle.draining().is_cancelled() {
            checks.push(Check::of("lifecycle", false, "this node is shutting down"));
        }
        checks
    }

    async fn database_check(&self) -> Check {
        match self.database_error().await {
            None => Check::of("database", true, "answers"),
            Some(status) => Check::of(
                "database",
                false,
                format!("{status}; check DATABASE_URL and the server"),
            ),
        }
    }

    async fn database_error(&self) -> Option<&'static str> {
        match tokio::time::timeout(PATIENCE, self.app.log.database_head()).await {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(kind_of(&error)),
            Err(_) => Some("error: timeout"),
        }
    }

    /// A schema that somebody else moved, or a database of another day, is noticed while the node
    /// runs. While the database does not answer, what was last seen counts.
    async fn migrations(&self, answers: bool) -> Check {
        let mut schema = self.schema.lock().await;
        let due = schema
            .looked
            .is_none_or(|at| at.elapsed() >= LOOK_AT_SCHEMA);
        if answers && due {
            let looked = migrations::standing(self.app.log.pool());
            if let Ok(Ok(standing)) = tokio::time::timeout(PATIENCE, looked).await {
                *schema = Schema {
                    looked: Some(Instant::now()),
                    standing,
                };
            }
        }
        let (ok, message) = match schema.standing {
            Standing::Current => (true, "the schema is this build's".to_owned()),
            Standing::Behind(missing) => (
                false,
                format!("{missing} migrations are missing; run `pantheon migrate up`"),
            ),
            Standing::Ahead => (
                false,
                "a newer build has migrated this database; run that build".to_owned(),
            ),
        };
        Check::of("migrations", ok, message)
    }

    /// A log that can be read may still be one that cannot be written to: a full disk, a standby, a
    /// lock that somebody sits on.
    fn writer(&self) -> Check {
        match self.app.writer.owed() {
            Some((since, why)) if since >= OWED => {
                let since = since.as_secs();
                Check::of(
                    "writer",
                    false,
                    format!("nothing appended for {since} s: {why}"),
                )
            }
            _ => Check::of("writer", true, "appends"),
        }
    }

    fn integrity(&self) -> Check {
        let violations = self.app.log.integrity_violations();
        let message = match violations {
            0 => "every position is the one after the last".to_owned(),
            count => format!("{count} positions were missing or out of order; see the log"),
        };
        Check::of("integrity", violations == 0, message)
    }
}

#[async_trait]
impl Probe for NodeProbe {
    async fn checks(&self) -> Vec<Check> {
        let mut last = self.last.lock().await;
        match &*last {
            Some((at, checks)) if at.elapsed() < fresh(checks) => checks.to_vec(),
            _ => {
                let checks = self.look().await;
                *last = Some((Instant::now(), checks.clone().into()));
                checks
            }
        }
    }

    async fn database(&self) -> DatabaseStatus {
        let pool = self.app.log.pool();
        let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
        let status = self.database_error().await.unwrap_or("connected");
        DatabaseStatus {
            active_connections: pool.size().saturating_sub(idle),
            idle_connections: idle,
            max_connections: pool.options().get_max_connections(),
            status,
        }
    }

    async fn preflight(&self) -> (DateTime<Utc>, Vec<Preflight>) {
        let checks = self.checks().await;
        let looked = self.outside.look(&self.app, &checks).await;
        (self.app.clock.now(), looked)
    }
}

/// How long an answer may be given again.
fn fresh(checks: &[Check]) -> Duration {
    match checks.iter().all(|check| check.ok) {
        true => FRESH,
        false => FRESH_TROUBLE,
    }
}

fn follower(report: FollowerReport) -> Check {
    let age = report.oldest_age.unwrap_or_default();
    let ok = match report.state {
        FollowerState::Halted => false,
        FollowerState::Retrying => age < TROUBLED,
        FollowerState::Starting | FollowerState::Running => age < BEHIND,
        FollowerState::Paused | FollowerState::Standby => true,
    };
    let state = format!("{:?}", report.state).to_lowercase();
    let mut message = match report.error {
        Some(error) => format!("{state}: {error}"),
        None => format!("{state}, {} events behind", report.lag),
    };
    if let Some(parked) = &report.parked {
        // The others go on: the part is well, and somebody has to look at it all the same.
        message += &format!(
            "; {} streams parked, the first at position {}: {}; see `pantheon projections list`",
            parked.streams, parked.position, parked.error
        );
    }
    Check {
        oldest_age_seconds: report.oldest_age.map(|age| age.as_secs_f64()),
        position: Some(report.position),
        parked_streams: report.parked.map(|parked| parked.streams),
        ..Check::of(report.name, ok, message)
    }
}

fn kind_of(error: &ReadError) -> &'static str {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let refused = error
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
        if refused {
            return "error: refused";
        }
        cause = error.source();
    }
    "error: unreachable"
}

#[cfg(test)]
mod tests {
    use pantheon_events::Position;

    use super::*;

    fn report(state: FollowerState, age: u64) -> FollowerReport {
        FollowerReport {
            name: "relay".to_owned(),
            state,
            position: Position::new(1),
            lag: 1,
            oldest_age: Some(Duration::from_secs(age)),
            error: None,
            parked: None,
        }
    }

    #[test]
    fn a_follower_is_judged_by_the_age_of_its_oldest_event() {
        for (state, age, ok) in [
            (FollowerState::Running, 3, true),
            (FollowerState::Running, 5, false),
            (FollowerState::Retrying, 2, true),
            (FollowerState::Retrying, 4, false),
            (FollowerState::Halted, 0, false),
            (FollowerState::Standby, 99, true),
        ] {
            assert_eq!(follower(report(state, age)).ok, ok, "{state:?} {age}");
        }
    }
}
