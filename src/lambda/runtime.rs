//! The runtime API of Lambda: the next event is asked for, and its answer is handed in.
//!
//! Shape: one invocation at a time, as Lambda gives them.
//! On failure: an event that is no request is reported as an error of that invocation; when the
//! runtime API itself is gone the process ends, and Lambda starts another one.

use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

const VERSION: &str = "2018-06-01";
const REQUEST_ID: &str = "lambda-runtime-aws-request-id";

/// The runtime API of this process's environment.
pub struct Runtime {
    client: Client<HttpConnector, Full<Bytes>>,
    at: String,
}

/// One event, and under which id its answer is wanted.
pub struct Invocation {
    /// The id.
    pub id: String,
    /// What happened.
    pub event: Bytes,
}

impl Runtime {
    /// The runtime API at this address (`AWS_LAMBDA_RUNTIME_API`).
    #[must_use]
    pub fn at(address: &str) -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            at: format!("http://{address}/{VERSION}/runtime"),
        }
    }

    /// Waits for the next event, however long that takes.
    pub async fn next(&self) -> anyhow::Result<Invocation> {
        let request = Request::get(format!("{}/invocation/next", self.at));
        let answer = self.client.request(request.body(Full::default())?).await?;
        let id = id_of(answer.headers())?;
        let event = answer.into_body().collect().await?.to_bytes();
        Ok(Invocation { id, event })
    }

    /// Hands in the answer to an event.
    pub async fn answer(&self, id: &str, answer: &Value) -> anyhow::Result<()> {
        self.post(&format!("invocation/{id}/response"), answer)
            .await
    }

    /// Says that an event has no answer.
    pub async fn fail(&self, id: &str, message: &str) -> anyhow::Result<()> {
        self.post(&format!("invocation/{id}/error"), &error(message))
            .await
    }

    /// Says that this process cannot start.
    pub async fn fail_to_start(&self, message: &str) -> anyhow::Result<()> {
        self.post("init/error", &error(message)).await
    }

    async fn post(&self, path: &str, body: &Value) -> anyhow::Result<()> {
        let request = Request::post(format!("{}/{path}", self.at))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::from(body.to_string()))?;
        let answer = self.client.request(request).await?;
        let status = answer.status();
        anyhow::ensure!(status.is_success(), "the runtime API answers {status}");
        // The connection is used again once its answer is read.
        Body::new(answer.into_body()).collect().await?;
        Ok(())
    }
}

fn id_of(headers: &HeaderMap) -> anyhow::Result<String> {
    let id = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
    id.map(str::to_owned)
        .ok_or_else(|| anyhow::anyhow!("the runtime API names no invocation"))
}

fn error(message: &str) -> Value {
    json!({ "errorMessage": message, "errorType": "Runtime.Error", "stackTrace": [] })
}
