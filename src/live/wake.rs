//! What an open connection waits for beside its client: the head, and the log's lineage.

use std::time::Instant;

use pantheon_events::{Epoch, Position};
use pantheon_log::Lineage;
use tokio::sync::watch;

/// Waits until the head moves, and then until `gather`, so that what commits within a few
/// milliseconds travels in one frame.
pub async fn moved(head: &mut watch::Receiver<Position>, gather: Instant) {
    if head.changed().await.is_err() {
        // The log is gone with the node; the stop signal ends the session.
        std::future::pending::<()>().await;
    }
    if gather > Instant::now() {
        tokio::time::sleep_until(gather.into()).await;
    }
}

/// Waits until the log's lineage is another one than that in which a connection began: its client
/// has to subscribe anew, because events that it has may be gone.
pub async fn replaced(lineage: &mut watch::Receiver<Lineage>, began: Epoch) {
    let other = lineage.wait_for(|now| now.lost || now.epoch > began);
    if other.await.is_err() {
        std::future::pending::<()>().await;
    }
}
