//! The same server, layers and address as the generic door, with a handler that does nothing.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Result;
use axum::routing::post;
use pantheon::app::App;
use pantheon::health::NodeProbe;
use pantheon::http::{
    Answer, Api, ApiBytes, Caller, CommandHeaders, Doors, Problem, ServerOptions, serve,
};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Serves until `stop`.
pub async fn start(app: &App, stop: CancellationToken) -> Result<SocketAddr> {
    let probe = Arc::new(NodeProbe::new(app.clone()));
    let doors = Doors::new(&app.config, app.auth.clone(), probe, None);
    let path = "/api/v1/commands/{aggregate}/{command}";
    let router = Api::default()
        .plain("POST", path, post(nothing))
        .build((), &doors)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(serve(
        listener,
        router,
        ServerOptions::from(&app.config),
        stop,
    ));
    Ok(address)
}

/// The body is read, so that the connection can be used again.
async fn nothing(_: Caller, _: CommandHeaders, _: ApiBytes) -> Result<Answer, Problem> {
    Answer::plain(json!({ "verdict": "accepted" }))
}
