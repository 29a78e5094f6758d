//! Approvals inside an organisation are decided by its people (business.md §8).

use pantheon_events::TenantId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Person, engines, joins, open};
use crate::approvals::words::{no, refusal, stage};

async fn puts(who: &Person<'_>, within: &str, policy: Value) -> (StatusCode, Value) {
    let path = format!("/approval-policies/cake?organization_id={within}");
    who.send(Method::PUT, &path, policy).await
}

async fn asks(who: &Person<'_>, within: &str) -> (StatusCode, Value) {
    let path = format!("/approvals?organization_id={within}");
    let body = json!({ "resource_type": "cake", "resource_id": Uuid::now_v7() });
    who.post(&path, body).await
}

fn tasters(roles: &[&str], required: u32) -> Value {
    json!({ "rules": [{ "stages": [stage("taste", roles, required)] }] })
}

#[tokio::test]
async fn a_stage_that_too_few_active_members_could_decide_is_refused() {
    let world = open().await;
    let ada = Person::new(&world, "ada").await;
    let bob = Person::new(&world, "bob").await;
    let eve = Person::new(&world, "eve").await;
    let id = engines(&ada).await;
    joins(&ada, &id, "bob", "admin", &bob).await;
    joins(&ada, &id, "eve", "member", &eve).await;
    let short = no(422, "stage_unsatisfiable");

    // Two count as admins; either may be the one who asks.
    assert_eq!(
        refusal(puts(&ada, &id, tasters(&["admin"], 2)).await),
        short
    );
    assert_eq!(
        refusal(puts(&ada, &id, tasters(&["wizard"], 1)).await),
        short
    );
    let (status, put) = puts(&ada, &id, tasters(&["admin", "developer"], 2)).await;
    assert_eq!(status, StatusCode::OK, "{put}");
    let mut loose = tasters(&["admin"], 2);
    loose["four_eyes"] = json!(false);
    let (status, put) = puts(&ada, &id, loose).await;
    assert_eq!(status, StatusCode::OK, "{put}");

    assert_eq!(
        refusal(asks(&ada, &id).await),
        short,
        "an admin asks: one is left"
    );
    let (status, asked) = asks(&eve, &id).await;
    assert_eq!(status, StatusCode::CREATED, "{asked}");
    let member = format!("/organizations/{id}/members/{}", bob.id);
    let suspend = json!({ "status": "suspended" });
    let (status, suspended) = ada.send(Method::PATCH, &member, suspend).await;
    assert_eq!(status, StatusCode::OK, "{suspended}");
    assert_eq!(
        refusal(asks(&eve, &id).await),
        short,
        "a suspended member decides nothing"
    );

    // Nobody else is in a personal space.
    let own = TenantId::personal(eve.id.parse().expect("a user")).to_string();
    assert_eq!(
        refusal(puts(&eve, &own, tasters(&["admin"], 1)).await),
        short
    );
    // Operators are in no list: where their tokens decide, nobody counts them.
    let (status, put) = world
        .put("/approval-policies/cake", tasters(&["admin"], 9))
        .await;
    assert_eq!(status, StatusCode::OK, "{put}");
}
