//! One worker at a time, over all nodes.
//!
//! Shape: a row per worker; it is taken by compare-and-swap and renewed every second.
//! Ordering: none needed; every sink is a compare-and-swap on position, so two workers at once
//! waste work and harm nothing.
//! Delivery: a lease that is not renewed for four seconds is free; another node takes it within
//! five.
//! On failure: a holder that cannot renew stops its work before the lease can be taken; one whose
//! work has ended by itself gives the lease back and leaves the work to others for a while.

use std::future::Future;
use std::time::Duration;

use pantheon_log::{Pool, outside_words};
use sqlx::PgPool;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::pulse::Pulse;

/// What the node calls the asking for leases, all of them together.
pub const LEASES: &str = "leases";
/// A node that could not ask for so long is not well: nobody may work, or two nodes do.
pub const LEASES_WITHIN: Duration = Duration::from_secs(5);

const RENEW: Duration = Duration::from_secs(1);
const TERM: Duration = Duration::from_secs(4);

/// The name of a single worker and who asks for it.
#[derive(Clone, Debug)]
pub struct Lease {
    pool: Pool,
    name: String,
    holder: String,
    pulse: Pulse,
}

impl Lease {
    /// `name` is the worker's, `holder` the node's; `pulse` hears whether leases can be asked for.
    pub fn new(
        pool: PgPool,
        name: impl Into<String>,
        holder: impl Into<String>,
        pulse: Pulse,
    ) -> Self {
        Self {
            pool: Pool::new(pool),
            name: name.into(),
            holder: holder.into(),
            pulse,
        }
    }

    /// Takes or renews the lease, and says whether that could be asked.
    async fn ask(&self) -> Result<bool, sqlx::Error> {
        let taken = self.take().await;
        match &taken {
            Ok(_) => self.pulse.beat(),
            Err(error) => self.pulse.failed(outside_words(error)),
        }
        taken
    }

    /// Takes or renews the lease; false when another node holds it.
    async fn take(&self) -> Result<bool, sqlx::Error> {
        let row = sqlx::query_scalar!(
            "insert into leases (name, holder, until) \
             values ($1, $2, clock_timestamp() + make_interval(secs => $3)) \
             on conflict (name) do update set holder = excluded.holder, until = excluded.until \
             where leases.holder = excluded.holder or leases.until < clock_timestamp() \
             returning name",
            self.name,
            self.holder,
            TERM.as_secs_f64(),
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.is_some())
    }

    /// Gives the lease back, so that another node need not wait for its end.
    async fn release(&self) {
        let freed = sqlx::query!(
            "delete from leases where name = $1 and holder = $2",
            self.name,
            self.holder
        )
        .execute(&self.pool)
        .await;
        if let Err(error) = freed {
            tracing::debug!(lease = self.name, %error, "a lease was left to run out");
        }
    }
}

/// Runs `work` whenever this node holds the lease, until `stop`. `work` gets a token that is
/// cancelled when the lease is lost, and must end then; if it ends earlier, this node asks for the
/// lease again after `rest`. `standby` is told while another node works.
pub async fn while_leader<W, F>(
    lease: Lease,
    stop: CancellationToken,
    rest: Duration,
    standby: impl Fn(),
    work: W,
) where
    W: Fn(CancellationToken) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let mut pause = Duration::ZERO;
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => break,
            () = sleep(pause) => {}
        }
        pause = RENEW;
        // The term is counted from the question: the row may say so much by the time of the answer.
        let asked = Instant::now();
        match timeout(TERM, lease.ask()).await {
            Ok(Ok(true)) => {
                if term(&lease, asked + TERM, &stop, &work).await {
                    pause = rest;
                }
            }
            Ok(Ok(false)) => standby(),
            Ok(Err(error)) => {
                tracing::debug!(lease = lease.name, %error, "no lease without the database");
            }
            Err(_) => tracing::debug!(lease = lease.name, "the database does not answer"),
        }
    }
}

/// One stay in office: work, and renew until that fails for as long as the lease lasts. True = the
/// work ended by itself.
async fn term<W, F>(lease: &Lease, until: Instant, stop: &CancellationToken, work: &W) -> bool
where
    W: Fn(CancellationToken) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let token = stop.child_token();
    let mut running = tokio::spawn(work(token.clone()));
    let mut until = until;
    let mut ended_by_itself = false;
    let mut ticks = interval(RENEW);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            ended = &mut running => {
                if let Err(error) = ended {
                    tracing::error!(lease = lease.name, %error, "the work under a lease broke off");
                }
                ended_by_itself = true;
                break;
            }
            () = stop.cancelled() => break,
            _ = ticks.tick() => {}
        }
        let asked = Instant::now();
        match timeout_at(until - RENEW, lease.ask()).await {
            Ok(Ok(true)) => until = asked + TERM,
            Ok(Ok(false)) => break,
            Ok(Err(_)) if Instant::now() + RENEW < until => {}
            Ok(Err(_)) | Err(_) => break,
        }
    }
    token.cancel();
    if !ended_by_itself && running.await.is_err() {
        tracing::error!(lease = lease.name, "the work under a lease broke off");
    }
    if timeout(TERM, lease.release()).await.is_err() {
        tracing::debug!(lease = lease.name, "a lease was left to run out");
    }
    ended_by_itself
}
