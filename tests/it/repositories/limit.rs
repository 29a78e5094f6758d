//! CON-90: the plan limits how many repositories an organisation has.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::world::{World, answer, refused};

#[tokio::test]
async fn a_plan_has_places_for_so_many_repositories_also_when_they_come_at_once() {
    let world = World::new().await;
    let token = world.stranger();
    let ask = |name: String| {
        let request = world.request_as(&token, Method::POST, "/repositories");
        request.json(&json!({ "full_name": name }))
    };
    // Without another plan it is `free`: 10.
    let at_once = (0..14).map(|n| answer(ask(format!("octo/cat-{n}"))));
    let answers = join_all(at_once).await;
    let made = answers.iter().filter(|(status, _)| *status == 201).count();
    assert_eq!(made, 10, "{answers:?}");
    let codes = answers.iter().filter(|(status, _)| *status == 422);
    let codes: Vec<_> = codes.map(|(_, problem)| problem["code"].clone()).collect();
    assert_eq!(codes, vec![json!("repository_limit"); 4]);

    // What is there is no new one, and what was let go leaves its place.
    let (_, one) = answers
        .iter()
        .find(|(status, _)| *status == 201)
        .expect("one");
    let name = one["full_name"].as_str().expect("a name").to_owned();
    let (status, again) = answer(ask(name)).await;
    assert_eq!(status, 200, "{again}");
    refused(ask("octo/dog".to_owned()), 422, "repository_limit").await;
    let path = format!("/repositories/{}", one["id"].as_str().expect("an id"));
    let gone = world.request_as(&token, Method::DELETE, &path);
    assert_eq!(answer(gone).await.0, 200);
    let (status, made) = answer(ask("octo/dog".to_owned())).await;
    assert_eq!(status, 201, "{made}");
    // The default organisation has no limit.
    for n in 0..11 {
        world.repository(&format!("octo/bird-{n}")).await;
    }
}
