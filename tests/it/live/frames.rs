//! Bad frames are answered, end the connection and change nothing.

use futures_util::SinkExt;
use serde_json::json;
use tokio_tungstenite::tungstenite::protocol::Message;

use super::node::{Node, home};
use super::ws::{Client, Heard};

#[tokio::test]
async fn malformed_oversized_and_binary_frames_are_answered_close_4500_and_change_nothing() {
    let node = Node::start().await;
    node.append(home(), "task", "task_created").await;
    let bad = [
        Message::text("{"),
        Message::text("[]"),
        Message::text(r#"{"type":"append"}"#),
        Message::text(r#"{"type":"subscribe","id":7,"from":"now"}"#),
        Message::text(r#"{"type":"subscribe","id":"a","from":"now","unknown":1}"#),
        Message::text(format!(r#"{{"type":"ping","x":"{}"}}"#, "x".repeat(70_000))),
        Message::text("x".repeat(4_000_000)),
        Message::binary(b"{}".to_vec()),
    ];
    for message in bad {
        let shown = format!("{message:.60?}");
        let mut client = Client::ready(&node).await;
        client
            .socket
            .send(message)
            .await
            .expect("the server listens");
        let error = client.frame().await;
        assert_eq!(error["type"], "error", "{shown}");
        assert_eq!(error["problem"]["code"], "malformed_request", "{shown}");
        assert!(
            error["problem"]["detail"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
        assert_eq!(client.hear().await, Heard::Closed(4500), "{shown}");
    }
    assert_eq!(node.log.database_head().await.expect("reads").get(), 1);
}

#[tokio::test]
async fn a_wrong_request_inside_a_good_frame_is_refused_and_the_connection_goes_on() {
    let node = Node::start().await;
    let mut client = Client::ready(&node).await;
    client.subscribe("a", json!("now")).await;
    for (frame, code) in [
        (
            json!({ "type": "subscribe", "id": "a", "from": "now" }),
            "already_exists",
        ),
        (
            json!({ "type": "subscribe", "id": "b", "from": "now", "filter": { "ids": [] } }),
            "malformed_request",
        ),
        (json!({ "type": "unsubscribe", "id": "c" }), "not_found"),
        (
            json!({ "type": "ack", "id": "a", "position": "99" }),
            "malformed_request",
        ),
    ] {
        client.say(frame.clone()).await;
        let error = loop {
            let heard = client.frame().await;
            if heard["type"] == "error" {
                break heard;
            }
        };
        assert_eq!(error["problem"]["code"], code, "{frame}");
    }
    let position = node.append(home(), "task", "task_created").await;
    assert_eq!(client.positions_to(position).await, [1]);
}

#[tokio::test]
async fn the_thirty_third_subscription_closes_4505() {
    let node = Node::start().await;
    let mut client = Client::ready(&node).await;
    for n in 0..33 {
        client
            .say(json!({ "type": "subscribe", "id": n.to_string(), "from": "now" }))
            .await;
    }
    assert_eq!(client.closed().await, 4505);
}
