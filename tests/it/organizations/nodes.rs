//! A membership that ends on one node ends on the others too (console.md §17).

use std::time::Duration;

use futures_util::StreamExt;
use pantheon_harness::eventually;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;

use super::{Person, engines, joins, open, text};
use crate::world::{World, answer};

/// The contract says five seconds; the rest is for a busy machine.
const CUT: Duration = Duration::from_secs(20);

async fn on(node: &World, person: &Person<'_>, path: &str) -> StatusCode {
    answer(node.request_as(&person.token, Method::GET, path))
        .await
        .0
}

/// Waits until a node answers somebody so.
async fn answers(node: &World, person: &Person<'_>, path: &str, wanted: u16) {
    eventually(CUT, async || match on(node, person, path).await {
        status if status == wanted => Ok(()),
        status => Err(format!("{path}: {status} and not {wanted}")),
    })
    .await;
}

/// Ends bob's membership on one node in some way, while he is at work on the other.
async fn ends_by(end: impl AsyncFnOnce(&Person<'_>, &str)) {
    let world = open().await;
    let beside = world.beside().await;
    let ada = Person::new(&world, "ada").await;
    let mut bob = Person::new(&world, "bob").await;
    let id = engines(&ada).await;
    joins(&ada, &id, "bob", "member", &bob).await;
    let switch = json!({ "organization_id": id });
    let (status, tokens) = bob.post("/auth/switch-organization", switch).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    bob.token = text(&tokens["access_token"]);
    answers(&beside, &bob, "/tasks", 200).await;

    let asked = beside.request_as(&bob.token, Method::POST, "/live/tickets");
    let (status, ticket) = answer(asked).await;
    assert!(status.is_success(), "{ticket}");
    let ticket = text(&ticket["ticket"]);
    let url = format!("ws://{}/api/v1/live?ticket={ticket}", beside.node.address());
    let (mut socket, _) = connect_async(url).await.expect("a socket");
    let ready = socket.next().await.expect("a frame").expect("a frame");
    let ready: Value = serde_json::from_str(ready.to_text().expect("text")).expect("JSON");
    assert_eq!(ready["type"], "ready");

    end(&ada, &format!("/organizations/{id}/members/{}", bob.id)).await;
    answers(&beside, &bob, "/tasks", 404).await;
    let cut = async {
        while let Some(Ok(message)) = socket.next().await {
            if message.is_close() {
                break;
            }
        }
    };
    tokio::time::timeout(CUT, cut)
        .await
        .expect("the socket is cut");
    // His own account is still his, there too.
    assert_eq!(on(&beside, &bob, "/auth/me").await, StatusCode::OK);
}

/// CON-71, S02.
#[tokio::test]
async fn a_member_who_is_removed_on_one_node_is_out_on_the_other() {
    ends_by(async |ada, member| {
        assert_eq!(ada.delete(member).await.0, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn a_member_who_is_suspended_on_one_node_is_out_on_the_other() {
    ends_by(async |ada, member| {
        let suspend = json!({ "status": "suspended" });
        let (status, answer) = ada.send(Method::PATCH, member, suspend).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    })
    .await;
}
