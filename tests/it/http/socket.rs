//! WebSocket upgrades pass the layers and the accept loop.

use axum::extract::WebSocketUpgrade;
use axum::extract::ws::Message as Frame;
use axum::response::Response;
use axum::routing::get;
use futures_util::{SinkExt, StreamExt};
use pantheon::http::{Api, ServerOptions, serve};
use tokio::io::AsyncReadExt;
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;

use super::shell::doors;

async fn echo(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |mut socket| {
        while let Some(Ok(frame)) = socket.recv().await {
            if let Frame::Text(text) = frame
                && socket.send(Frame::Text(text)).await.is_err()
            {
                return;
            }
        }
    })
}

#[tokio::test]
async fn a_socket_opens_echoes_and_counts_as_a_connection() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (doors, _, config) = doors(dir.path(), &[("PANTHEON_LIMITS_CONNECTIONS", "1")]);
    let router = Api::<()>::default()
        .plain("GET", "/ws", get(echo))
        .build((), &doors)
        .expect("the route has a row");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = listener.local_addr().expect("an address");
    let stop = CancellationToken::new();
    tokio::spawn(serve(
        listener,
        router,
        ServerOptions::from(&config),
        stop.clone(),
    ));
    let (mut socket, _) = tokio_tungstenite::connect_async(format!("ws://{address}/ws"))
        .await
        .expect("it opens");
    socket
        .send(Message::text("hello"))
        .await
        .expect("it is taken");
    let frame = socket.next().await.expect("a frame").expect("a good frame");
    assert_eq!(frame, Message::text("hello"));
    let second = tokio_tungstenite::connect_async(format!("ws://{address}/ws")).await;
    assert!(second.is_err(), "the one place is taken");
    let mut third = tokio::net::TcpStream::connect(address)
        .await
        .expect("it is accepted");
    let mut said = String::new();
    third
        .read_to_string(&mut said)
        .await
        .expect("it is told why");
    let (head, body) = said.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 503"), "{head}");
    assert!(head.contains("retry-after: 1"), "{head}");
    let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(body["code"], "overloaded");
    stop.cancel();
}
