//! Talking to a node that may be gone, and may come back elsewhere.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;

/// Where a node listens now: a restart gives it another port. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Address(Arc<RwLock<String>>);

impl Address {
    /// `127.0.0.1:<port>` of its last start.
    #[must_use]
    pub fn get(&self) -> String {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// That of a URL, as in a `ready` line.
    #[must_use]
    pub fn of(url: &str) -> Self {
        let address = Self::default();
        address.set(url);
        address
    }

    /// From a `ready` line.
    pub(crate) fn set(&self, url: &str) {
        let address = url.trim_start_matches("http://").to_owned();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = address;
    }
}

/// An answer, read whole.
#[derive(Clone)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it was sent.
    pub text: String,
    /// The body, when it is JSON.
    pub body: Value,
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = if self.code().is_empty() {
            &self.text
        } else {
            self.code()
        };
        write!(f, "{} {said:.200}", self.status.as_u16())
    }
}

impl Reply {
    /// The `Pantheon-Position`.
    #[must_use]
    pub fn position(&self) -> Option<i64> {
        let value = self.headers.get("pantheon-position")?;
        value.to_str().ok()?.parse().ok()
    }

    /// Whether this is the first answer again.
    #[must_use]
    pub fn is_replayed(&self) -> bool {
        self.headers.contains_key("idempotency-replayed")
    }

    /// The problem's code; empty when it is none.
    #[must_use]
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The answer, if its status is this one.
    ///
    /// # Errors
    /// It is another one; the message has the body.
    pub fn expect(self, status: u16) -> Result<Self> {
        let (is, text) = (self.status, &self.text);
        ensure!(is == status, "{is} instead of {status}: {text}");
        Ok(self)
    }
}

/// One node's HTTP door, as somebody. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Api {
    http: Client,
    address: Address,
    token: String,
}

impl Api {
    /// A door with a token. No request waits longer than `patience`.
    ///
    /// # Errors
    /// When there is no client to be had.
    pub fn new(address: Address, token: impl Into<String>, patience: Duration) -> Result<Self> {
        Ok(Self {
            http: Client::builder().timeout(patience).build()?,
            address,
            token: token.into(),
        })
    }

    /// The same door as somebody else.
    #[must_use]
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self {
            token: token.into(),
            ..self.clone()
        }
    }

    /// A request; `path` begins with a slash.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("http://{}{path}", self.address.get());
        self.http.request(method, url).bearer_auth(&self.token)
    }

    /// `GET` below `/api/v1`.
    ///
    /// # Errors
    /// No answer.
    pub async fn get(&self, path: &str) -> Result<Reply> {
        send(self.request(Method::GET, &format!("/api/v1{path}"))).await
    }

    /// `POST` below `/api/v1`.
    ///
    /// # Errors
    /// No answer.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Reply> {
        let request = self.request(Method::POST, &format!("/api/v1{path}"));
        send(request.json(body)).await
    }

    /// `PATCH` below `/api/v1`.
    ///
    /// # Errors
    /// No answer.
    pub async fn patch(&self, path: &str, body: &Value) -> Result<Reply> {
        let request = self.request(Method::PATCH, &format!("/api/v1{path}"));
        send(request.json(body)).await
    }

    /// `/readyz?verbose`, whatever it says.
    ///
    /// # Errors
    /// No answer.
    pub async fn ready(&self) -> Result<Reply> {
        send(self.request(Method::GET, "/readyz?verbose")).await
    }

    /// One part of `/readyz?verbose`.
    ///
    /// # Errors
    /// No answer, or no such part in it.
    pub async fn part(&self, name: &str) -> Result<Value> {
        let ready = self.ready().await?;
        let parts = ready.body["checks"].as_array().into_iter().flatten();
        { parts }
            .find(|part| part["name"] == name)
            .cloned()
            .with_context(|| format!("no part {name}: {}", ready.text))
    }

    /// A metric's value; 0 when it was never counted.
    ///
    /// # Errors
    /// No answer, or no number.
    pub async fn metric(&self, name: &str) -> Result<f64> {
        let page = send(self.request(Method::GET, "/metrics")).await?;
        let mut lines = page.text.lines();
        let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        Ok(line.map(str::parse).transpose()?.unwrap_or_default())
    }
}

/// Sends and reads the whole answer.
///
/// # Errors
/// No answer, or one that broke off.
pub async fn send(request: RequestBuilder) -> Result<Reply> {
    let answer = request.send().await.context("no answer")?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let text = answer.text().await.context("the answer broke off")?;
    let body = serde_json::from_str(&text).unwrap_or_default();
    Ok(Reply {
        status,
        headers,
        text,
        body,
    })
}
