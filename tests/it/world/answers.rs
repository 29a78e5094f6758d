//! Reading answers.

use std::panic::Location;

use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;

/// An answer, read whole.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// `null` when there is no body.
    pub body: Value,
}

pub async fn reply(request: RequestBuilder) -> Reply {
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = response.bytes().await.expect("a body");
    let body = match bytes.is_empty() {
        true => Value::Null,
        false => serde_json::from_slice(&bytes).expect("JSON"),
    };
    Reply {
        status,
        headers,
        body,
    }
}

pub async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let Reply { status, body, .. } = reply(request).await;
    (status, body)
}

/// The status and the parsed error body, after checking that it has the one form.
pub async fn problem(request: RequestBuilder) -> (u16, Value) {
    let Reply {
        status,
        headers,
        body,
    } = reply(request).await;
    let status = status.as_u16();
    assert_eq!(headers["access-control-allow-origin"], "*");
    assert_eq!(headers["content-type"], "application/json", "{body}");
    let id = headers["x-request-id"].to_str().expect("text");
    assert_eq!(body["status"], status);
    assert_eq!(body["request_id"], id);
    for name in ["title", "detail", "code", "error", "message"] {
        let text = body[name].as_str();
        assert!(text.is_some_and(|text| !text.is_empty()), "{name}: {body}");
    }
    assert_eq!(body["type"], format!("/problems/{}", code(&body)));
    assert_eq!(body["error"], body["code"]);
    assert_eq!(body["message"], body["detail"]);
    (status, body)
}

/// Expects a refusal with this status and code; gives the error body.
#[track_caller]
pub fn refused(
    request: RequestBuilder,
    status: u16,
    code: &str,
) -> impl Future<Output = Value> + use<> {
    let (code, caller) = (code.to_owned(), Location::caller());
    async move {
        let (got, body) = problem(request).await;
        assert_eq!(
            (got, &body["code"]),
            (status, &code.into()),
            "{caller}: {body}"
        );
        body
    }
}

/// The status and the very bytes, for answers that have to be the same.
pub async fn bytes(request: RequestBuilder) -> (u16, Vec<u8>) {
    let request = request.header("x-request-id", "same");
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.bytes().await.expect("a body").to_vec())
}

pub fn code(problem: &Value) -> String {
    problem["code"].as_str().expect("a code").to_owned()
}
