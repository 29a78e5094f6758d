//! What campaigns do and look at behind the nodes' backs.

use std::time::Duration;

use anyhow::Result;
use tokio_util::task::AbortOnDropHandle;

use super::Cluster;

impl Cluster {
    /// Changes something in the database behind the nodes' backs.
    ///
    /// # Errors
    /// Postgres refused.
    pub async fn sql(&self, statement: &str) -> Result<()> {
        sqlx::raw_sql(statement).execute(&self.pool).await?;
        Ok(())
    }

    /// How many sessions have been in a transaction without a statement for more than a second.
    ///
    /// # Errors
    /// Postgres did not answer.
    pub async fn idle_in_transaction(&self) -> Result<i64> {
        let stuck = "select count(*) from pg_stat_activity
             where state like 'idle in transaction%' and state_change < now() - interval '1 s'";
        Ok(sqlx::query_scalar(stuck).fetch_one(&self.pool).await?)
    }

    /// Lets JetStream remember message ids for so long and no longer, whatever a relay asks it to,
    /// until what is given back is dropped.
    ///
    /// # Errors
    /// nats-server is away.
    pub async fn forgetful(&self, window: Duration) -> Result<AbortOnDropHandle<()>> {
        let jet = async_nats::jetstream::new(self.bus().await?);
        let shorten = async move {
            loop {
                // What fails, because the server is away, is tried again.
                if let Ok(stream) = jet.get_stream(pantheon_nats::topology::STREAM).await {
                    let mut config = stream.cached_info().config.clone();
                    if config.duplicate_window != window {
                        config.duplicate_window = window;
                        let _ = jet.update_stream(config).await;
                    }
                }
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        };
        Ok(AbortOnDropHandle::new(tokio::spawn(shorten)))
    }
}
