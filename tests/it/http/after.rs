//! What a command answers after it is committed: its receipt, whatever the read model says.

use reqwest::{Method, RequestBuilder};
use serde_json::json;
use uuid::Uuid;

use crate::world::{Reply, World, reply};

fn keyed(request: RequestBuilder, key: Uuid) -> RequestBuilder {
    request.header("idempotency-key", key.to_string())
}

/// Takes a read model's table away from its queries.
async fn lose(world: &World, table: &str) {
    let pool = world.database.pool(1).await.expect("a pool");
    let lose = format!("alter table read.{table} rename to {table}_elsewhere");
    sqlx::raw_sql(&lose)
        .execute(&pool)
        .await
        .expect("the table is renamed");
}

fn is_the_first_receipt(again: &Reply, first: &Reply) {
    assert_eq!(again.headers["idempotency-replayed"], "true");
    for name in [
        "pantheon-position",
        "pantheon-command-id",
        "pantheon-sequence",
    ] {
        assert_eq!(again.headers[name], first.headers[name], "{name}");
    }
    assert_eq!(again.body["id"], first.body["id"]);
}

#[tokio::test]
async fn g02_the_repeat_of_what_made_a_product_is_no_404_after_it_was_deleted() {
    let world = World::new().await;
    let key = Uuid::now_v7();
    let body = json!({ "name": "Lamp", "price": "5.00", "currency": "USD" });
    let create = || keyed(world.request(Method::POST, "/products"), key).json(&body);
    let first = reply(create()).await;
    assert_eq!(first.status, 201, "{}", first.body);
    let id = first.body["id"].as_str().expect("an id");
    let (gone, _) = world.delete(&format!("/products/{id}")).await;
    assert_eq!(gone, 204);

    let again = reply(create()).await;
    assert_eq!(again.status, 201, "{}", again.body);
    assert_eq!(again.headers["location"], format!("/api/v1/products/{id}"));
    is_the_first_receipt(&again, &first);
}

#[tokio::test]
async fn g02_a_committed_command_is_no_error_while_its_read_model_cannot_be_read() {
    let world = World::new().await;
    let key = Uuid::now_v7();
    let create = || {
        let create = keyed(world.request(Method::POST, "/tasks"), key);
        create.json(&json!({ "name": "Fix the lamp" }))
    };
    let first = reply(create()).await;
    assert_eq!(first.status, 201, "{}", first.body);
    lose(&world, "tasks").await;
    let task = first.body["id"].as_str().expect("an id");
    let (asked, _) = world.get(&format!("/tasks/{task}")).await;
    assert_eq!(asked, 500, "the read model cannot be read");

    let again = reply(create()).await;
    assert_eq!(again.status, 202, "{}", again.body);
    is_the_first_receipt(&again, &first);
}

#[tokio::test]
async fn g07_an_agent_that_was_revoked_is_not_shown_as_enrolled_after_the_answer() {
    let world = World::new().await;
    for number in 0..5 {
        let agent = world.agent(&format!("worker-{number}"), "codegen").await;
        let path = format!("/agents/{agent}");
        world.current(&path).await;
        let (revoked, _) = world.delete(&path).await;
        assert_eq!(revoked, 200);
        let (_, seen) = world.get(&path).await;
        assert_eq!(seen["enrolled"], false, "{seen}");
    }
}

#[tokio::test]
async fn g07_what_was_deleted_is_gone_after_the_answer() {
    let world = World::new().await;
    for cake in ["cake", "pie", "tart", "bun", "roll"] {
        let body = json!({ "name": "Lamp", "price": "5.00" });
        let (_, product) = world.post("/products", body).await;
        let policy = json!({ "rules": [{ "stages": [
            { "name": "taste", "approvers": { "roles": ["admin"] }, "required": 1 }
        ] }] });
        let cake = format!("/approval-policies/{cake}");
        assert_eq!(world.put(&cake, policy).await.0, 200);
        let product = format!("/products/{}", product["id"].as_str().expect("an id"));
        for path in [product, cake] {
            assert_eq!(world.delete(&path).await.0, 204);
            assert_eq!(world.get(&path).await.0, 404, "{path}");
        }
    }
}

#[tokio::test]
async fn a_moment_that_is_still_to_come_is_the_log_s_end_now() {
    let world = World::new().await;
    let (_, task) = world
        .post("/tasks", json!({ "name": "Fix the lamp" }))
        .await;
    let path = format!(
        "/tasks/{}?as_of=999999",
        task["id"].as_str().expect("an id")
    );
    let first = reply(world.request(Method::GET, &path)).await;
    assert_eq!(first.status, 200, "{}", first.body);
    let position = first.headers["pantheon-position"].to_str().expect("text");
    let position: i64 = position.parse().expect("a position");
    assert!(position <= world.head().await.get(), "{position}");

    let (task, tag) = (&task["id"], first.headers["etag"].clone());
    let change = format!("/tasks/{}", task.as_str().expect("an id"));
    world.patch(&change, json!({ "name": "Buy a lamp" })).await;
    let poll = world
        .request(Method::GET, &path)
        .header("if-none-match", tag);
    let then = reply(poll).await;
    assert_eq!(then.status, 200, "the task has changed");
    assert_eq!(then.body["name"], "Buy a lamp");
}
