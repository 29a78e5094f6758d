//! Serving a node's routes.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Doors, ServerOptions, routes, serve};
use crate::app::App;

/// A server that listens.
pub struct Serving {
    /// Where.
    pub address: SocketAddr,
    /// Ends after the stop, when open requests were answered.
    pub task: JoinHandle<()>,
}

/// Listens and serves until `stop`.
pub async fn start(app: &App, doors: &Doors, stop: CancellationToken) -> Result<Serving> {
    let listen = app.config.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen}; choose another address with --listen")
    })?;
    let address = listener.local_addr()?;
    let router = routes().build(app.clone(), doors)?;
    let options = ServerOptions::from(&app.config);
    Ok(Serving { address, task: tokio::spawn(serve(listener, router, options, stop)) })
}
