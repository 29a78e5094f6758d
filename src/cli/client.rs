//! The HTTP client of the client commands.

use std::path::Path;
use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

use super::{Exit, Failure, Global};

/// A server and the right to talk to it.
pub struct Api {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl Api {
    /// The server and token that the call names.
    pub fn new(global: &Global) -> Result<Self, Failure> {
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .build()
            .map_err(|error| Failure::failed(error.to_string()))?;
        let base = global.server.trim_end_matches('/').to_owned();
        Ok(Self {
            http,
            base,
            token: token(global)?,
        })
    }

    /// `GET` with query parameters.
    pub async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value, Failure> {
        self.send(self.request(Method::GET, path).query(query))
            .await
    }

    /// `POST` of a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Result<Value, Failure> {
        self.send(self.request(Method::DELETE, path)).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .timeout(Duration::from_secs(60));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn send(&self, request: RequestBuilder) -> Result<Value, Failure> {
        let answer = request
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        let status = answer.status();
        let body = answer
            .bytes()
            .await
            .map_err(|error| self.unreachable(&error))?;
        if status.is_success() {
            if body.is_empty() {
                return Ok(Value::Null);
            }
            return serde_json::from_slice(&body).map_err(|error| {
                Failure::failed(format!("the server's answer is not JSON: {error}"))
            });
        }
        Err(refused(status, &body))
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let why = if error.is_timeout() {
            "did not answer in time"
        } else {
            "is not reachable"
        };
        Failure::unreachable(format!(
            "{} {why}. Start one with `pantheon dev`, or name another with --server.",
            self.base
        ))
    }
}

fn refused(status: StatusCode, body: &[u8]) -> Failure {
    let problem: Value = serde_json::from_slice(body).unwrap_or_default();
    let said = problem["message"]
        .as_str()
        .unwrap_or("the server gave no reason");
    let code = problem["code"].as_str().unwrap_or_default();
    let exit = match status.as_u16() {
        401 | 403 => Exit::Denied,
        404 => Exit::NotFound,
        409 | 412 => Exit::Conflict,
        504 => Exit::Behind,
        503 => Exit::Unreachable,
        _ => Exit::Failed,
    };
    let mut message = format!("{said} ({} {code})", status.as_u16());
    if exit == Exit::Denied {
        message.push_str("\nName a token with --token-file or PANTHEON_TOKEN.");
    }
    for error in problem["errors"].as_array().into_iter().flatten() {
        let field = error["field"].as_str().unwrap_or_default();
        message.push_str(&format!(
            "\n  {field}: {}",
            error["message"].as_str().unwrap_or_default()
        ));
    }
    Failure::new(exit, message)
}

/// `--token-file`, then `PANTHEON_TOKEN`, then the token that `pantheon dev` left in this folder.
fn token(global: &Global) -> Result<Option<String>, Failure> {
    if let Some(path) = &global.token_file {
        return read(path).map(Some).map_err(|error| {
            Failure::usage(format!(
                "the token file {} cannot be read: {error}",
                path.display()
            ))
        });
    }
    if let Ok(token) = std::env::var("PANTHEON_TOKEN") {
        return Ok(Some(token.trim().to_owned()));
    }
    let data = std::env::var("PANTHEON_DATA_DIR").unwrap_or_else(|_| ".pantheon".to_owned());
    Ok(read(&Path::new(&data).join("admin.token")).ok())
}

fn read(path: &Path) -> std::io::Result<String> {
    Ok(std::fs::read_to_string(path)?.trim().to_owned())
}
