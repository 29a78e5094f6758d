//! S05: what stands in addresses and headers, for every route of the OpenAPI document.

use futures_util::{StreamExt, stream};
use pantheon::auth::{Need, table};
use reqwest::header::HeaderValue;
use serde_json::Value;

use super::bodies::{AT_ONCE, DOOR, Target};
use super::judge::{Operation, Unchanged, document, judged, operations};

/// An answer that never ends when it is a good one.
const ENDLESS: &str = "/api/v1/events/stream";

fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(target) => document.pointer(&target[1..]).expect("it leads somewhere"),
        None => value,
    }
}

/// The parameters of an operation that stand in one place: name and schema.
fn parameters<'a>(
    document: &'a Value,
    operation: &'a Operation<'_>,
    place: &str,
) -> Vec<(&'a str, &'a Value)> {
    let all = operation.spec["parameters"]
        .as_array()
        .into_iter()
        .flatten();
    let all = all.map(|parameter| resolved(document, parameter));
    let here = all.filter(|parameter| parameter["in"] == place);
    here.map(|parameter| {
        (
            parameter["name"].as_str().expect("a name"),
            &parameter["schema"],
        )
    })
    .collect()
}

fn is(schema: &Value, kind: &str) -> bool {
    schema["type"] == kind
        || schema["type"]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one == kind))
}

/// What a parameter with this name and schema does not take, escaped.
fn bad_values(name: &str, schema: &Value) -> Vec<String> {
    let longer = format!("{}.1", schema["maximum"].as_f64().unwrap_or(10.0));
    let mut all: Vec<&str> = vec!["%00", "a%00b"];
    match name {
        "min_position" | "after" | "epoch" => {
            all.extend([
                "x",
                "-1",
                "1.5",
                "9223372036854775808",
                "%2B1",
                "0x10",
                "1e3",
            ]);
        }
        "wait" => all.extend(["x", "-1", &longer, "NaN", "inf", "1e400"]),
        "as_of" => all.extend([
            "x",
            "-1",
            "9223372036854775808",
            "2026-02-30T00:00:00Z",
            "2026-01-01",
            "%2B262142-12-31T23:59:59Z",
            "-262143-01-01T00:00:00Z",
        ]),
        "cursor" => all.extend(["x", "%20", "....", "eyJ2IjoxLCJrIjp7fX0", "eyJ2Ijoy", "%FF"]),
        "limit" => all.extend([
            "x",
            "-1",
            "0",
            "1.5",
            "1e1",
            "99999",
            "99999999999999999999",
        ]),
        "page" => all.extend(["x", "-1", "0", "99999999999999999999"]),
        "offset" => all.extend(["x", "-1", "10001", "99999999999999999999"]),
        "window" => all.extend(["x", "-1", "0", "1001", "65536"]),
        "created_after" | "created_before" => {
            all.extend([
                "x",
                "2026-02-30T00:00:00Z",
                "-262143-01-01T00:00:00Z",
                "2026",
            ]);
        }
        "status" | "priority" | "category" | "severity" if !is_free(name, schema) => {
            all.push("no-such-word");
        }
        "sort" => all.extend(["no_such_field", "name%3Bdrop", "name,name", "--name"]),
        _ if schema["format"] == "uuid" => all.extend(["x", "0198c7a0-0000-7000-8000-00000000dea"]),
        _ if is(schema, "integer") => {
            all.extend(["x", "1.5", "99999999999999999999", "-99999999999999999999"]);
        }
        _ if is(schema, "boolean") => all.extend(["x", "1", "TRUE"]),
        _ => {}
    }
    all.into_iter().map(str::to_owned).collect()
}

/// A product's category is any text; the other lists have words.
fn is_free(name: &str, schema: &Value) -> bool {
    name == "category" && schema["enum"].is_null() && schema["description"].is_null()
}

async fn refused_as(
    target: &Target,
    operation: &Operation<'_>,
    query: String,
) -> (String, u16, String) {
    let what = format!("{} {}?{query}", operation.method, operation.path);
    let request = target.request(operation).build().expect("a request");
    let url = format!("{}?{query}", request.url());
    let request = target.request(operation).build().expect("a request");
    let mut again = reqwest::Request::new(request.method().clone(), url.parse().expect("a URL"));
    again.headers_mut().clone_from(request.headers());
    let answer = reqwest::Client::new()
        .execute(again)
        .await
        .expect("an answer");
    let refusal = judged(&what, Some(operation), answer).await;
    (what, refusal.status, refusal.code)
}

#[tokio::test(flavor = "multi_thread")]
async fn s05_every_bad_parameter_of_every_query_is_refused() {
    let target = Target::new().await;
    let document = document();
    let log = Unchanged::since_now(&target.world).await;
    for operation in operations(&document) {
        // A socket is refused before its query is read.
        let socket = !operation.spec["responses"]["101"].is_null();
        if operation.method != "GET" || socket {
            continue;
        }
        let mut queries = Vec::new();
        for (name, schema) in parameters(&document, &operation, "query") {
            if name == "organization_id" {
                continue;
            }
            for value in bad_values(name, schema) {
                queries.push((name, format!("{name}={value}")));
            }
        }
        let tries = queries.into_iter().map(|(name, query)| {
            let (target, operation) = (&target, &operation);
            async move {
                let (what, status, code) = refused_as(target, operation, query).await;
                let expected = match (name, status) {
                    // What is not there is not looked at any further.
                    (_, 404) if operation.path.contains('{') => "not_found",
                    ("cursor", _) if code != "malformed_request" => "invalid_cursor",
                    _ => "malformed_request",
                };
                let wanted = if expected == "not_found" { 404 } else { 400 };
                assert_eq!((status, code.as_str()), (wanted, expected), "{what}");
            }
        });
        stream::iter(tries)
            .buffer_unordered(AT_ONCE)
            .collect::<Vec<()>>()
            .await;
    }
    log.still("a query").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_that_is_given_twice_or_belongs_to_another_organisation_is_refused() {
    let target = Target::new().await;
    let document = document();
    for operation in operations(&document) {
        let named = parameters(&document, &operation, "query");
        if named.iter().any(|(name, _)| *name == "limit") {
            let (what, status, _) =
                refused_as(&target, &operation, "limit=1&limit=2".to_owned()).await;
            assert!(matches!(status, 400 | 404), "{what}: {status}");
            let (what, status, _) =
                refused_as(&target, &operation, "no_such_parameter=1".to_owned()).await;
            assert!(matches!(status, 400 | 404), "{what}: {status}");
        }
        if named.iter().any(|(name, _)| *name == "organization_id") {
            for id in ["x", "%00", "0198c7a0-0000-7000-8000-000000000bad"] {
                let query = format!("organization_id={id}");
                let (what, status, _) = refused_as(&target, &operation, query).await;
                assert_eq!(status, 404, "{what}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s05_what_is_no_id_in_a_path_names_nothing() {
    let target = Target::new().await;
    let document = document();
    let log = Unchanged::since_now(&target.world).await;
    let long = "a".repeat(5_000);
    let bad = [
        "x",
        "%00",
        "a%00b",
        "%FF",
        "%C3%28",
        "a%2Fb",
        "%20",
        "-1",
        "~",
        "'",
        "%0a",
        &long,
        "0198c7a0-0000-7000-8000-00000000dea",
        "%F0%9F%92%A9",
        "0",
        "9223372036854775808",
    ];
    for operation in operations(&document) {
        if !operation.path.contains('{') || operation.path == DOOR {
            continue;
        }
        for part in bad {
            let base = format!("http://{}", target.world.node.address());
            let url = format!("{base}{}", operation.filled_all(part));
            let built = target.request(&operation).build().expect("a request");
            let mut request =
                reqwest::Request::new(built.method().clone(), url.parse().expect("a URL"));
            request.headers_mut().clone_from(built.headers());
            let what = format!("{} {}", operation.method, operation.filled_all(part));
            let answer = reqwest::Client::new()
                .execute(request)
                .await
                .expect("an answer");
            let status = answer.status().as_u16();
            if status == 200 && operation.method == "GET" && is_open(operation.path) {
                continue;
            }
            let refusal = judged(&what, None, answer).await;
            // A command whose body is missing is not looked up; agents speak as themselves only.
            let known = matches!(refusal.status, 400 | 403 | 404 | 405 | 415);
            assert!(known, "{what}: {refusal:?}");
        }
    }
    log.still("a path").await;
}

/// Lists of what there is none of answer an empty list.
fn is_open(path: &str) -> bool {
    ["/dependencies", "/history", "/logs"]
        .iter()
        .any(|end| path.ends_with(end))
}

#[tokio::test(flavor = "multi_thread")]
async fn s05_every_bad_header_of_every_command_is_refused() {
    let target = Target::new().await;
    let document = document();
    let log = Unchanged::since_now(&target.world).await;
    let sequences = [
        "7",
        "W/\"7\"",
        "\"x\"",
        "\"-1\"",
        "\"9223372036854775808\"",
        "",
        "\"1\", \"2\"",
        "\"\"",
    ];
    let keys = [
        "x",
        "",
        "0198c7a0-0000-7000-8000-00000000dea",
        "7",
        "null",
        "'",
    ];
    for operation in operations(&document) {
        let need = table::route(operation.method.as_str(), operation.path);
        let command = match need {
            Some(Need::Command(..) | Need::AnyOf(_)) => operation.method != "GET",
            _ => operation.path == DOOR,
        };
        if !command {
            continue;
        }
        let bad = sequences.map(|value| ("if-match", value)).into_iter();
        let bad = bad.chain(keys.map(|value| ("idempotency-key", value)));
        let tries = bad.map(|(name, value)| {
            let (target, operation) = (&target, &operation);
            async move {
                let what = format!("{} {} {name}: {value}", operation.method, operation.path);
                let request = target.request(operation).header(name, value);
                let request = request
                    .header("content-type", "application/json")
                    .body("{}");
                let answer = request.send().await.expect("an answer");
                let refusal = judged(&what, Some(operation), answer).await;
                assert_eq!(
                    (refusal.status, refusal.code.as_str()),
                    (400, "malformed_request"),
                    "{what}"
                );
                assert_eq!(refusal.fields[0].to_lowercase(), name, "{what}");
            }
        });
        stream::iter(tries)
            .buffer_unordered(AT_ONCE)
            .collect::<Vec<()>>()
            .await;
        for name in ["if-match", "idempotency-key"] {
            let value = match name {
                "if-match" => HeaderValue::from_static("\"1\""),
                _ => HeaderValue::from_static("0198c7a0-0000-7000-8000-00000000dead"),
            };
            let mut request = target.request(&operation).build().expect("a request");
            request.headers_mut().append(name, value.clone());
            request.headers_mut().append(name, value);
            let what = format!("{} {} {name} twice", operation.method, operation.path);
            let answer = reqwest::Client::new()
                .execute(request)
                .await
                .expect("an answer");
            assert_eq!(
                judged(&what, Some(&operation), answer).await.status,
                400,
                "{what}"
            );
        }
    }
    log.still("a header").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_kept_of_a_request_s_ids_is_replaced() {
    let target = Target::new().await;
    for value in [&b"a b"[..], b"\xff\xfe", &[b'x'; 200], b"", b"\xc3\xa9"] {
        let value = HeaderValue::from_bytes(value).expect("a header value");
        let mut request = target
            .world
            .request(reqwest::Method::GET, "/tasks/x")
            .build()
            .expect("a request");
        for name in [
            "x-request-id",
            "traceparent",
            "accept",
            "if-none-match",
            "origin",
        ] {
            request.headers_mut().insert(name, value.clone());
        }
        let answer = reqwest::Client::new()
            .execute(request)
            .await
            .expect("an answer");
        let id = answer.headers()["x-request-id"].clone();
        assert_ne!(id, value);
        assert_eq!(judged("odd headers", None, answer).await.status, 404);
    }
}

#[test]
fn the_endless_answer_is_in_the_document() {
    assert!(document()["paths"][ENDLESS].is_object());
}
