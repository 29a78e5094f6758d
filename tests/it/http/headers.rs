//! Headers and ids of answers that are not a success, and what browsers may read.

use std::io::Write;
use std::sync::{Arc, Mutex};

use reqwest::Method;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;
use uuid::Uuid;

use crate::world::{World, code, problem, reply};

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The process log, kept.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("whole")).into_owned()
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("whole").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Kept {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn the_request_s_ids_are_in_the_log_the_events_and_the_errors() {
    let world = World::new().await;
    let log = Kept::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .finish();
    let _here = tracing::subscriber::set_global_default(subscriber);
    let with_ids = |method, path: &str, id: &str| {
        let request = world.request(method, path).header("x-request-id", id);
        request.header("traceparent", TRACE)
    };

    let created = with_ids(Method::POST, "/tasks", "good-1").json(&json!({ "name": "A" }));
    let created = reply(created).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let id = created.body["id"].as_str().expect("an id");
    let (_, page) = world.get(&format!("/streams/task/{id}")).await;
    assert_eq!(page["items"][0]["traceparent"], TRACE);
    let text = log.text();
    let line = text.lines().find(|line| line.contains("answered"));
    let line = line.unwrap_or_else(|| panic!("{text}"));
    assert!(line.contains("good-1") && line.contains(TRACE), "{line}");

    let missing = format!("/tasks/{}", Uuid::now_v7());
    let (status, body) = problem(with_ids(Method::GET, &missing, "bad-1")).await;
    assert_eq!((status, body["traceparent"].as_str()), (404, Some(TRACE)));
    let (_, body) = problem(world.request(Method::GET, &missing)).await;
    assert_eq!(body.get("traceparent"), None);
}

#[tokio::test]
async fn a_refusal_names_the_command_id_that_it_is_recorded_under() {
    let world = World::new().await;
    let agent = world.agent("codegen-7", "codegen").await;
    let path = format!("/agents/{agent}/resume");
    let (revoked, _) = world.delete(&format!("/agents/{agent}")).await;
    assert_eq!(revoked, 200);
    let refused = reply(world.request(Method::POST, &path)).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    let id = refused.headers["pantheon-command-id"].clone();
    let again = world.request(Method::POST, &path);
    let again = reply(again.header("idempotency-key", id.clone())).await;
    assert_eq!(again.headers["pantheon-command-id"], id);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let words = [&refused.body["verdict"], &again.body["verdict"]];
    assert_eq!(words, ["rejected", "duplicate"]);
}

#[tokio::test]
async fn an_expected_sequence_of_what_is_not_there_yet_is_a_mismatch_and_holds_no_stock() {
    let world = World::new().await;
    let insists = |path: &str, body: &serde_json::Value| {
        let request = world.request(Method::POST, path).json(body);
        request.header("if-match", "\"7\"")
    };
    let task = json!({ "name": "A" });
    let (status, body) = problem(insists("/tasks", &task)).await;
    assert_eq!((status, code(&body).as_str()), (412, "sequence_mismatch"));
    let key = uuid::Uuid::now_v7().to_string();
    let keyed = insists("/tasks", &task).header("idempotency-key", &key);
    let refused = reply(keyed).await;
    assert_eq!(refused.headers["pantheon-sequence"], "0");
    assert_eq!(refused.headers["pantheon-command-id"], key);
    assert_eq!(refused.body["verdict"], "conflict");
    for (name, status, verdict) in [("B", 201, None), ("C", 422, Some("mismatch"))] {
        let request = world
            .request(Method::POST, "/tasks")
            .json(&json!({ "name": name }));
        let told = reply(request.header("idempotency-key", &key)).await;
        assert_eq!(
            (told.status.as_u16(), told.body["verdict"].as_str()),
            (status, verdict)
        );
        assert_eq!(told.headers["pantheon-command-id"], key);
    }

    let product = json!({ "name": "Lamp", "price": "5.00", "currency": "USD", "stock": 3 });
    let (_, product) = world.post("/products", product).await;
    let id = product["id"].as_str().expect("an id");
    let order = json!({ "product_id": id, "quantity": 2 });
    let (status, _) = problem(insists("/orders", &order)).await;
    assert_eq!(status, 412);
    let product = world.current(&format!("/products/{id}")).await;
    assert_eq!(product["reserved"], 0, "{product}");
}

#[tokio::test]
async fn a_page_of_another_origin_may_read_the_total_count() {
    let world = World::new().await;
    let answer = reply(world.request(Method::GET, "/products")).await;
    assert!(answer.headers.contains_key("x-total-count"));
    let exposed = answer.headers["access-control-expose-headers"].to_str();
    assert!(exposed.expect("text").contains("x-total-count"));
}
