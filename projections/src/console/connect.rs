//! The role that asks, and its connections: a new one for each question, at most two at a time, so
//! that nothing of one question is left for the next.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use pantheon_events::TenantId;
use pantheon_log::pool::within;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, Executor, PgConnection};
use tokio::sync::{Mutex, Semaphore};

use super::ConsoleError;
use super::views::{HIDDEN, VIEWS};
use crate::Reads;

/// Questions at a time.
const PLACES: usize = 2;
/// For a free place.
const PATIENCE: Duration = Duration::from_millis(800);
/// For a connection, and for what is said on it beside the question.
const OPENING: Duration = Duration::from_secs(3);
/// What Postgres says to a password that is not the role's (any more), and to a role it has not.
const NOT_LET_IN: [&str; 2] = ["28P01", "28000"];

/// Asks for tenants. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Console {
    pub(super) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    options: PgConnectOptions,
    password: secret::Password,
    pub(super) reads: Reads,
    pub(super) most_cost: f64,
    places: Semaphore,
    /// The role's name, once this node has let it in.
    role: Mutex<Option<String>>,
}

mod secret {
    /// A password that no log shows.
    pub(super) struct Password(pub(super) String);

    impl std::fmt::Debug for Password {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Password")
        }
    }
}

/// An open connection that asks for one tenant.
pub(super) struct Session {
    pub(super) db: PgConnection,
    pid: i32,
}

impl Console {
    /// Asks on the database of `options`, whose user owns the read models. `password` is the role's:
    /// the same on every node of a log. A question may cost the planner's `most_cost`.
    #[must_use]
    pub fn new(
        options: &PgConnectOptions,
        reads: &Reads,
        password: String,
        most_cost: u64,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                options: options.clone(),
                password: secret::Password(password),
                reads: reads.clone(),
                most_cost: most_cost as f64,
                places: Semaphore::new(PLACES),
                role: Mutex::new(None),
            }),
        }
    }

    /// Asks on a connection of its own, which is gone afterwards, whatever became of the question.
    pub(super) async fn ask<T, F>(
        &self,
        tenant: TenantId,
        limit: Duration,
        question: impl FnOnce(PgConnection) -> F,
    ) -> Result<T, ConsoleError>
    where
        F: Future<Output = Result<T, ConsoleError>>,
    {
        let place = tokio::time::timeout(PATIENCE, self.inner.places.acquire()).await;
        // The semaphore is never closed.
        let Ok(Ok(_place)) = place else {
            return Err(ConsoleError::Busy);
        };
        let Session { db, pid } = self.inner.open(tenant).await?;
        let answer = match tokio::time::timeout(limit, question(db)).await {
            Ok(answer) => answer,
            Err(_) => Err(ConsoleError::TimedOut),
        };
        self.inner.close(pid).await;
        answer
    }
}

impl Inner {
    async fn open(&self, tenant: TenantId) -> Result<Session, ConsoleError> {
        let role = self.admitted().await?;
        self.see_to_views(&role).await?;
        let mut db = match self.connect(&role).await {
            Err(error) if is_shut_out(&error) => {
                // Another key of the installation has changed the password since.
                let role = self.admit().await?;
                self.connect(&role).await.map_err(ConsoleError::Closed)?
            }
            other => other?,
        };
        let pid = within(
            OPENING,
            sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut db),
        );
        let pid: i32 = pid.await?;
        sqlx::query!(
            "insert into console_connections (pid, tenant) values ($1, $2) \
             on conflict (pid) do update set tenant = excluded.tenant",
            pid,
            tenant.as_uuid(),
        )
        .execute(self.reads.pool())
        .await?;
        Ok(Session { db, pid })
    }

    /// The connection is gone by now, or nobody waits for it any more.
    async fn close(&self, pid: i32) {
        let ended = sqlx::query!(
            "with gone as (delete from console_connections where pid = $1) \
             select pg_terminate_backend($1) from pg_stat_activity \
             where pid = $1 and application_name = 'pantheon-console'",
            pid,
        )
        .fetch_all(self.reads.pool())
        .await;
        if let Err(error) = ended {
            // The next connection under this number is written anew before anything is asked on it.
            tracing::warn!(%error, "a console's connection ends by its own time limit");
        }
    }

    async fn admitted(&self) -> Result<String, ConsoleError> {
        let known = self.role.lock().await.clone();
        match known {
            Some(role) => Ok(role),
            None => self.admit().await,
        }
    }

    async fn admit(&self) -> Result<String, ConsoleError> {
        let mut role = self.role.lock().await;
        let name = sqlx::query_scalar!(r#"select console_admit($1) as "name!""#, self.password.0)
            .fetch_one(self.reads.pool())
            .await;
        let name = name.map_err(|error| match error {
            sqlx::Error::Database(_) => ConsoleError::Closed(error),
            other => ConsoleError::Unavailable(other),
        })?;
        *role = Some(name.clone());
        Ok(name)
    }

    async fn see_to_views(&self, role: &str) -> Result<(), ConsoleError> {
        let owned = |names: &[&str]| {
            names
                .iter()
                .map(|&name| name.to_owned())
                .collect::<Vec<_>>()
        };
        sqlx::query!(
            "select console_views($1, $2, $3)",
            &owned(VIEWS),
            &owned(HIDDEN),
            role,
        )
        .fetch_one(self.reads.pool())
        .await?;
        Ok(())
    }

    async fn connect(&self, role: &str) -> Result<PgConnection, sqlx::Error> {
        let options = self
            .options
            .clone()
            .username(role)
            .password(&self.password.0)
            .application_name("pantheon-console")
            // The role has these settings too; an address with options of its own would win over them.
            .options([
                ("search_path", "console"),
                ("statement_timeout", "5s"),
                ("default_transaction_read_only", "on"),
            ]);
        within(OPENING, PgConnection::connect_with(&options)).await
    }
}

fn is_shut_out(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|said| said.code());
    code.is_some_and(|code| NOT_LET_IN.contains(&code.as_ref()))
}

/// Begins the transaction in which a question is asked.
pub(super) async fn begin(db: &mut PgConnection) -> Result<(), ConsoleError> {
    db.execute("begin transaction isolation level repeatable read read only")
        .await?;
    Ok(())
}
