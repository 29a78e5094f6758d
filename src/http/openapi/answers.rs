//! Which answers a route may give beside its own: every status, so that a client meets none that
//! the document does not name.

use serde_json::{Map, Value, json};

use crate::auth::Need;

/// What is known of a route.
pub(super) struct Route<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub need: Need,
    /// Whether it reads a body.
    pub body: bool,
}

impl Route<'_> {
    fn is_public(&self) -> bool {
        matches!(self.need, Need::Public | Need::Door)
    }

    /// Whether it needs no token, but takes a credential or leave to register.
    fn signs_in(&self) -> bool {
        self.method == "POST"
            && ["/api/v1/auth/", "/oauth/"]
                .iter()
                .any(|at| self.path.starts_with(at))
    }

    fn is_socket(&self, answers: &Map<String, Value>) -> bool {
        self.method == "GET" && answers.contains_key("101")
    }

    /// Adds what the layers in front of the handler, and all handlers of its kind, may answer.
    pub(super) fn complete(&self, answers: &mut Map<String, Value>) {
        let query = self.method == "GET";
        let mut statuses = vec![400, 429, 503];
        if !self.is_public() {
            statuses.extend([401, 403, 404]);
        } else if self.signs_in() {
            statuses.extend([401, 403]);
        }
        if self.is_socket(answers) {
            statuses.extend([401, 403, 426]);
        } else if query {
            statuses.extend([504]);
            answers
                .entry("304")
                .or_insert_with(|| json!({ "description": "what the caller has is current" }));
        } else {
            statuses.extend([409, 412, 422]);
            answers
                .entry("202")
                .or_insert_with(|| json!({
                    "description": "recorded; the read model is late",
                    "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Accepted" } } }
                }));
        }
        if self.body {
            statuses.extend([408, 413, 415]);
        }
        if self.path.contains('{') {
            statuses.push(404);
        }
        // What a handler names itself has the one body as well.
        let named = answers.keys().filter_map(|status| status.parse().ok());
        statuses.extend(named.filter(|status| REFUSALS.contains(status)));
        for status in statuses {
            let refusal = json!({ "$ref": format!("#/components/responses/{status}") });
            answers.insert(status.to_string(), refusal);
        }
        answers.sort_keys();
    }
}

const REFUSALS: [u16; 14] = [
    400, 401, 403, 404, 408, 409, 412, 413, 415, 422, 426, 429, 503, 504,
];

/// Every refusal, for `components/responses`.
pub(super) fn refusals() -> Value {
    let all = REFUSALS.map(|status| (status.to_string(), refusal(status)));
    Value::Object(Map::from_iter(all))
}

fn refusal(status: u16) -> Value {
    let text = match status {
        400 => "the request cannot be read",
        401 => "no valid token",
        403 => "not allowed",
        404 => "not there, or somebody else's",
        408 => "the body came too slowly",
        409 => "already there, or it kept changing",
        412 => "it has changed since `If-Match`",
        413 => "the body is too large",
        415 => "not JSON",
        422 => "a value breaks a limit, a rule said no, or the command id is used up",
        426 => "not a WebSocket",
        429 => "too many requests",
        503 => "what is needed does not answer, or too much to do",
        _ => "the read model has not reached `min_position` in time",
    };
    let schema = json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
    let mut answer = json!({
        "description": text,
        "content": { "application/json": schema, "application/problem+json": schema },
    });
    if matches!(status, 429 | 503 | 504) {
        answer["headers"]["Retry-After"] = json!({
            "description": "Seconds until a repeat may help.",
            "required": true,
            "schema": { "type": "integer", "minimum": 0 },
        });
    }
    answer
}
