//! Who sees and changes what.

use pantheon::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, answer, refused};

/// BUS-20, BUS-22: a viewer sees active products, a developer all of them; neither changes any.
#[tokio::test(flavor = "multi_thread")]
async fn buyers_see_what_is_for_sale_and_only_admins_change_it() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for status in ["active", "draft", "inactive"] {
        let body = json!({ "name": status, "price": "1", "status": status });
        ids.push(world.product(body).await);
    }
    let (viewer, developer) = (world.role(Role::Viewer), world.role(Role::Developer));
    let list = async |token: &str, query: &str| {
        let request = world.request_as(token, Method::GET, &format!("/products{query}"));
        let (status, list) = answer(request).await;
        assert_eq!(status, 200);
        list.as_array().expect("an array").len()
    };
    assert_eq!(list(&viewer, "").await, 1);
    assert_eq!(list(&viewer, "?status=active").await, 1);
    assert_eq!(list(&viewer, "?status=draft").await, 0);
    assert_eq!(list(&developer, "").await, 3);
    assert_eq!(list(&developer, "?status=draft").await, 1);
    for (token, id, status) in [
        (&viewer, &ids[0], 200),
        (&viewer, &ids[1], 404),
        (&viewer, &ids[2], 404),
        (&developer, &ids[1], 200),
    ] {
        let request = world.request_as(token, Method::GET, &format!("/products/{id}"));
        assert_eq!(answer(request).await.0, status, "{id}");
    }
    for token in [&viewer, &developer] {
        for (method, path, body) in changes(&ids[0]) {
            let request = world.request_as(token, method, &path).json(&body);
            let problem = refused(request, 403, "forbidden").await;
            let names = problem["detail"].as_str().expect("text");
            assert!(
                names.contains("products.write") || names.contains("stock.adjust"),
                "{names}"
            );
        }
    }
}

fn changes(id: &str) -> [(Method, String, Value); 4] {
    let path = format!("/products/{id}");
    [
        (
            Method::POST,
            "/products".to_owned(),
            json!({ "name": "x", "price": "1" }),
        ),
        (Method::PUT, path.clone(), json!({ "name": "x" })),
        (Method::DELETE, path.clone(), json!({})),
        (Method::POST, format!("{path}/stock"), json!({ "set": 1 })),
    ]
}

/// BUS-22: another tenant's products answer as if they were not there.
#[tokio::test(flavor = "multi_thread")]
async fn foreign_and_missing_products_answer_the_same_bytes() {
    let world = World::new().await;
    let id = world.lamps(5).await;
    let stranger = world.stranger();
    let missing = uuid::Uuid::now_v7().to_string();
    let ask = async |method: Method, path: String, body: Value| {
        let request = world.request_as(&stranger, method, &path);
        let request = request.header("x-request-id", "r").json(&body);
        refused(request, 404, "not_found").await
    };
    let head = world.head().await;
    for tail in [format!("?min_position={head}"), format!("?as_of={head}")] {
        let foreign = ask(Method::GET, format!("/products/{id}{tail}"), json!({})).await;
        let none = ask(Method::GET, format!("/products/{missing}{tail}"), json!({})).await;
        assert_eq!(foreign, none, "{tail}");
    }
    for ((method, path, body), (_, other, _)) in
        changes(&id).into_iter().zip(changes(&missing)).skip(1)
    {
        let foreign = ask(method.clone(), path, body.clone()).await;
        assert_eq!(foreign, ask(method, other, body).await);
    }
    let order = json!({ "product_id": id, "quantity": 1 });
    ask(Method::POST, "/orders".to_owned(), order).await;
    let list = world.request_as(
        &stranger,
        Method::GET,
        &format!("/products?min_position={head}"),
    );
    assert_eq!(answer(list).await.1, json!([]));
    assert_eq!(world.pieces(&id).await, (5, 0));
}
