//! Connections whose every statement has an end.
//!
//! The driver waits for an answer for ever, also when the link has fallen silent and the server will
//! never speak again; and it tests a connection that is given back, without a limit of its own, so
//! that even a caller who stops waiting leaves a place of the pool taken. Here a statement that takes
//! too long fails, and its connection is thrown away.

use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt, TryFutureExt, TryStreamExt};
use sqlx::pool::{PoolConnection, PoolConnectionMetadata};
use sqlx::postgres::{PgQueryResult, PgRow, PgStatement, PgTypeInfo};
use sqlx::{
    Connection, Describe, Either, Error, Execute, Executor, PgConnection, PgPool, Postgres,
};
use tokio::time::timeout;

/// How long a statement may take, with all its rows.
pub const STATEMENT: Duration = Duration::from_secs(10);
/// How long a connection may take to show that it is whole when it is given back.
const GIVE_BACK: Duration = Duration::from_secs(5);
/// After so much idle time a connection may have died unseen …
const IDLE: Duration = Duration::from_secs(1);
/// … and shows within this that it lives.
const ALIVE: Duration = Duration::from_secs(1);

/// A pool for single statements. Cheap to clone. Transactions take the pool inside, in a task of their
/// own.
#[derive(Clone, Debug)]
pub struct Pool {
    inner: PgPool,
    limit: Duration,
}

impl Pool {
    /// Statements over `pool` that end after [`STATEMENT`].
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self {
            inner: pool,
            limit: STATEMENT,
        }
    }

    /// The pool inside, whose statements have no end of their own.
    #[must_use]
    pub fn unbounded(&self) -> &PgPool {
        &self.inner
    }

    /// A connection for several statements; [`Borrowed::keep`] gives it back.
    ///
    /// # Errors
    /// None was free, or could be made, in the pool's time.
    pub async fn acquire(&self) -> Result<Borrowed, Error> {
        Ok(Borrowed {
            connection: Some(self.inner.acquire().await?),
        })
    }

    /// Waits for what is asked on a connection, for as long as a statement may take.
    ///
    /// # Errors
    /// What `work` says; [`Error::Io`] of the kind `TimedOut` after the limit.
    pub async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        within(self.limit, work).await
    }
}

/// Waits for an answer of the database, for so long.
///
/// # Errors
/// What `work` says; [`Error::Io`] of the kind `TimedOut` after the limit.
pub async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match timeout(limit, work).await {
        Ok(done) => done,
        Err(_) => Err(Error::Io(std::io::Error::new(
            std::io::ErrorKind::TimedOut,
            format!("the database gave no answer within {limit:?}"),
        ))),
    }
}

/// How long a statement took, without the wait for a connection.
async fn measured<T>(asked: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let answer = asked.await;
    metrics::histogram!("db_query_duration_seconds").record(begun.elapsed());
    answer
}

/// For `PoolOptions::before_acquire`: a connection that lay idle shows that it is alive first. A ping
/// costs as much as a small query, so it is asked only after a pause.
pub fn alive(
    connection: &mut PgConnection,
    meta: PoolConnectionMetadata,
) -> BoxFuture<'_, Result<bool, Error>> {
    async move {
        if meta.idle_for > IDLE {
            within(ALIVE, connection.ping()).await?;
        }
        Ok(true)
    }
    .boxed()
}

/// For `PoolOptions::after_release`, on pools whose connections are given back by others than
/// [`Borrowed`]: one that does not answer is closed, and does not keep its place.
pub fn whole(
    connection: &mut PgConnection,
    _: PoolConnectionMetadata,
) -> BoxFuture<'_, Result<bool, Error>> {
    async move {
        within(GIVE_BACK, connection.ping()).await?;
        Ok(true)
    }
    .boxed()
}

/// A connection of a [`Pool`]. Dropped without [`keep`](Self::keep) it is thrown away: nobody knows
/// what is still under way on it.
#[derive(Debug)]
pub struct Borrowed {
    connection: Option<PoolConnection<Postgres>>,
}

impl Borrowed {
    /// Gives it back: everything that was asked on it was answered.
    pub fn keep(mut self) {
        if let Some(mut connection) = self.connection.take() {
            // What `drop` would do, but not for ever.
            tokio::spawn(timeout(GIVE_BACK, connection.return_to_pool()));
        }
    }
}

impl Deref for Borrowed {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.connection
            .as_ref()
            .expect("it is taken out only by `keep` and `drop`")
    }
}

impl DerefMut for Borrowed {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.connection
            .as_mut()
            .expect("it is taken out only by `keep` and `drop`")
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            // Detached it is closed at once, without a word to a server that may not listen, and the
            // pool may open another in its place.
            drop(connection.detach());
        }
    }
}

impl<'p> Executor<'p> for &Pool {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, Result<Either<PgQueryResult, PgRow>, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let pool = self.clone();
        let rows = async move {
            let mut connection = pool.acquire().await?;
            let all = connection.fetch_many(query).try_collect::<Vec<_>>();
            let all = measured(within(pool.limit, all)).await?;
            connection.keep();
            Ok(stream::iter(all.into_iter().map(Ok)))
        };
        rows.try_flatten_stream().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let pool = self.clone();
        async move {
            let mut connection = pool.acquire().await?;
            let row = measured(within(pool.limit, connection.fetch_optional(query))).await?;
            connection.keep();
            Ok(row)
        }
        .boxed()
    }

    fn prepare_with<'e, 'q: 'e>(
        self,
        sql: &'q str,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement<'q>, Error>>
    where
        'p: 'e,
    {
        let pool = self.clone();
        async move { within(pool.limit, pool.inner.prepare_with(sql, parameters)).await }.boxed()
    }

    fn describe<'e, 'q: 'e>(self, sql: &'q str) -> BoxFuture<'e, Result<Describe<Postgres>, Error>>
    where
        'p: 'e,
    {
        let pool = self.clone();
        async move { within(pool.limit, pool.inner.describe(sql)).await }.boxed()
    }
}
