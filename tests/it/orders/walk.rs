//! The way of an order as a live client sees it (BUS-24; the payment itself comes with payments).

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::world::World;

const PATIENCE: Duration = Duration::from_secs(20);

/// The types of the events on an open stream, up to the one of this type.
async fn heard(stream: Response, last: &str) -> Vec<String> {
    let (mut bytes, mut text, mut types) = (stream.bytes_stream(), String::new(), Vec::new());
    while types.last().is_none_or(|kind| kind != last) {
        let chunk = tokio::time::timeout(PATIENCE, bytes.next()).await;
        let chunk = chunk.unwrap_or_else(|_| panic!("{last} is not heard after {types:?}"));
        let chunk = chunk.expect("the stream goes on").expect("bytes");
        text.push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
        while let Some(end) = text.find("\n\n") {
            let rest = text.split_off(end + 2);
            types.extend(std::mem::replace(&mut text, rest).lines().filter_map(kind));
        }
    }
    types
}

/// `stock_reserved` of `data: {…"type":"pantheon.product.stock_reserved"…}`.
fn kind(line: &str) -> Option<String> {
    let event: Value = serde_json::from_str(line.strip_prefix("data: ")?).ok()?;
    let kind = event["type"].as_str()?.rsplit('.').next()?;
    Some(kind.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_of_an_order_is_on_the_live_stream_in_its_order() {
    let world = World::new().await;
    let path = "/events/stream?aggregates=product,order";
    let stream = world.request(Method::GET, path).send().await;
    let stream = stream.expect("an answer");
    assert_eq!(stream.status(), 200);
    let lamps = world.lamps(5).await;
    let order = world.order(&lamps, 2).await;
    world.pay(&order).await;
    let path = format!("/orders/{order}/status");
    let (status, done) = world.patch(&path, json!({ "status": "fulfilled" })).await;
    assert_eq!(status, 200, "{done}");
    assert_eq!(
        heard(stream, "stock_consumed").await,
        [
            "product_created",
            "stock_reserved",
            "order_placed",
            "order_payment_started",
            "order_paid",
            "order_fulfilled",
            "stock_consumed",
        ]
    );
}
