//! A TCP proxy that breaks connections in the ways networks do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

/// What the proxy does from now on, to connections that exist and to new ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: everything passes.
    None,
    /// All connections are closed, new ones too.
    Refuse,
    /// Connections stay open and are accepted, and nothing passes: a half-open link.
    Stall,
    /// Every chunk waits that long, in each direction.
    Delay(Duration),
    /// Once: the next reply of the server is swallowed and its connection closed, so that the
    /// client cannot know what became of its request. Then `None`.
    CutBeforeReply,
    /// Once: after that many more bytes from clients, all connections are closed. Then `None`.
    CutAfter(u64),
}

/// A proxy in front of one address.
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
    port: u16,
    _stop: DropGuard,
}

#[derive(Debug)]
struct Shared {
    fault: watch::Sender<Fault>,
    connections: watch::Sender<CancellationToken>,
    abandoned: watch::Sender<CancellationToken>,
}

impl Proxy {
    /// Listens on a free loopback port and passes everything on to `upstream`.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(upstream: SocketAddr) -> Result<Proxy> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("cannot listen")?;
        let port = listener.local_addr()?.port();
        let stop = CancellationToken::new();
        let shared = Arc::new(Shared {
            fault: watch::Sender::new(Fault::None),
            connections: watch::Sender::new(stop.child_token()),
            abandoned: watch::Sender::new(CancellationToken::new()),
        });
        tokio::spawn(accept(
            listener,
            upstream,
            Arc::clone(&shared),
            stop.clone(),
        ));
        Ok(Proxy {
            shared,
            port,
            _stop: stop.drop_guard(),
        })
    }

    /// A proxy in front of a loopback port.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn to_port(port: u16) -> Result<Proxy> {
        Self::start(SocketAddr::from(([127, 0, 0, 1], port))).await
    }

    /// The port to connect to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A URL with this proxy's port in place of `port`.
    #[must_use]
    pub fn url(&self, url: &str, port: u16) -> String {
        url.replace(&format!(":{port}"), &format!(":{}", self.port))
    }

    /// Sets the fault; one that was set before ends.
    pub fn set(&self, fault: Fault) {
        self.shared.fault.send_replace(fault);
        if fault == Fault::Refuse {
            self.cut();
        }
    }

    /// Everything passes again.
    pub fn heal(&self) {
        self.set(Fault::None);
    }

    /// From now on nothing passes on the connections that exist, in either direction and for ever, and
    /// nobody is told; new ones are served. So it is when a host dies and its address moves on.
    pub fn abandon(&self) {
        let abandoned = self.shared.abandoned.send_replace(CancellationToken::new());
        abandoned.cancel();
    }

    /// Closes every connection now.
    pub fn cut(&self) {
        self.shared.cut();
    }

    /// Resolves when a fault of the "once" kind has happened.
    pub async fn happened(&self) {
        // The sender is our own, so waiting cannot fail.
        let _ = self
            .shared
            .fault
            .subscribe()
            .wait_for(|fault| *fault == Fault::None)
            .await;
    }
}

impl Shared {
    fn cut(&self) {
        self.connections.send_modify(|token| token.cancel());
    }

    /// How many of `len` bytes from a client may pass; after fewer than all the cut comes.
    fn take(&self, len: usize) -> usize {
        let mut pass = len;
        self.fault.send_if_modified(|fault| {
            let Fault::CutAfter(left) = fault else {
                return false;
            };
            pass = len.min(usize::try_from(*left).unwrap_or(usize::MAX));
            *left -= pass as u64;
            if *left > 0 {
                return false;
            }
            *fault = Fault::None;
            true
        });
        pass
    }

    /// Whether this reply is the one to swallow.
    fn swallow(&self) -> bool {
        self.fault.send_if_modified(|fault| {
            let hit = *fault == Fault::CutBeforeReply;
            if hit {
                *fault = Fault::None;
            }
            hit
        })
    }

    /// Waits as the fault says.
    async fn hold(&self) {
        let mut fault = self.fault.subscribe();
        let now = *fault.borrow_and_update();
        match now {
            Fault::Delay(time) => tokio::time::sleep(time).await,
            Fault::Stall => drop(fault.wait_for(|fault| *fault != Fault::Stall).await),
            _ => {}
        }
    }
}

async fn accept(
    listener: TcpListener,
    upstream: SocketAddr,
    shared: Arc<Shared>,
    stop: CancellationToken,
) {
    let serve = async {
        while let Ok((client, _)) = listener.accept().await {
            if *shared.fault.borrow() == Fault::Refuse {
                continue;
            }
            if shared.connections.borrow().is_cancelled() {
                shared.connections.send_replace(stop.child_token());
            }
            let token = shared.connections.borrow().clone();
            tokio::spawn(connection(client, upstream, Arc::clone(&shared), token));
        }
    };
    stop.run_until_cancelled(serve).await;
}

async fn connection(
    client: TcpStream,
    upstream: SocketAddr,
    shared: Arc<Shared>,
    token: CancellationToken,
) {
    let both = async {
        let server: TcpStream = TcpStream::connect(upstream).await?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::select! {
            end = requests(from_client, to_server, &shared) => end,
            end = replies(from_server, to_client, &shared) => end,
        }
    };
    let abandoned = shared.abandoned.borrow().clone();
    let mut both = std::pin::pin!(both);
    let served = async {
        tokio::select! {
            // However it ends, both sockets are closed; that is all a client can see of it.
            _ = &mut both => {}
            // They stay open, and nobody serves them.
            () = abandoned.cancelled() => std::future::pending().await,
        }
    };
    token.run_until_cancelled(served).await;
}

async fn requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    shared: &Shared,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let len = from.read(&mut buffer).await?;
        if len == 0 {
            // The client has nothing more to say; the replies decide when it is over.
            to.shutdown().await?;
            return std::future::pending().await;
        }
        shared.hold().await;
        let before = *shared.fault.borrow();
        let pass = shared.take(len);
        to.write_all(&buffer[..pass]).await?;
        if matches!(before, Fault::CutAfter(left) if left <= len as u64) {
            shared.cut();
            return Ok(());
        }
    }
}

async fn replies(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    shared: &Shared,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let len = from.read(&mut buffer).await?;
        if len == 0 || shared.swallow() {
            return Ok(());
        }
        shared.hold().await;
        to.write_all(&buffer[..len]).await?;
    }
}
