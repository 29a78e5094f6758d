//! What is answered on the bus: the same verdicts and the same error body as on HTTP.

use bytes::Bytes;
use pantheon_nats::BusReply;
use serde_json::Value;

use crate::http::Problem;

/// An accepted command's answer.
pub(super) fn ok(mut body: Value) -> BusReply {
    body["status"] = Value::from(200);
    BusReply {
        status: 200,
        body: Bytes::from(body.to_string()),
        retry_after: None,
    }
}

/// A refusal.
pub(super) fn problem(problem: &Problem, request_id: &str) -> BusReply {
    let mut body = problem.body(request_id);
    // A reply on the bus has no headers to say it in.
    let command = problem.aside.as_ref().and_then(|aside| aside.command_id);
    if let (Some(id), b'}') = (command, body.pop().unwrap_or_default()) {
        body.extend_from_slice(format!(",\"command_id\":\"{id}\"").as_bytes());
    }
    body.push(b'}');
    BusReply {
        status: problem.status.as_u16(),
        body: Bytes::from(body),
        retry_after: problem.retry_after,
    }
}
