//! What is said about people stays out of the log, and secrets out of everything.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{PASSWORD, login, open, register, signed_in};
use crate::world::answer;

const PLANTED: [&str; 4] = [
    "Ada@Example.org",
    "Lovelace",
    "difference-engine/1.0",
    PASSWORD,
];

/// BUS-05, BUS-19: the whole database is searched, row by row.
#[tokio::test]
async fn no_name_address_or_password_stands_in_clear_anywhere_in_the_database() {
    let world = open().await;
    register(&world, "Ada@Example.org").await;
    let body = json!({ "username": "ada", "password": PASSWORD });
    let url = format!("http://{}/api/v1/auth/login", world.node.address());
    let request = reqwest::Client::new().post(url);
    let request = request.header("user-agent", "difference-engine/1.0");
    let (status, tokens) = answer(request.json(&body)).await;
    assert_eq!(status, StatusCode::OK);
    login(&world, "Ada@Example.org", "not the password").await;
    let (access, refresh) = super::pair(&tokens);
    let (_, sessions) = answer(world.request_as(&access, Method::GET, "/auth/sessions")).await;
    assert_eq!(
        sessions["sessions"][0]["user_agent"],
        "difference-engine/1.0"
    );
    let pool = world.node.app().log.pool();
    let tables: Vec<(String, String)> = sqlx::query_as(
        "select schemaname::text, tablename::text from pg_tables
         where schemaname not in ('pg_catalog', 'information_schema')",
    )
    .fetch_all(pool)
    .await
    .expect("the tables");
    assert!(tables.len() > 10);
    for (schema, table) in tables {
        let rows = format!("select t::text from {schema}.{table} t");
        let rows: Vec<String> = sqlx::query_scalar(&rows)
            .fetch_all(pool)
            .await
            .expect("its rows");
        for row in rows {
            for planted in PLANTED.iter().chain([&access.as_str(), &refresh.as_str()]) {
                let found = row.to_lowercase().contains(&planted.to_lowercase());
                assert!(!found, "{schema}.{table} holds {planted}");
            }
        }
    }
}

#[tokio::test]
async fn a_profile_is_changed_and_its_names_stay_unique() {
    let world = open().await;
    register(&world, "ada@example.org").await;
    register(&world, "eve@example.org").await;
    let (access, _) = signed_in(&world, "ada").await;
    let change = |body| {
        world
            .request_as(&access, Method::PATCH, "/auth/me")
            .json(&body)
    };
    let (status, user) = answer(change(
        json!({ "full_name": "Countess", "username": "countess" }),
    ))
    .await;
    assert_eq!(status, StatusCode::OK, "{user}");
    assert_eq!(
        (&user["name"], &user["username"]),
        (&json!("Countess"), &json!("countess"))
    );
    let (status, _) = answer(change(json!({ "email": "EVE@example.org" }))).await;
    assert_eq!(status, StatusCode::CONFLICT);
    signed_in(&world, "countess").await;
    // What was given up opens nothing any more, and is free for others.
    let (status, user) = answer(change(json!({ "email": "countess@example.org" }))).await;
    assert_eq!(status, StatusCode::OK, "{user}");
    for gone in ["ada", "ada@example.org"] {
        assert_eq!(
            login(&world, gone, PASSWORD).await.0,
            StatusCode::UNAUTHORIZED,
            "{gone}"
        );
    }
    register(&world, "ada@example.org").await;
    signed_in(&world, "ada").await;
}
