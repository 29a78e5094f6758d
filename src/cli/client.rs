//! The HTTP client of the client commands.

use std::fmt;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode, Url};
use serde_json::Value;

use super::{Exit, Failure, Global};
use crate::config::{Config, Mode, Sources, read_secret};

/// A server and the right to talk to it.
pub struct Api {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    patience: Duration,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum ApiError {
    /// Nobody is there.
    Unreachable(String),
    /// Nothing came in time.
    TimedOut(String),
    /// The server said no.
    Refused(Refused),
    /// What came is not an answer of Pantheon's.
    Strange(String),
}

/// What the server said.
#[derive(Debug)]
pub struct Refused {
    /// The status.
    pub status: StatusCode,
    /// The stable name of the rule.
    pub code: String,
    message: String,
    errors: Vec<(String, String)>,
}

impl Api {
    /// The server and token that the call names.
    pub fn new(global: &Global) -> Result<Self, Failure> {
        let url = server(&global.server)?;
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .build()
            .map_err(|error| Failure::failed(error.to_string()))?;
        Ok(Self {
            http,
            base: url.as_str().trim_end_matches('/').to_owned(),
            token: token(global, &url)?,
            patience: global.timeout,
        })
    }

    /// How long it waits for an answer.
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// `GET` with query parameters.
    pub async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value, ApiError> {
        self.send(self.request(Method::GET, path).query(query))
            .await
    }

    /// `POST` of a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, ApiError> {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Result<Value, ApiError> {
        self.send(self.request(Method::DELETE, path)).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .timeout(self.patience);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn send(&self, request: RequestBuilder) -> Result<Value, ApiError> {
        let answer = request.send().await.map_err(|error| self.lost(&error))?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(|error| self.lost(&error))?;
        if !status.is_success() {
            return Err(ApiError::Refused(Refused::read(status, &body)));
        }
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body).map_err(|error| {
            ApiError::Strange(format!("the answer of {} is not JSON: {error}", self.base))
        })
    }

    fn lost(&self, error: &reqwest::Error) -> ApiError {
        // A connection that cannot be made in time is a server that is not there.
        if error.is_timeout() && !error.is_connect() {
            return ApiError::TimedOut(format!("{} did not answer in time.", self.base));
        }
        ApiError::Unreachable(format!(
            "{} is not reachable. Start a server with `pantheon dev`, or name another with \
             --server.",
            self.base
        ))
    }
}

impl ApiError {
    /// Whether the same question may get an answer a little later.
    pub fn passes(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::TimedOut(_) => true,
            Self::Refused(said) => matches!(said.status.as_u16(), 429 | 502..=504),
            Self::Strange(_) => false,
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Unreachable(_) => Exit::Unreachable,
            Self::TimedOut(_) => Exit::Behind,
            Self::Refused(said) => said.exit(),
            Self::Strange(_) => Exit::Failed,
        }
    }
}

impl Refused {
    fn read(status: StatusCode, body: &[u8]) -> Self {
        let problem: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let errors = problem["errors"].as_array().into_iter().flatten();
        Self {
            status,
            code: text(&problem["code"]),
            message: problem["message"]
                .as_str()
                .unwrap_or("the server gave no reason")
                .to_owned(),
            errors: errors
                .map(|error| (text(&error["field"]), text(&error["message"])))
                .collect(),
        }
    }

    fn exit(&self) -> Exit {
        match (self.status.as_u16(), self.code.as_str()) {
            (_, "integrity_violation") => Exit::Verification,
            (400, _) => Exit::Usage,
            (401 | 403, _) => Exit::Denied,
            (404, _) => Exit::NotFound,
            (409 | 412, _) => Exit::Conflict,
            (502 | 503, _) => Exit::Unreachable,
            (504, _) => Exit::Behind,
            _ => Exit::Failed,
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(message) | Self::TimedOut(message) | Self::Strange(message) => {
                f.write_str(message)
            }
            Self::Refused(said) => said.fmt(f),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({} {})",
            self.message,
            self.status.as_u16(),
            self.code
        )?;
        for (field, message) in &self.errors {
            write!(f, "\n  {field}: {message}")?;
        }
        if self.status == StatusCode::UNAUTHORIZED {
            write!(f, "\nName a token with --token-file or PANTHEON_TOKEN.")?;
        }
        Ok(())
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self::new(error.exit(), error.to_string())
    }
}

/// Text as one part of a path.
pub fn segment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn server(text: &str) -> Result<Url, Failure> {
    let wrong = |why: &str| {
        Failure::usage(format!(
            "--server {text:?} {why}; write it as in http://127.0.0.1:8080"
        ))
    };
    let url = Url::parse(text).map_err(|_| wrong("is not a URL"))?;
    match url.scheme() {
        "http" => Ok(url),
        "https" => Err(wrong(
            "asks for TLS, which this program does not speak itself: go through a tunnel or a \
             proxy on this machine",
        )),
        _ => Err(wrong("is not an HTTP address")),
    }
}

/// `--token-file`, then `PANTHEON_TOKEN` or `PANTHEON_TOKEN_FILE`, then, for a server on this
/// machine, the token that `pantheon dev` left in the data directory.
fn token(global: &Global, server: &Url) -> Result<Option<String>, Failure> {
    let read = |key: &str, path: &Path| -> Result<Option<String>, Failure> {
        Ok(Some(read_secret(key, path)?.trim().to_owned()))
    };
    if let Some(path) = &global.token_file {
        return read("--token-file", path);
    }
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    match (set("PANTHEON_TOKEN"), set("PANTHEON_TOKEN_FILE")) {
        (Some(_), Some(_)) => Err(Failure::usage(
            "PANTHEON_TOKEN: set the value or its file, not both",
        )),
        (Some(token), None) => Ok(Some(token.trim().to_owned())),
        (None, Some(path)) => read("PANTHEON_TOKEN_FILE", Path::new(&path)),
        (None, None) if is_here(server) => {
            let path = data_dir().join("admin.token");
            match path.exists() {
                true => read("PANTHEON_DATA_DIR", &path),
                false => Ok(None),
            }
        }
        (None, None) => Ok(None),
    }
}

/// The administrator's token of this machine is for nobody else's server.
fn is_here(server: &Url) -> bool {
    let host = server.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Where `pantheon dev` keeps its data here. Client commands work without good settings.
fn data_dir() -> std::path::PathBuf {
    match Config::load(&Sources::process(Mode::Dev, Default::default())) {
        Ok(config) => config.data_dir,
        Err(_) => ".pantheon".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_part_of_a_path_whatever_is_in_it() {
        assert_eq!(segment("task-1"), "task-1");
        assert_eq!(segment("a/b c?d#é"), "a%2Fb%20c%3Fd%23%C3%A9");
    }

    #[test]
    fn the_exit_code_of_a_refusal_is_that_of_its_kind() {
        let exit = |status: u16, code: &str| {
            let status = StatusCode::from_u16(status).expect("a status");
            let body = serde_json::json!({ "code": code, "message": "no" }).to_string();
            Refused::read(status, body.as_bytes()).exit()
        };
        for (status, code, expected) in [
            (400, "malformed_request", Exit::Usage),
            (401, "unauthenticated", Exit::Denied),
            (403, "forbidden", Exit::Denied),
            (404, "not_found", Exit::NotFound),
            (409, "already_exists", Exit::Conflict),
            (412, "sequence_mismatch", Exit::Conflict),
            (422, "command_mismatch", Exit::Failed),
            (422, "validation_failed", Exit::Failed),
            (500, "internal", Exit::Failed),
            (500, "integrity_violation", Exit::Verification),
            (503, "overloaded", Exit::Unreachable),
            (504, "projection_behind", Exit::Behind),
        ] {
            assert_eq!(exit(status, code), expected, "{status} {code}");
        }
    }

    #[test]
    fn the_token_of_this_machine_stays_on_it() {
        let here = |url: &str| is_here(&Url::parse(url).expect("a URL"));
        assert!(here("http://127.0.0.1:8080") && here("http://[::1]") && here("http://localhost"));
        assert!(!here("http://10.0.0.1") && !here("http://localhost.example.org"));
    }
}
