//! `GET /products`: a bare array with filters, orders and pages.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Reply, World, refused, reply};

async fn shelf(world: &World) -> Vec<String> {
    let mut ids = Vec::new();
    for (name, price, category, status) in [
        ("Lamp", "30", "home", "active"),
        ("lantern", "10", "garden", "active"),
        ("Table", "20", "home", "draft"),
        ("Chair 100%", "20", "home", "inactive"),
        ("Spade", "5", "garden", "active"),
    ] {
        let body = json!({
            "name": name, "price": price, "category": category, "status": status,
            "description": format!("A {name}_for you"),
        });
        ids.push(world.product(body).await);
    }
    ids
}

async fn get(world: &World, query: &str) -> Reply {
    let head = world.head().await;
    let path = format!("/products?min_position={head}&wait=10&{query}");
    let reply = reply(world.request(Method::GET, &path)).await;
    assert_eq!(reply.status, 200, "{query}: {}", reply.body);
    reply
}

fn names(list: &Value) -> Vec<&str> {
    let names = list.as_array().expect("an array").iter();
    names
        .map(|item| item["name"].as_str().expect("a name"))
        .collect()
}

/// BUS-22
#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_a_bare_array_with_the_number_of_all() {
    let world = World::new().await;
    assert_eq!(get(&world, "").await.headers["x-total-count"], "0");
    shelf(&world).await;
    let all = get(&world, "").await;
    assert_eq!(
        names(&all.body),
        ["Spade", "Chair 100%", "Table", "lantern", "Lamp"],
        "newest first"
    );
    assert_eq!(all.headers["x-total-count"], "5");
    assert!(!all.headers.contains_key("link"), "there is no next page");
    assert_eq!(
        all.body[4],
        world
            .shown(all.body[4]["id"].as_str().expect("an id"))
            .await
    );
    let some = get(&world, "limit=2").await;
    assert_eq!(some.headers["x-total-count"], "5");
    assert_eq!(names(&some.body).len(), 2);
}

/// BUS-22
#[tokio::test(flavor = "multi_thread")]
async fn filters_and_orders_apply_together() {
    let world = World::new().await;
    shelf(&world).await;
    for (query, expected, total) in [
        ("category=home", vec!["Chair 100%", "Table", "Lamp"], "3"),
        ("status=active", vec!["Spade", "lantern", "Lamp"], "3"),
        ("category=home&status=draft", vec!["Table"], "1"),
        ("q=LA", vec!["lantern", "Lamp"], "2"),
        ("q=100%25", vec!["Chair 100%"], "1"),
        ("q=e_for", vec!["Spade", "Table"], "2"),
        ("q=nothing", vec![], "0"),
        (
            "sort=price",
            vec!["Spade", "lantern", "Table", "Chair 100%", "Lamp"],
            "5",
        ),
        (
            "sort=price,name",
            vec!["Spade", "lantern", "Chair 100%", "Table", "Lamp"],
            "5",
        ),
        (
            "sort=price,-name",
            vec!["Spade", "lantern", "Table", "Chair 100%", "Lamp"],
            "5",
        ),
        (
            "sort=-price&status=active",
            vec!["Lamp", "lantern", "Spade"],
            "3",
        ),
        (
            "sort=created_at&category=garden",
            vec!["lantern", "Spade"],
            "2",
        ),
        ("offset=3", vec!["lantern", "Lamp"], "5"),
        ("sort=price&offset=1&limit=1", vec!["lantern"], "5"),
    ] {
        let list = get(&world, query).await;
        let mut got = names(&list.body);
        if query == "sort=price" {
            // Of two at one price either may come first.
            got[2..4].sort_unstable_by(|a, b| b.cmp(a));
        }
        assert_eq!(got, expected, "{query}");
        assert_eq!(list.headers["x-total-count"], total, "{query}");
    }
    let forth = get(&world, "sort=name").await.body;
    let back = get(&world, "sort=-name").await.body;
    let mut turned = names(&back);
    turned.reverse();
    assert_eq!(names(&forth), turned);
}

/// BUS-22
#[tokio::test(flavor = "multi_thread")]
async fn a_walk_by_cursor_meets_every_product_once_in_every_order() {
    let world = World::new().await;
    let ids: BTreeSet<_> = shelf(&world).await.into_iter().collect();
    for sort in [
        "name",
        "-name",
        "price",
        "-price",
        "created_at",
        "-created_at",
        "price,name",
        "-price,name",
        "price,-created_at",
        "-name,price,created_at",
    ] {
        let all = get(&world, &format!("sort={sort}")).await.body;
        let (mut met, mut query) = (Vec::new(), format!("sort={sort}&limit=2"));
        for _ in 0..3 {
            let page = get(&world, &query).await;
            met.extend(page.body.as_array().expect("an array").clone());
            let Some(link) = page.headers.get("link") else {
                break;
            };
            let link = link.to_str().expect("text");
            assert!(link.ends_with("; rel=\"next\""), "{link}");
            let next = link.split("cursor=").nth(1).expect("a cursor");
            let cursor = next.split(['>', '&']).next().expect("a cursor");
            query = format!("sort={sort}&limit=2&cursor={cursor}");
        }
        assert_eq!(Value::from(met.clone()), all, "{sort}");
        let seen: BTreeSet<_> = met.iter().filter_map(|item| item["id"].as_str()).collect();
        assert_eq!(seen.len(), ids.len(), "{sort}");
    }
}

/// BUS-22
#[tokio::test(flavor = "multi_thread")]
async fn a_walk_that_begins_in_the_middle_leaves_nothing_out() {
    let world = World::new().await;
    shelf(&world).await;
    let all = get(&world, "sort=name").await.body;
    let first = get(&world, "sort=name&offset=1&limit=2").await;
    let link = first.headers["link"].to_str().expect("text");
    assert!(!link.contains("offset="), "{link}");
    let next = link.trim_start_matches('<').split('>').next();
    let next = next.and_then(|path| path.strip_prefix("/api/v1"));
    let next = reply(world.request(Method::GET, next.expect("a path"))).await;
    let met = [&first.body, &next.body].map(|page| page.as_array().expect("an array").clone());
    assert_eq!(
        Value::from(met.concat()),
        Value::from(all.as_array().expect("an array")[1..].to_vec())
    );
    let both = format!(
        "{}&offset=1",
        link.split('?')
            .nth(1)
            .and_then(|rest| rest.split('>').next())
            .expect("a query")
    );
    let problem = refused(
        world.request(Method::GET, &format!("/products?{both}")),
        400,
        "malformed_request",
    )
    .await;
    assert_eq!(problem["errors"][0]["field"], "offset");
}

/// BUS-22
#[tokio::test(flavor = "multi_thread")]
async fn what_the_list_does_not_know_is_refused() {
    let world = World::new().await;
    shelf(&world).await;
    let ask = |query: &str| world.request(Method::GET, &format!("/products?{query}"));
    for bad in [
        "limit=0",
        "limit=201",
        "limit=many",
        "offset=-1",
        "offset=10001",
        "sort=stock",
        "sort=name,stock",
        "sort=name,-name",
        "sort=name,",
        "status=gone",
        "colour=red",
        "as_of=1",
    ] {
        let problem = refused(ask(bad), 400, "malformed_request").await;
        let field = bad.split('=').next().expect("a name");
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    let link = get(&world, "sort=name&limit=1").await.headers["link"].clone();
    let link = link.to_str().expect("text");
    let cursor = link
        .split("cursor=")
        .nth(1)
        .and_then(|rest| rest.split(['>', '&']).next());
    let cursor = cursor.expect("a cursor");
    for bad in [
        "cursor=x".to_owned(),
        "cursor=".to_owned(),
        format!("sort=price&cursor={cursor}"),
        format!("sort=name&cursor={}", &cursor[1..]),
    ] {
        refused(ask(&bad), 400, "invalid_cursor").await;
    }
    for good in ["limit=200", "offset=10000"] {
        assert_eq!(reply(ask(good)).await.status, 200, "{good}");
    }
}
