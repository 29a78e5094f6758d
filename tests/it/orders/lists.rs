//! `GET /orders`: a bare array, newest first.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, refused, reply};

fn ids(list: &Value) -> Vec<&str> {
    let items = list.as_array().expect("an array").iter();
    items
        .map(|item| item["id"].as_str().expect("an id"))
        .collect()
}

/// The filters of GET `/orders`.
#[tokio::test(flavor = "multi_thread")]
async fn orders_come_newest_first_and_filters_apply_together() {
    let world = World::new().await;
    let (lamps, tables) = (world.lamps(50).await, world.lamps(50).await);
    let first = world.order(&lamps, 1).await;
    let second = world.order(&tables, 1).await;
    let bob = world.customer("bob").await;
    let body = json!({ "product_id": lamps, "quantity": 2, "user_id": bob });
    let (_, third) = world.post("/orders", body).await;
    let third = third["id"].as_str().expect("an id").to_owned();
    assert_eq!(
        world
            .post(&format!("/orders/{second}/cancel"), json!({}))
            .await
            .0,
        200
    );
    let time = world.ordered(&second).await["created_at"].clone();
    let time = time.as_str().expect("a time");
    for (query, expected) in [
        (String::new(), vec![&third, &second, &first]),
        ("status=pending".to_owned(), vec![&third, &first]),
        ("status=cancelled".to_owned(), vec![&second]),
        ("status=refunded".to_owned(), vec![]),
        (format!("user_id={bob}"), vec![&third]),
        (format!("product_id={lamps}"), vec![&third, &first]),
        (
            format!("product_id={lamps}&user_id={bob}&status=pending"),
            vec![&third],
        ),
        (format!("created_after={time}"), vec![&third]),
        (format!("created_before={time}"), vec![&first]),
        ("limit=2".to_owned(), vec![&third, &second]),
        ("limit=2&offset=2".to_owned(), vec![&first]),
    ] {
        let list = world.current(&format!("/orders?{query}")).await;
        assert_eq!(ids(&list), expected, "{query}");
    }
    let list = world.current("/orders").await;
    assert_eq!(list[0], world.ordered(&third).await, "as the single one");
}

/// Pages by cursor stay whole while orders come in.
#[tokio::test(flavor = "multi_thread")]
async fn a_walk_by_cursor_meets_every_order_once_while_new_ones_come() {
    let world = World::new().await;
    let lamps = world.lamps(50).await;
    let mut placed = Vec::new();
    for _ in 0..5 {
        placed.push(world.order(&lamps, 1).await);
    }
    placed.reverse();
    let (mut met, mut query) = (Vec::new(), "limit=2".to_owned());
    world.current("/orders").await;
    loop {
        let page = reply(world.request(Method::GET, &format!("/orders?{query}"))).await;
        met.extend(ids(&page.body).into_iter().map(str::to_owned));
        let Some(link) = page.headers.get("link") else {
            break;
        };
        let link = link.to_str().expect("text");
        let cursor = link
            .split("cursor=")
            .nth(1)
            .and_then(|rest| rest.split(['>', '&']).next());
        query = format!("limit=2&cursor={}", cursor.expect("a cursor"));
        world.order(&lamps, 1).await;
    }
    assert_eq!(met, placed);
}

/// Bad parameters are named.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_list_does_not_know_is_refused() {
    let world = World::new().await;
    let ask = |query: &str| world.request(Method::GET, &format!("/orders?{query}"));
    for bad in [
        "limit=0",
        "limit=201",
        "offset=10001",
        "status=lost",
        "product_id=lamp",
        "created_after=yesterday",
        "colour=red",
        "as_of=1",
    ] {
        let problem = refused(ask(bad), 400, "malformed_request").await;
        let field = bad.split('=').next().expect("a name");
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    let problem = refused(ask("cursor=x&offset=1"), 400, "malformed_request").await;
    assert_eq!(problem["errors"][0]["field"], "offset");
    refused(ask("cursor=x"), 400, "invalid_cursor").await;
}
