//! The server's own accept loop.
//!
//! Shape: one task per connection; the number of connections is bounded, in total and per address.
//! Ordering: none between connections.
//! Delivery: a connection that was accepted before the stop gets its answers until the deadline.
//! On failure: a connection that does not send its first request within 5 s, takes no bytes for
//! 30 s is closed; one too many is told so and closed; a failing accept (no descriptors left) waits a moment and
//! goes on.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::edge::Peer;
use super::held::{Held, OwnWatch};
use super::places::Places;
use super::unread;
use crate::config::{Config, Origins};

/// The first request's head must be there after this long.
const FIRST_HEAD: Duration = Duration::from_secs(5);
/// A kept connection may be idle this long before the next head.
const NEXT_HEAD: Duration = Duration::from_secs(75);
const HEAD_BYTES: usize = 32 * 1024;
const HEADERS: usize = 100;
/// So many clients at once are told that there is no room; further ones are not.
const TURNED_AWAY: usize = 64;
/// How long such a client may take to leave.
const LEAVE: Duration = Duration::from_secs(1);
/// What the kernel keeps for a client that reads slowly, in bytes (Linux doubles it).
const SEND_BUFFER: usize = 256 * 1024;

/// How many connections there may be, and how long open ones get at the end.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// In total.
    pub connections: usize,
    /// Per address other than loopback.
    pub connections_per_address: usize,
    /// After the stop.
    pub drain: Duration,
    /// A connection that takes no bytes for this long is closed.
    pub stall: Duration,
    /// Whose pages may read what is answered to a request that cannot be read.
    pub origins: Arc<Origins>,
}

impl From<&Config> for ServerOptions {
    fn from(config: &Config) -> Self {
        Self {
            connections: config.limit_connections as usize,
            connections_per_address: config.limit_connections_per_address as usize,
            drain: Duration::from_secs(10),
            stall: Duration::from_secs(30),
            origins: Arc::new(config.cors_origins.clone()),
        }
    }
}

/// Serves until the stop, then answers what is under way and returns.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    options: ServerOptions,
    stop: CancellationToken,
) {
    let places = Arc::new(Places::new(
        options.connections,
        options.connections_per_address,
    ));
    let waiting_room = Arc::new(Semaphore::new(TURNED_AWAY));
    let connections = TaskTracker::new();
    let cut = CancellationToken::new();
    loop {
        let (stream, peer) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "cannot accept connections");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
        };
        let Some(place) = Places::take(&places, peer.ip()) else {
            metrics::counter!("pantheon_connections_refused_total").increment(1);
            if let Ok(place) = Arc::clone(&waiting_room).try_acquire_owned() {
                let said = unread::full(&options.origins);
                connections.spawn(async move {
                    let _ = tokio::time::timeout(LEAVE, turn_away(stream, said)).await;
                    drop(place);
                });
            }
            continue;
        };
        // Answers are small and complete: waiting for more to send only adds time.
        let _ = stream.set_nodelay(true);
        // A slow reader is seen to take bytes in small steps, and costs the kernel little memory.
        let _ = socket2::SockRef::from(&stream).set_send_buffer_size(SEND_BUFFER);
        let (held, own) = Held::new(stream, place, options.stall, Arc::clone(&options.origins));
        let serving = connection(held, own, peer, router.clone(), stop.clone());
        let cut = cut.clone();
        connections.spawn(async move { cut.run_until_cancelled(serving).await });
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(options.drain, connections.wait())
        .await
        .is_err()
    {
        tracing::warn!("some connections were still open at the deadline: they are cut");
        cut.cancel();
        connections.wait().await;
    }
}

/// Says that there is no room, and leaves the client the time to read it: what is closed with unread
/// bytes takes back what was sent.
async fn turn_away(mut stream: TcpStream, said: Vec<u8>) -> std::io::Result<()> {
    stream.write_all(&said).await?;
    stream.shutdown().await?;
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

async fn connection(
    stream: Held,
    own: OwnWatch,
    peer: SocketAddr,
    router: Router,
    stop: CancellationToken,
) {
    let begun = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&begun);
    let service = router.map_request(move |mut request: hyper::Request<hyper::body::Incoming>| {
        seen.store(true, Ordering::Relaxed);
        request.extensions_mut().insert(Peer(peer));
        request.extensions_mut().insert(own.clone());
        request.map(axum::body::Body::new)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(NEXT_HEAD)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEADERS)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades();
    let mut served = pin!(served);
    let mut late = pin!(tokio::time::sleep(FIRST_HEAD));
    let (mut waiting, mut stopping) = (true, false);
    loop {
        tokio::select! {
            result = served.as_mut() => {
                if let Err(error) = result {
                    tracing::debug!(%peer, %error, "a connection ended early");
                }
                return;
            }
            () = late.as_mut(), if waiting => {
                waiting = false;
                if !begun.load(Ordering::Relaxed) {
                    tracing::debug!(%peer, "no request in time: closed");
                    return;
                }
            }
            () = stop.cancelled(), if !stopping => {
                stopping = true;
                served.as_mut().graceful_shutdown();
            }
        }
    }
}
