//! Serving a node's routes.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use tokio::net::TcpListener;

use super::{Doors, ServerOptions, routes_of, serve};
use crate::app::App;
use crate::lifecycle::Phase;

/// Listens and serves until the node's intake stops; says where.
pub async fn start(app: &App, doors: &Doors) -> Result<SocketAddr> {
    let listen = app.config.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen}; choose another address with --listen")
    })?;
    let address = listener.local_addr()?;
    let router = routes_of(app.config.parts).build(app.clone(), doors)?;
    let options = ServerOptions::from(&app.config);
    let stop = app.lifecycle.stop(Phase::Intake);
    app.lifecycle.spawn(
        Phase::Intake,
        "http",
        serve(listener, router, options, stop),
    );
    Ok(address)
}
