//! Listening: the same filters, one event per entry, and going on after a lost connection.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, refused};

const PATIENCE: Duration = Duration::from_secs(20);

/// Reads `count` `log` events of a stream: id and data. The request goes on after the id given.
async fn listen(
    world: &World,
    query: &str,
    last: Option<&str>,
    count: usize,
) -> Vec<(String, Value)> {
    let mut request = world.request(Method::GET, &format!("/logs/stream{query}"));
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut bytes = answer.bytes_stream();
    let (mut text, mut found) = (String::new(), Vec::new());
    while found.len() < count {
        let Some(end) = text.find("\n\n") else {
            let chunk = tokio::time::timeout(PATIENCE, bytes.next()).await;
            let chunk = chunk.expect("something comes").expect("it goes on");
            let chunk = chunk.expect("the connection holds");
            text.push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
            continue;
        };
        let block: String = text.drain(..end + 2).collect();
        let part = |name: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().to_owned()
        };
        if part("event: ") == "log" {
            let data = serde_json::from_str(&part("data: ")).expect("JSON");
            found.push((part("id: "), data));
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn who_listens_gets_each_wanted_entry_once_also_over_a_lost_connection() {
    let world = World::new().await;
    world.enrol("writer", "codegen").await;
    world.enrol("reader", "review").await;
    let lines = |name: &str| {
        json!([
            { "level": "ERROR", "message": format!("{name} one") },
            { "level": "INFO", "message": format!("{name} two") },
            { "level": "ERROR", "message": format!("{name} three") },
        ])
    };
    world.writes("writer", lines("first")).await;
    world.writes("reader", lines("other")).await;
    world.writes("writer", lines("second")).await;
    let query = "?after=0&level=ERROR&agent_type=CodeGenAgent";
    let wanted = ["first one", "first three", "second one", "second three"];
    let all = listen(&world, query, None, 4).await;
    let heard: Vec<_> = all.iter().map(|(_, log)| &log["message"]).collect();
    assert_eq!(heard, wanted);
    // Cut after any of them, the rest follows, also of the same event; the header wins over `after`.
    for (n, (id, _)) in all.iter().enumerate().take(3) {
        let rest = listen(&world, query, Some(id), 3 - n).await;
        let heard: Vec<_> = rest.iter().map(|(_, log)| &log["message"]).collect();
        assert_eq!(heard, wanted[n + 1..], "after {id}");
    }
    // What is listed and what is heard is one thing.
    let listed = world
        .current("/logs?level=ERROR&agent_type=codegen&limit=4")
        .await;
    let mut listed = listed["logs"].as_array().expect("a list").clone();
    let mut heard: Vec<Value> = all.into_iter().map(|(_, log)| log).collect();
    listed.sort_by_key(|log| log["id"].to_string());
    heard.sort_by_key(|log| log["id"].to_string());
    assert_eq!(listed, heard);
    for bad in ["after=x", "after=1:", "level=LOUD"] {
        let request = world.request(Method::GET, &format!("/logs/stream?{bad}"));
        refused(request, 400, "malformed_request").await;
    }
    let request = world.request(Method::GET, "/logs/stream");
    refused(
        request.header("last-event-id", "x"),
        400,
        "malformed_request",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_listens_hears_what_is_written_from_now_on_and_nothing_of_strangers() {
    let world = World::new().await;
    world.enrol("writer", "codegen").await;
    world.organization("elsewhere").await;
    world
        .writes("writer", json!([{ "message": "before" }]))
        .await;
    let url = world.request_as(&world.stranger(), Method::GET, "/logs/stream?after=0");
    let foreign = url.send().await.expect("an answer");
    assert_eq!(foreign.status(), StatusCode::OK);
    let mut foreign = foreign.bytes_stream();
    let writing = async {
        // The one who listens has begun when the first line is heard.
        pantheon_harness::soon(async || {
            world
                .writes("writer", json!([{ "message": "again" }]))
                .await;
            Err::<(), _>("until it is heard")
        })
        .await;
    };
    let heard = tokio::select! {
        heard = listen(&world, "", None, 2) => heard,
        () = writing => panic!("nothing was heard"),
    };
    assert!(
        heard.iter().all(|(_, log)| log["message"] == "again"),
        "{heard:?}"
    );
    // By now a stranger's stream has looked at the same events, and says only how far it is.
    let mut text = String::new();
    while !text.contains("event: checkpoint") {
        let chunk = tokio::time::timeout(PATIENCE, foreign.next()).await;
        let chunk = chunk.expect("something comes").expect("it goes on");
        text.push_str(std::str::from_utf8(&chunk.expect("bytes")).expect("UTF-8"));
    }
    assert!(!text.contains("event: log"), "{text}");
}
