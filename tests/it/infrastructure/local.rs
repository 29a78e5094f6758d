//! CON-54, CON-55: the installation itself, without any cloud.

use pantheon::auth::Role;
use pantheon_events::TenantId;
use pantheon_harness::soon;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, answer, refused, reply};

const PARTS: [&str; 6] = ["postgres", "nats", "api", "relay", "projector", "live"];

async fn status(world: &World) -> Value {
    world.current("/infrastructure/status").await
}

/// Has everything looked at now.
async fn look(world: &World) {
    let asked = reply(world.request(Method::POST, "/infrastructure/sync")).await;
    assert_eq!(asked.status, 202, "{}", asked.body);
}

/// A service as it is shown.
fn service(status: &Value, name: &str) -> Value {
    let services = status["services"].as_array().expect("services");
    let found = services.iter().find(|service| service["name"] == name);
    found
        .unwrap_or_else(|| panic!("no {name} in {status}"))
        .clone()
}

/// The names of the lists that the console spreads.
const LISTS: [&str; 9] = [
    "publicSubnets",
    "privateSubnets",
    "natGateways",
    "securityGroups",
    "ecsServices",
    "targetGroups",
    "databases",
    "caches",
    "iamRoles",
];

fn names(list: &Value) -> Vec<String> {
    let list = list.as_array().expect("a list").iter();
    list.map(|one| one["name"].as_str().expect("a name").to_owned())
        .collect()
}

/// CON-54: Pantheon's own parts always, no credentials; CON-87: seen by one node, also when another
/// one starts and stops; CON-88: unchanged is 304.
#[tokio::test(flavor = "multi_thread")]
async fn con_54_the_parts_of_the_installation_are_services() {
    let world = World::with_bus(&[]).await;
    // Also before anybody looked: what is always there.
    assert_eq!(names(&status(&world).await["services"])[..6], PARTS);
    soon(async || {
        // Nobody waits for the next look that is due.
        look(&world).await;
        let seen = status(&world).await;
        let all = PARTS
            .iter()
            .all(|part| service(&seen, part)["status"] == "running");
        all.then_some(()).ok_or_else(|| seen.to_string())
    })
    .await;
    let seen = status(&world).await;
    for list in ["docker_containers", "ecr_repositories"] {
        assert_eq!(seen[list], json!([]), "{list}");
    }
    let postgres = service(&seen, "postgres");
    let url = postgres["url"].as_str().expect("an address");
    assert!(
        url.starts_with("postgres://") && !url.contains('@'),
        "{url}"
    );
    assert!(postgres["port"].is_number(), "{postgres}");
    let nats = service(&seen, "nats");
    assert!(
        !nats["url"].as_str().expect("an address").contains('@'),
        "{nats}"
    );
    assert_eq!(service(&seen, "api")["url"], Value::Null);

    let own = world.node.app().node.clone();
    assert_eq!(service(&seen, &own)["status"], "running");
    let other = world.beside().await;
    let name = other.node.app().node.clone();
    let shows = async |wanted: bool| {
        soon(async || {
            look(&world).await;
            let now = status(&world).await;
            match names(&now["services"]).contains(&name) == wanted {
                true => Ok(()),
                false => Err(now.to_string()),
            }
        })
        .await;
    };
    shows(true).await;
    other.node.stop().await;
    shows(false).await;

    let first = reply(world.request(Method::GET, "/infrastructure/status")).await;
    let tag = first.headers["etag"].to_str().expect("text").to_owned();
    let again = world.request(Method::GET, "/infrastructure/status");
    assert_eq!(reply(again.header("if-none-match", tag)).await.status, 304);
}

/// CON-55: every list and the network always, what stands for the installation marked so; without
/// AWS there are no accounts. The network alone where the feature is off.
#[tokio::test(flavor = "multi_thread")]
async fn con_55_the_topology_without_a_cloud_is_the_installation() {
    let world = World::new().await;
    let own = world.node.app().node.clone();
    soon(async || {
        names(&world.current("/infrastructure/topology").await["ecsServices"]).contains(&own)
    })
    .await;
    let drawn = world.current("/infrastructure/topology").await;
    let network = json!({
        "id": "local", "name": "local", "type": "vpc", "state": "available", "cidr": "127.0.0.0/8",
        "children": ["postgres", "nats", own], "metadata": { "synthetic": true },
    });
    assert_eq!(drawn["vpc"], network);
    for list in LISTS {
        let items = drawn[list]
            .as_array()
            .unwrap_or_else(|| panic!("{list}: {drawn}"));
        for item in items {
            assert_eq!(item["metadata"]["synthetic"], true, "{item}");
        }
    }
    assert_eq!(names(&drawn["databases"]), ["postgres"]);
    assert_eq!(names(&drawn["ecsServices"]), ["nats", &own]);
    assert_eq!(drawn["databases"][0]["type"], "rds");
    assert!(drawn.get("ecsCluster").is_none(), "{drawn}");
    let points = drawn["nodes"].as_array().expect("nodes");
    assert_eq!(points.len(), 4, "{drawn}");
    let line = json!({ "from": own, "to": "postgres", "edge_type": "connects" });
    assert!(
        drawn["edges"].as_array().expect("edges").contains(&line),
        "{drawn}"
    );
    assert_eq!(drawn["synced_at"], Value::Null);
    for empty in [
        "/aws/accounts",
        "/aws/resources",
        "/aws/resources?type=vpc&state=failed&limit=1000",
    ] {
        assert_eq!(world.current(empty).await, json!([]), "{empty}");
    }
    for (bad, code) in [
        ("type=moon", "malformed_request"),
        ("limit=1001", "malformed_request"),
        ("cursor=nonsense", "invalid_cursor"),
    ] {
        let request = world.request(Method::GET, &format!("/aws/resources?{bad}"));
        refused(request, 400, code).await;
    }

    let stranger = world.stranger();
    let theirs = async |path: &str| {
        answer(world.request_as(&stranger, Method::GET, path))
            .await
            .1
    };
    let drawn = theirs("/infrastructure/topology").await;
    assert_eq!(drawn["vpc"]["name"], "local");
    for list in LISTS {
        assert_eq!(drawn[list], json!([]), "{list}");
    }
    let nothing = json!({ "docker_containers": [], "services": [], "ecr_repositories": [] });
    assert_eq!(theirs("/infrastructure/status").await, nothing);
}

/// CON-54: a look that somebody asks for ends; who may ask, and where.
#[tokio::test(flavor = "multi_thread")]
async fn con_54_a_look_is_asked_for_and_ends() {
    let world = World::new().await;
    let sync = |token: &str| world.request_as(token, Method::POST, "/infrastructure/sync");
    for role in [Role::Developer, Role::Viewer] {
        refused(sync(&world.role(role)), 403, "forbidden").await;
    }
    let stranger = world.stranger();
    refused(sync(&stranger), 422, "feature_disabled").await;
    for _ in 0..3 {
        let asked = reply(sync(&world.admin)).await;
        assert_eq!(asked.status, 202, "{}", asked.body);
        assert!(asked.body["message"].is_string(), "{}", asked.body);
        assert!(asked.headers.contains_key("pantheon-position"));
    }
    soon(async || world.current("/infrastructure/topology").await["synced_at"].is_string()).await;

    // Where the operator has turned it on, others see the same machines, and may ask too.
    world.organization("elsewhere").await;
    let theirs = TenantId::of_slug("elsewhere");
    let asked = reply(sync(&stranger)).await;
    assert_eq!(asked.status, 202, "{}", asked.body);
    soon(async || {
        let local = pantheon_events::infrastructure::infrastructure_id(theirs, "local");
        let events = world.events("infrastructure", &local.to_string()).await;
        let kinds: Vec<_> = events.iter().map(|(kind, _)| kind.as_str()).collect();
        kinds == ["infrastructure_sync_requested", "infrastructure_synced"]
    })
    .await;
    let head = world.head().await;
    let path = format!("/infrastructure/status?min_position={head}&wait=10");
    let (_, seen) = answer(world.request_as(&stranger, Method::GET, &path)).await;
    assert_eq!(service(&seen, "postgres")["status"], "running");
}
