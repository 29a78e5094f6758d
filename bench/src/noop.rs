//! The same server and layers as a node's, with handlers that do nothing.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Result;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use bytes::Bytes;
use pantheon::app::App;
use pantheon::health::NodeProbe;
use pantheon::http::{
    Answer, Api, ApiBytes, Caller, CommandHeaders, Doors, Problem, ServerOptions, serve,
};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Serves until `stop`: the generic door, and queries that are answered with these bodies.
pub async fn start(
    app: &App,
    bodies: Vec<(&'static str, Bytes)>,
    stop: CancellationToken,
) -> Result<SocketAddr> {
    let probe = Arc::new(NodeProbe::new(app.clone()));
    let doors = Doors::new(&app.config, app.auth.clone(), probe, None);
    let path = "/api/v1/commands/{aggregate}/{command}";
    let mut api = Api::default().plain("POST", path, post(nothing));
    for (path, body) in bodies {
        let answer = move |_: Caller| async move {
            let kind = [(header::CONTENT_TYPE, "application/json")];
            (kind, body.clone()).into_response()
        };
        api = api.plain("GET", path, get(answer));
    }
    let router = api.build((), &doors)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let options = ServerOptions::from(&app.config);
    tokio::spawn(serve(listener, router, options, stop));
    Ok(address)
}

/// The body is read, so that the connection can be used again.
async fn nothing(_: Caller, _: CommandHeaders, _: ApiBytes) -> Result<Answer, Problem> {
    Answer::plain(json!({ "verdict": "accepted" }))
}
