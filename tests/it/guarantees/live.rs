//! One plain WebSocket client.

use std::time::Duration;

use anyhow::Result;
use futures_util::{SinkExt, StreamExt};
use pantheon_harness::Cluster;
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// How long a socket may say nothing before it is taken to have said all.
const SILENCE: Duration = Duration::from_secs(3);

/// Every position that a client from the beginning is given until the socket closes or falls
/// silent.
pub async fn first_positions(cluster: &Cluster, node: usize) -> Result<Vec<i64>> {
    let url = format!("ws://{}/api/v1/live", cluster.address(node).get());
    let mut request = url.into_client_request()?;
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", "pantheon.live.v1".parse()?);
    headers.insert(
        "authorization",
        format!("Bearer {}", cluster.admin()).parse()?,
    );
    let (mut socket, _) = connect_async(request).await?;
    let subscribe = json!({ "type": "subscribe", "id": "all", "from": "start", "window": 0 });
    socket.send(Message::text(subscribe.to_string())).await?;
    let mut seen = Vec::new();
    while let Ok(Some(Ok(message))) = tokio::time::timeout(SILENCE, socket.next()).await {
        let Message::Text(text) = message else {
            continue;
        };
        let frame: Value = serde_json::from_str(&text)?;
        for event in frame["items"].as_array().into_iter().flatten() {
            let position = event["position"].as_str().unwrap_or_default();
            seen.push(position.parse()?);
        }
    }
    Ok(seen)
}
