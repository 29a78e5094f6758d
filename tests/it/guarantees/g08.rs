//! G8: a live client that returns with its last position misses nothing and repeats nothing.

use anyhow::Result;
use pantheon_harness::{Door, Trial};
use rand::Rng;

use super::installation;

#[tokio::test(flavor = "multi_thread")]
async fn g08_clients_cut_at_random_and_resumed_on_either_node_see_each_event_once() -> Result<()> {
    let mut trial = Trial::start(installation().nodes(2), 6).await?;
    for door in [Door::WebSocket, Door::Sse, Door::WebSocket, Door::Sse] {
        trial.follow(door);
    }
    trial.acknowledges(400).await;
    // The judge holds each client's transcript against the log.
    trial.judge().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g08_clients_of_a_killed_node_go_on_at_the_other_where_they_were() -> Result<()> {
    let mut trial = Trial::start(installation().nodes(2), 6).await?;
    for door in [Door::WebSocket, Door::Sse] {
        trial.follow(door);
    }
    let mut random = trial.seed.random(1);
    for _ in 0..3 {
        trial.goes_on(&mut random).await;
        let node = random.random_range(0..2);
        trial.cluster.kill_node(node).await?;
        trial.goes_on(&mut random).await;
        trial.cluster.start_node(node).await?;
    }
    trial.judge().await?;
    Ok(())
}
