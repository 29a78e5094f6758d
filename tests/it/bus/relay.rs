//! The relay on whole nodes: forks, rebuilds, limits.

use std::time::Duration;

use async_nats::jetstream::{self, stream::Config};
use pantheon_events::Position;
use pantheon_harness::soon;
use pantheon_nats::Topology;
use pantheon_nats::topology::STREAM;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::world::World;

fn jetstream(world: &World) -> jetstream::Context {
    let bus = world.node.app().bus.as_ref().expect("a bus");
    jetstream::new(bus.client().clone())
}

/// Puts another stream in the place of the mirror: another history of as many events.
async fn replace_the_mirror(world: &World) {
    let js = jetstream(world);
    js.delete_stream(STREAM).await.expect("deleted");
    let config = Topology::default().stream(Position::new(1));
    js.create_stream(config).await.expect("made");
    let head = world.head().await.get();
    for n in 0..=head {
        let mut headers = async_nats::HeaderMap::new();
        headers.insert("Nats-Msg-Id", uuid::Uuid::now_v7().to_string());
        let subject = format!("pantheon.evt.t.task.task_created.x{n}");
        let stored = js.publish_with_headers(subject, headers, "{}".into()).await;
        stored.expect("sent").await.expect("stored");
    }
}

async fn violations(world: &World) -> u64 {
    let url = format!("http://{}/metrics", world.node.address());
    let text = reqwest::get(url).await.expect("an answer").text().await;
    let text = text.expect("text");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("pantheon_integrity_violations_total "));
    line.expect("it is there from zero")
        .parse()
        .expect("a count")
}

async fn mirrored(world: &World) -> Result<(), String> {
    let (_, bus) = world.get("/bus").await;
    let head = json!(world.head().await);
    if bus["mirror"]["position"] == head {
        Ok(())
    } else {
        Err(format!("{bus}, the log ends at {head}"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_asked_of_one_node_revives_the_relay_of_another() {
    let working = World::with_bus(&[]).await;
    soon(async || mirrored(&working).await).await;
    let other = working.beside().await;
    let before = violations(&working).await;
    replace_the_mirror(&working).await;
    working.post("/agents", json!({ "type": "codegen" })).await;
    let relay = "relay".to_owned();
    soon(async || working.failing().await.contains(&relay)).await;
    assert_eq!(violations(&working).await, before + 1, "one alarm");

    let (status, body) = other.post("/bus/rebuild", json!({})).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    soon(async || mirrored(&other).await).await;
    soon(async || !working.failing().await.contains(&relay)).await;
}

async fn config(world: &World) -> Config {
    let stream = jetstream(world).get_stream(STREAM).await;
    stream.expect("the stream").cached_info().config.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_streams_limits_are_settings_and_reach_a_stream_that_is_there() {
    let world = World::with_bus(&[("PANTHEON_BUS_MAX_BYTES", "64 MiB")]).await;
    soon(async || mirrored(&world).await).await;
    let made = config(&world).await;
    assert_eq!(
        (made.max_age, made.max_bytes),
        (Duration::from_secs(7 * 86_400), 64 << 20)
    );
    let world = world
        .restarted_with(&[
            ("PANTHEON_BUS_MAX_AGE", "1 h"),
            ("PANTHEON_BUS_REPLICAS", "1"),
        ])
        .await;
    soon(async || config(&world).await.max_age == Duration::from_secs(3_600)).await;
    assert_eq!(config(&world).await.max_bytes, 64 << 20);
    let answer = world.request(Method::GET, "/bus").send().await;
    assert_eq!(answer.expect("an answer").status(), StatusCode::OK);
}

/// A single server takes no three copies; events go on being relayed all the same.
#[tokio::test(flavor = "multi_thread")]
async fn limits_that_the_server_does_not_take_stop_no_relay() {
    let world = World::with_bus(&[]).await;
    soon(async || mirrored(&world).await).await;
    let world = world
        .restarted_with(&[("PANTHEON_BUS_REPLICAS", "3")])
        .await;
    world.post("/agents", json!({ "type": "codegen" })).await;
    soon(async || mirrored(&world).await).await;
}
