//! Requests and answers as API Gateway's HTTP API and function URLs write them (payload 2.0).

use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Request, StatusCode, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt, Limited};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::http::edge::Peer;

/// Lambda takes six; what surrounds the body needs room too.
const LONGEST: usize = 5 * 1024 * 1024;

/// Why an event is no request.
#[derive(Debug, thiserror::Error)]
#[error("the event is no request of payload version 2.0: {0}")]
pub struct NoRequest(String);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    raw_path: String,
    #[serde(default)]
    raw_query_string: String,
    #[serde(default)]
    headers: Map<String, Value>,
    request_context: Context,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context {
    http: Http,
    #[serde(default)]
    stage: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Http {
    method: String,
    #[serde(default)]
    source_ip: String,
}

/// The request of an event.
pub fn request(event: &[u8]) -> Result<Request<Body>, NoRequest> {
    let no = |error: &dyn std::fmt::Display| NoRequest(error.to_string());
    let event: Event = serde_json::from_slice(event).map_err(|error| no(&error))?;
    // A named stage is part of the path that the gateway was asked for, not of ours.
    let stage = format!("/{}", event.request_context.stage);
    let path = match event.raw_path.strip_prefix(&stage) {
        Some(rest) if stage.len() > 1 && (rest.is_empty() || rest.starts_with('/')) => rest,
        _ => &event.raw_path,
    };
    let path = if path.is_empty() { "/" } else { path };
    let target = match event.raw_query_string.as_str() {
        "" => path.to_owned(),
        query => format!("{path}?{query}"),
    };
    let http = &event.request_context.http;
    let mut request = Request::builder().method(http.method.as_str()).uri(target);
    for (name, value) in &event.headers {
        let value = value.as_str().unwrap_or_default();
        let parsed = (
            HeaderName::try_from(name.as_str()),
            HeaderValue::try_from(value),
        );
        if let (Ok(name), Ok(value)) = parsed {
            request = request.header(name, value);
        }
    }
    if let Ok(address) = http.source_ip.parse::<IpAddr>() {
        request = request.extension(Peer(SocketAddr::new(address, 0)));
    }
    let body = event.body.unwrap_or_default();
    let body = match event.is_base64_encoded {
        true => STANDARD.decode(body).map_err(|error| no(&error))?,
        false => body.into_bytes(),
    };
    request.body(Body::from(body)).map_err(|error| no(&error))
}

/// The answer as the gateway wants it.
pub async fn answer(response: Response) -> Value {
    let (head, body) = response.into_parts();
    let Ok(body) = Limited::new(body, LONGEST).collect().await else {
        return too_long();
    };
    let body = body.to_bytes();
    let mut headers = Map::new();
    let mut cookies = Vec::new();
    for (name, value) in &head.headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        if name == header::SET_COOKIE {
            cookies.push(Value::from(value));
            continue;
        }
        let joined = match headers.get(name.as_str()).and_then(Value::as_str) {
            Some(first) => format!("{first}, {value}"),
            None => value,
        };
        headers.insert(name.as_str().to_owned(), joined.into());
    }
    let (body, encoded) = match std::str::from_utf8(&body) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (STANDARD.encode(&body), true),
    };
    json!({
        "statusCode": head.status.as_u16(),
        "headers": headers,
        "cookies": cookies,
        "body": body,
        "isBase64Encoded": encoded,
    })
}

fn too_long() -> Value {
    let status = StatusCode::PAYLOAD_TOO_LARGE.as_u16();
    let message = "The answer is longer than 5 MiB. Ask for less at a time, with `limit`.";
    let code = "answer_too_large";
    let body = json!({
        "type": format!("/problems/{code}"), "title": "Payload Too Large", "status": status,
        "code": code, "error": code, "detail": message, "message": message,
    });
    json!({
        "statusCode": status,
        "headers": { "content-type": "application/json", "access-control-allow-origin": "*" },
        "cookies": [],
        "body": body.to_string(),
        "isBase64Encoded": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(more: Value) -> Vec<u8> {
        let mut event = json!({
            "version": "2.0", "rawPath": "/live/api/v1/tasks", "rawQueryString": "label=a&label=b%20c",
            "headers": { "authorization": "Bearer x", "x-forwarded-for": "198.51.100.7" },
            "requestContext": {
                "http": { "method": "POST", "sourceIp": "198.51.100.7" }, "stage": "live",
            },
            "body": "eyJhIjoxfQ==", "isBase64Encoded": true,
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            event[name] = value.clone();
        }
        event.to_string().into_bytes()
    }

    #[tokio::test]
    async fn an_event_is_the_request_that_was_made() {
        let request = request(&event(json!({}))).expect("a request");
        assert_eq!(request.method(), "POST");
        assert_eq!(request.uri(), "/api/v1/tasks?label=a&label=b%20c");
        assert_eq!(request.headers()["authorization"], "Bearer x");
        let peer = request.extensions().get::<Peer>().expect("an address");
        assert_eq!(peer.0.ip().to_string(), "198.51.100.7");
        let body = request
            .into_body()
            .collect()
            .await
            .expect("a body")
            .to_bytes();
        assert_eq!(&body[..], b"{\"a\":1}");
    }

    #[test]
    fn a_path_is_not_cut_by_what_is_no_stage() {
        let context = json!({ "http": { "method": "GET" }, "stage": "$default" });
        let whole =
            event(json!({ "requestContext": context, "rawPath": "/live", "rawQueryString": "" }));
        assert_eq!(request(&whole).expect("a request").uri(), "/live");
        let alike = event(json!({ "rawPath": "/lively/x", "rawQueryString": "" }));
        assert_eq!(request(&alike).expect("a request").uri(), "/lively/x");
        assert!(request(b"{}").is_err());
        assert!(request(&event(json!({ "body": "%" }))).is_err());
    }

    #[tokio::test]
    async fn an_answer_keeps_its_bytes_and_every_header() {
        let response = Response::builder()
            .header("vary", "origin")
            .header("vary", "authorization")
            .header("set-cookie", "a=1")
            .body(Body::from(vec![0xff, 0x00]));
        let answer = answer(response.expect("a response")).await;
        assert_eq!(answer["headers"]["vary"], "origin, authorization");
        assert_eq!(answer["cookies"], json!(["a=1"]));
        assert_eq!(
            (&answer["body"], &answer["isBase64Encoded"]),
            (&json!("/wA="), &json!(true))
        );
    }

    #[tokio::test]
    async fn an_answer_that_lambda_would_not_take_is_refused() {
        let response = Response::new(Body::from(vec![b'x'; LONGEST + 1]));
        assert_eq!(answer(response).await["statusCode"], 413);
    }
}
