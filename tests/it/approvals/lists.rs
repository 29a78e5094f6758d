//! Which approvals a list shows, and in which pages.

use pantheon::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::words::{no, refusal, stage};
use crate::world::{World, reply};

fn ids(list: &Value) -> Vec<String> {
    let items = list.as_array().expect("a bare array");
    let id = |item: &Value| item["id"].as_str().expect("an id").to_owned();
    items.iter().map(id).collect()
}

#[tokio::test]
async fn a_list_is_filtered_by_what_it_is_asked_for() {
    let world = World::new().await;
    world
        .policy("cake", json!([stage("taste", &["developer"], 1)]))
        .await;
    let named = json!({ "name": "taste", "approvers": { "user_ids": ["zoe", "yan"] } });
    world.policy("pie", json!([named])).await;
    let (alice, bob) = (
        world.person("alice", Role::Developer),
        world.person("bob", Role::Admin),
    );
    let refund = world.asked(&alice, "payment_refund").await;
    let cake = world.asked(&bob, "cake").await;
    let pie = world.asked(&alice, "pie").await;
    world.approve(&bob, &refund).await;
    let resource = world.get(&format!("/approvals/{pie}")).await.1["resource_id"].clone();
    let resource = resource.as_str().expect("an id").to_owned();
    let list = async |token: &str, query: &str| {
        let (status, list) = world.get_as(token, &format!("/approvals?{query}")).await;
        assert_eq!(status, 200, "{query}: {list}");
        ids(&list)
    };
    assert_eq!(
        list(&bob, "").await,
        [&*pie, &cake, &refund],
        "newest first"
    );
    for (query, expected) in [
        ("status=pending", vec![&pie, &cake]),
        ("status=approved", vec![&refund]),
        ("requester_id=alice", vec![&pie, &refund]),
        ("mine=true", vec![&cake]),
        ("mine=true&requester_id=alice", vec![]),
        ("resource_type=cake", vec![&cake]),
        (&format!("resource_id={resource}"), vec![&pie]),
        ("approver_id=zoe", vec![&pie]),
        ("approver_id=bob", vec![&refund]),
        ("status=rejected", vec![]),
    ] {
        let expected: Vec<&str> = expected.into_iter().map(String::as_str).collect();
        assert_eq!(list(&bob, query).await, expected, "{query}");
    }
    let own = list(&alice, "approver_id=alice").await;
    assert_eq!(own, [&*cake], "by the role that one has oneself");
    world.asked(&alice, "cake").await;
    let own = list(&alice, "approver_id=alice").await;
    assert_eq!(own, [&*cake], "but not what one asks for oneself");
    let viewer = world.person("zoe", Role::Viewer);
    assert_eq!(
        list(&viewer, "").await,
        [&*pie],
        "own and those that name one"
    );
}

#[tokio::test]
async fn pages_follow_each_other_by_cursor() {
    let world = World::new().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.insert(0, world.asked(&world.admin, "payment_refund").await);
    }
    let mut path = "/approvals?limit=2".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = reply(world.request(Method::GET, &path)).await;
        seen.extend(ids(&page.body));
        let Some(link) = page.headers.get("link") else {
            break;
        };
        let link = link.to_str().expect("text");
        let cursor = link.split("cursor=").nth(1).expect("a cursor");
        let end = cursor.find(['>', '&']).expect("an end");
        path = format!("/approvals?limit=2&cursor={}", &cursor[..end]);
    }
    assert_eq!(seen, made);
}

#[tokio::test]
async fn bad_parameters_are_named() {
    let world = World::new().await;
    for (query, wanted) in [
        ("status=asleep", "malformed_request"),
        ("limit=201", "malformed_request"),
        ("resource_id=x", "malformed_request"),
        ("colour=red", "malformed_request"),
        ("cursor=nonsense", "invalid_cursor"),
    ] {
        let refused = refusal(world.get(&format!("/approvals?{query}")).await);
        assert_eq!(refused, no(400, wanted), "{query}");
    }
}

#[tokio::test]
async fn an_unchanged_list_is_304() {
    let world = World::new().await;
    world.asked(&world.admin, "payment_refund").await;
    let first = reply(world.request(Method::GET, "/approvals")).await;
    let tag = first.headers["etag"].clone();
    let again = world
        .request(Method::GET, "/approvals")
        .header("if-none-match", tag);
    let again = again.send().await.expect("an answer");
    assert_eq!(again.status(), 304);
}
