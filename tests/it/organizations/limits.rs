//! What plans and features give (console.md §17, CON-90).

use futures_util::future::join_all;
use pantheon::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Person, engines, open, text};
use crate::world::{World, refused, send};

/// The operator gives an organisation another plan or feature.
async fn gives(world: &World, organization: &str, what: Value) {
    let path = format!("/organizations/{organization}/features");
    let (status, answer) = world.put(&path, what).await;
    assert_eq!(status, 200, "{answer}");
}

fn enrol(person: &Person<'_>, within: &str, id: &str) -> reqwest::RequestBuilder {
    let path = format!("/agents?organization_id={within}");
    let body = json!({ "id": id, "type": "codegen" });
    person
        .world
        .request_as(&person.token, Method::POST, &path)
        .json(&body)
}

async fn enrols(person: &Person<'_>, within: &str, id: &str) {
    let (status, answer) = crate::world::answer(enrol(person, within, id)).await;
    assert_eq!(status, 201, "{id}: {answer}");
}

#[tokio::test]
async fn a_plan_has_places_for_so_many_agents_and_a_revoked_one_frees_its_place() {
    let world = open().await;
    let ada = Person::new(&world, "ada").await;
    let id = engines(&ada).await;
    for n in 0..10 {
        enrols(&ada, &id, &format!("ada-{n}")).await;
    }
    let problem = refused(enrol(&ada, &id, "ada-10"), 422, "agent_limit").await;
    assert!(text(&problem["message"]).contains("10 agents"), "{problem}");
    // The generic door knows no other rule.
    let body = json!({ "id": "ada-10", "data": { "type": "codegen",
        "public_key": nkeys::KeyPair::new_user().public_key() } });
    let path = format!("/commands/agent/enroll_agent?organization_id={id}");
    let request = world.request_as(&ada.token, Method::POST, &path);
    refused(request.json(&body), 422, "agent_limit").await;

    let path = format!("/agents/ada-3?organization_id={id}");
    assert_eq!(ada.delete(&path).await.0, 200);
    enrols(&ada, &id, "ada-11").await;
    refused(enrol(&ada, &id, "ada-12"), 422, "agent_limit").await;

    gives(&world, &id, json!({ "plan": "pro" })).await;
    enrols(&ada, &id, "ada-12").await;
    // A personal space has the free plan; the default organisation any number.
    let personal = pantheon_events::TenantId::personal(ada.id.parse().expect("a user"));
    enrols(&ada, &personal.to_string(), "ada-own").await;
}

/// Two nodes, and many at once at each: the last place is given once.
#[tokio::test]
async fn of_many_enrolments_at_once_one_gets_the_last_place_and_of_many_invitations_too() {
    let world = open().await;
    let beside = world.beside().await;
    let ada = Person::new(&world, "ada").await;
    let id = engines(&ada).await;
    for n in 0..9 {
        enrols(&ada, &id, &format!("ada-{n}")).await;
    }
    let tries = (0..12).map(|n| {
        let node = [&world, &beside][n % 2];
        let path = format!("/agents?organization_id={id}");
        let body = json!({ "id": format!("last-{n}"), "type": "codegen" });
        let request = node.request_as(&ada.token, Method::POST, &path).json(&body);
        crate::world::answer(request)
    });
    let answers = join_all(tries).await;
    let count = |wanted: u16| {
        answers
            .iter()
            .filter(|(status, _)| *status == wanted)
            .count()
    };
    assert_eq!((count(201), count(422)), (1, 11), "{answers:?}");

    let mut people = Vec::new();
    for n in 0..6 {
        people.push(Person::new(&world, &format!("guest{n}")).await);
    }
    let invitations = (0..6).map(|n| {
        let node = [&world, &beside][n % 2];
        let path = format!("/organizations/{id}/members");
        let body = json!({ "identifier": format!("guest{n}") });
        crate::world::answer(node.request_as(&ada.token, Method::POST, &path).json(&body))
    });
    let answers = join_all(invitations).await;
    let asked = answers.iter().filter(|(status, _)| *status == 201).count();
    assert_eq!(asked, 4, "a free plan has five places: {answers:?}");
    assert!(
        answers
            .iter()
            .all(|(status, body)| *status == 201 || body["code"] == "member_limit")
    );
}

#[tokio::test]
async fn a_repeated_enrolment_of_the_last_place_gets_its_first_answer_again() {
    let world = open().await;
    let ada = Person::new(&world, "ada").await;
    let id = engines(&ada).await;
    for n in 0..9 {
        enrols(&ada, &id, &format!("ada-{n}")).await;
    }
    let key = uuid::Uuid::now_v7().to_string();
    let task = json!({ "id": "ada-9", "type": "codegen" });
    for _ in 0..2 {
        let path = format!("/agents?organization_id={id}");
        let request = world.request_as(&ada.token, Method::POST, &path);
        let request = request.header("idempotency-key", &key).json(&task);
        let (status, answer) = crate::world::answer(request).await;
        assert!(status != 422 || answer["code"] != "agent_limit", "{answer}");
    }
}

#[tokio::test]
async fn a_feature_that_is_off_refuses_its_commands_and_shows_nothing() {
    let world = World::with_bus(&[("PANTHEON_REGISTRATION", "open")]).await;
    let ada = Person::new(&world, "ada").await;
    let id = engines(&ada).await;
    let path = |rest: &str| format!("/deployments{rest}?organization_id={id}");
    let deploy = || {
        let request = world.request_as(&ada.token, Method::POST, &path(""));
        request.json(&json!({ "environment": "staging", "version": "v1" }))
    };
    let problem = refused(deploy(), 422, "feature_disabled").await;
    assert!(
        text(&problem["message"]).contains("deployments"),
        "{problem}"
    );

    gives(&world, &id, json!({ "deployments": true })).await;
    let (status, made) = crate::world::answer(deploy()).await;
    assert_eq!(status, 201, "{made}");
    let (_, list) = ada.get(&path("")).await;
    assert_eq!(list.as_array().map(Vec::len), Some(1), "{list}");

    gives(&world, &id, json!({ "deployments": false })).await;
    let tag = format!(
        "/deployments?organization_id={id}&min_position={}",
        world.head().await
    );
    let (_, list) = ada.get(&tag).await;
    assert_eq!(list, json!([]));
    let (_, status) = ada
        .get(&format!(
            "/deployments/status?environment=staging&organization_id={id}"
        ))
        .await;
    assert_eq!(status["last_deployment"], Value::Null, "{status}");
    refused(deploy(), 422, "feature_disabled").await;
    // What was asked for before is out of reach, too, at every door.
    let asked = text(&made["id"]);
    for end in ["", "/logs"] {
        let request = world.request_as(&ada.token, Method::GET, &path(&format!("/{asked}{end}")));
        refused(request, 404, "not_found").await;
    }
    for end in ["cancel", "rollback"] {
        let request = world.request_as(&ada.token, Method::POST, &path(&format!("/{asked}/{end}")));
        refused(request, 422, "feature_disabled").await;
    }
    let environment = pantheon::domain::deployments::environment_id(
        id.parse().expect("an organisation"),
        "staging",
    )
    .to_string();
    let service = world.service().await;
    for (command, data) in [
        ("request_deployment", json!({ "environment": "staging" })),
        ("cancel_deployment", json!({ "deployment_id": asked })),
    ] {
        let path = format!("/commands/environment/{command}?organization_id={id}");
        let request = world.request_as(&ada.token, Method::POST, &path);
        let body = json!({ "id": environment, "data": data });
        refused(request.json(&body), 422, "feature_disabled").await;
        let operator = world.token(id.parse().expect("an organisation"), Role::Admin);
        let said = send(
            &service,
            &format!("environment.{command}"),
            Some(&operator),
            &body,
        )
        .await;
        assert_eq!(said["code"], "feature_disabled", "{command}: {said}");
    }
    // The default organisation has every feature.
    let (status, made) = world
        .post("/deployments", json!({ "environment": "staging" }))
        .await;
    assert_eq!(status, 201, "{made}");
}
