//! Sockets of people who signed in: they see what their owners may see, and end with what lets them.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{Person, engines, joins, open, text};
use crate::world::answer;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What the contract allows until a socket is cut, and something for a busy machine.
const CUT: Duration = Duration::from_secs(15);

async fn ticket(person: &Person<'_>) -> String {
    let asked = person
        .world
        .request_as(&person.token, Method::POST, "/live/tickets");
    let (status, made) = answer(asked).await;
    assert!(status.is_success(), "{status} {made}");
    text(&made["ticket"])
}

/// A socket by ticket, or the status of the refusal.
async fn by_ticket(person: &Person<'_>, ticket: &str) -> Result<Socket, u16> {
    let address = person.world.node.address();
    let url = format!("ws://{address}/api/v1/live?ticket={ticket}");
    match connect_async(url).await {
        Ok((socket, _)) => Ok(socket),
        Err(tokio_tungstenite::tungstenite::Error::Http(refused)) => Err(refused.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

async fn next(socket: &mut Socket) -> Option<Message> {
    let message = tokio::time::timeout(CUT, socket.next()).await;
    message
        .expect("something within the time")
        .and_then(Result::ok)
}

/// Why the socket was closed.
async fn closed(socket: &mut Socket) -> Option<u16> {
    while let Some(message) = next(socket).await {
        if let Message::Close(why) = message {
            return why.map(|why| why.code.into());
        }
    }
    None
}

/// CON-71, S02: what a membership gave is cut when it ends, on sockets too.
#[tokio::test]
async fn a_socket_by_ticket_is_cut_when_the_membership_ends() {
    let world = open().await;
    let (ada, mut bob) = (
        Person::new(&world, "ada").await,
        Person::new(&world, "bob").await,
    );
    let id = engines(&ada).await;
    joins(&ada, &id, "bob", "viewer", &bob).await;
    let (status, tokens) = bob
        .post(
            "/auth/switch-organization",
            json!({ "organization_id": id }),
        )
        .await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    bob.token = text(&tokens["access_token"]);

    let first = ticket(&bob).await;
    let unused = ticket(&bob).await;
    let mut socket = by_ticket(&bob, &first).await.expect("a socket");
    let ready = next(&mut socket).await.expect("a frame").into_text();
    let ready: Value = serde_json::from_str(&ready.expect("text")).expect("JSON");
    assert_eq!(ready["type"], "ready");

    let path = format!("/organizations/{id}/members/{}", bob.id);
    assert_eq!(ada.delete(&path).await.0, StatusCode::OK);
    assert_eq!(closed(&mut socket).await, Some(4503));
    assert_eq!(by_ticket(&bob, &unused).await.err(), Some(401));
}

/// A ticket belongs to the session that asked for it.
#[tokio::test]
async fn a_ticket_ends_with_its_session() {
    let world = open().await;
    let ada = Person::new(&world, "ada").await;
    let (first, second) = (ticket(&ada).await, ticket(&ada).await);
    let mut socket = by_ticket(&ada, &first).await.expect("a socket");
    assert!(next(&mut socket).await.is_some());
    let (status, _) = ada.post("/auth/logout", json!({})).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(closed(&mut socket).await, Some(4503));
    assert_eq!(by_ticket(&ada, &second).await.err(), Some(401));
}

/// Whoever may see more or less than before is to come back and see it.
#[tokio::test]
async fn a_socket_of_a_member_whose_role_changes_is_asked_to_come_back() {
    let world = open().await;
    let (ada, mut bob) = (
        Person::new(&world, "ada").await,
        Person::new(&world, "bob").await,
    );
    let id = engines(&ada).await;
    joins(&ada, &id, "bob", "viewer", &bob).await;
    let there = json!({ "organization_id": id });
    let (status, tokens) = bob.post("/auth/switch-organization", there).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    bob.token = text(&tokens["access_token"]);
    let shown = ticket(&bob).await;
    let mut socket = by_ticket(&bob, &shown).await.expect("a socket");
    assert!(next(&mut socket).await.is_some());
    let path = format!("/organizations/{id}/members/{}", bob.id);
    let (status, changed) = ada
        .send(Method::PATCH, &path, json!({ "role": "admin" }))
        .await;
    assert_eq!(status, StatusCode::OK, "{changed}");
    assert_eq!(closed(&mut socket).await, Some(4001));
    let fresh = ticket(&bob).await;
    assert!(by_ticket(&bob, &fresh).await.is_ok());
}
