//! GitHub's OAuth and the two questions that are asked with it.

use std::time::Duration;

use axum::http::{Method, Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::Full;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use url::{Host, Url, form_urlencoded};

use crate::config::{self, Config, ConfigError};
use crate::outbound::{Outbound, OutboundError};

/// GitHub is not waited for longer.
const PATIENCE: Duration = Duration::from_secs(10);
const SCOPE: &str = "read:user user:email";
/// GitHub's codes are far shorter.
const LONGEST_CODE: usize = 512;

/// A GitHub, or what speaks like it.
#[derive(Clone, Debug)]
pub struct Github {
    client: Outbound,
    id: String,
    secret: SecretString,
    web: Url,
    api: Url,
    callback: Url,
}

/// Who somebody is on GitHub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The account's number.
    pub id: i64,
    /// Its name there.
    pub login: String,
    /// What the person is called.
    pub name: Option<String>,
    /// The primary address, which GitHub verified.
    pub email: String,
    /// A picture.
    pub avatar_url: Option<String>,
}

/// Why GitHub does not say who somebody is. No text holds a code, a token or the app's secret.
#[derive(Debug, thiserror::Error)]
pub enum GithubError {
    /// The code is used, old or made up.
    #[error("GitHub does not know this code")]
    Denied,
    /// There is no verified primary address.
    #[error("the GitHub account has no verified primary e-mail address")]
    NoEmail,
    /// GitHub does not know this app: its operator has to mend that.
    #[error("GitHub refuses the app: {0}; check PANTHEON_GITHUB_CLIENT_ID and _SECRET")]
    App(&'static str),
    /// GitHub did not answer.
    #[error(transparent)]
    Unreachable(#[from] OutboundError),
    /// GitHub did not answer as it should.
    #[error("GitHub answered {0} with what is not expected")]
    Strange(StatusCode),
}

impl GithubError {
    /// The word that the frontend is told.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Denied => "access_denied",
            Self::NoEmail => "email_required",
            Self::App(_) | Self::Unreachable(_) | Self::Strange(_) => "temporarily_unavailable",
        }
    }
}

/// GitHub answers 200 to a bad code too.
#[derive(Deserialize)]
struct Granted {
    access_token: Option<SecretString>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Account {
    id: i64,
    login: String,
    name: Option<String>,
    avatar_url: Option<String>,
}

#[derive(Deserialize)]
struct Address {
    email: String,
    #[serde(default)]
    primary: bool,
    #[serde(default)]
    verified: bool,
}

impl Github {
    /// The GitHub of the settings; `None` = not configured.
    ///
    /// # Errors
    /// A setting is missing beside others, or is no address that a secret may be sent to.
    pub fn of(config: &Config) -> Result<Option<Self>, ConfigError> {
        let (id, secret, callback) = (
            config.github_client_id.clone(),
            config.github_client_secret.clone(),
            config.github_callback_url.as_ref(),
        );
        let (id, secret, callback) = match (id, secret, callback) {
            (None, None, None) => return Ok(None),
            (Some(id), Some(secret), Some(callback)) => (id, secret, callback),
            (id, secret, _) => {
                let key = match (id, secret) {
                    (None, _) => "PANTHEON_GITHUB_CLIENT_ID",
                    (_, None) => "PANTHEON_GITHUB_CLIENT_SECRET",
                    _ => "PANTHEON_GITHUB_CALLBACK_URL",
                };
                let reason = "is missing; the client id, the client secret and the callback URL of \
                              GitHub belong together: set all three or none";
                return Err(unusable(key, reason));
            }
        };
        Ok(Some(Self {
            client: Outbound::new(),
            id,
            secret,
            web: safe("PANTHEON_GITHUB_WEB_URL", &config.github_web_url)?,
            api: safe("PANTHEON_GITHUB_API_URL", &config.github_api_url)?,
            callback: read("PANTHEON_GITHUB_CALLBACK_URL", callback)?,
        }))
    }

    /// Where a browser is asked whether it is let in.
    #[must_use]
    pub fn authorize_url(&self, state: &str, challenge: &str) -> String {
        let mut url = at(&self.web, "login/oauth/authorize");
        url.query_pairs_mut()
            .append_pair("client_id", &self.id)
            .append_pair("redirect_uri", self.callback.as_str())
            .append_pair("scope", SCOPE)
            .append_pair("state", state)
            .append_pair("code_challenge", challenge)
            .append_pair("code_challenge_method", "S256");
        url.into()
    }

    /// Whether browsers come back over TLS.
    #[must_use]
    pub fn returns_by_tls(&self) -> bool {
        self.callback.scheme() == "https"
    }

    /// Who a code is of. GitHub's token is used for two questions and dropped.
    ///
    /// # Errors
    /// The code is no good; there is no verified address; GitHub does not answer.
    pub async fn profile(
        &self,
        code: &str,
        verifier: Option<&str>,
        redirect_uri: Option<&str>,
    ) -> Result<Profile, GithubError> {
        let token = self.token(code, verifier, redirect_uri).await?;
        let account: Account = self.ask("user", &token).await?;
        let addresses: Vec<Address> = self.ask("user/emails", &token).await?;
        let primary = addresses
            .into_iter()
            .find(|address| address.primary && address.verified);
        let email = primary.ok_or(GithubError::NoEmail)?.email;
        if account.id <= 0 {
            return Err(GithubError::Strange(StatusCode::OK));
        }
        Ok(Profile {
            id: account.id,
            login: account.login,
            name: account.name,
            email,
            avatar_url: account.avatar_url,
        })
    }

    async fn token(
        &self,
        code: &str,
        verifier: Option<&str>,
        redirect_uri: Option<&str>,
    ) -> Result<SecretString, GithubError> {
        if code.len() > LONGEST_CODE || !code.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(GithubError::Denied);
        }
        let mut fields = vec![
            ("client_id", self.id.as_str()),
            ("client_secret", self.secret.expose_secret()),
            ("code", code),
            (
                "redirect_uri",
                redirect_uri.unwrap_or(self.callback.as_str()),
            ),
        ];
        fields.extend(verifier.map(|verifier| ("code_verifier", verifier)));
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let asked = request(Method::POST, &at(&self.web, "login/oauth/access_token"))
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::from(form))
            .expect("a URL that was read is one that can be asked");
        let (status, body) = self.send(asked).await?;
        match status {
            // Which codes there are is the caller's affair, not a fault of anybody's.
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
                return Err(GithubError::Denied);
            }
            StatusCode::NOT_FOUND => {
                return Err(GithubError::App("it does not know the client id"));
            }
            _ => {}
        }
        let granted: Granted = read_as(status, &body)?;
        match (granted.access_token, granted.error.as_deref()) {
            (Some(token), None) => Ok(token),
            (_, Some("incorrect_client_credentials")) => {
                Err(GithubError::App("the client secret is wrong"))
            }
            _ => Err(GithubError::Denied),
        }
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        token: &SecretString,
    ) -> Result<T, GithubError> {
        let bearer = format!("Bearer {}", token.expose_secret());
        let asked = request(Method::GET, &at(&self.api, path))
            .header(header::AUTHORIZATION, bearer)
            .header(header::ACCEPT, "application/vnd.github+json")
            .body(Full::default())
            // A token that stands in no header is none.
            .map_err(|_| GithubError::Strange(StatusCode::OK))?;
        let (status, body) = self.send(asked).await?;
        read_as(status, &body)
    }

    async fn send(&self, asked: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes), GithubError> {
        let answer = self.client.send(asked, PATIENCE).await?;
        Ok((answer.status(), answer.into_body()))
    }
}

fn request(method: Method, url: &Url) -> axum::http::request::Builder {
    Request::builder().method(method).uri(url.as_str()).header(
        header::USER_AGENT,
        concat!("pantheon/", env!("CARGO_PKG_VERSION")),
    )
}

fn read_as<T: DeserializeOwned>(status: StatusCode, body: &[u8]) -> Result<T, GithubError> {
    match status.is_success() {
        true => serde_json::from_slice(body).map_err(|_| GithubError::Strange(status)),
        false => Err(GithubError::Strange(status)),
    }
}

fn unusable(key: &'static str, reason: impl Into<String>) -> ConfigError {
    ConfigError::Unusable {
        key,
        reason: reason.into(),
    }
}

fn read(setting: &'static str, url: &config::Url) -> Result<Url, ConfigError> {
    let read: Result<Url, _> = url.expose().parse();
    let read = read.map_err(|error| unusable(setting, error.to_string()))?;
    match read.scheme() {
        "http" | "https" if read.has_host() => Ok(read),
        _ => Err(unusable(setting, "has to begin with https://")),
    }
}

/// An address that the app's secret and people's tokens are sent to.
fn safe(setting: &'static str, url: &config::Url) -> Result<Url, ConfigError> {
    let read = read(setting, url)?;
    let here = match read.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if read.scheme() == "https" || here {
        return Ok(read);
    }
    let reason = "secrets are sent there, so it has to begin with https://";
    Err(unusable(setting, reason))
}

/// A path below a base that may have a path of its own.
fn at(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path.split('/'));
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Setting;

    fn url(text: &str) -> config::Url {
        config::Url::parse(text).expect("a URL")
    }

    #[test]
    fn secrets_go_over_tls_or_stay_on_the_machine() {
        for good in [
            "https://github.com",
            "https://ghe.example/api/v3",
            "http://127.0.0.1:1234",
            "http://localhost:1234/api",
            "http://[::1]:80",
        ] {
            assert!(
                safe("PANTHEON_GITHUB_WEB_URL", &url(good)).is_ok(),
                "{good}"
            );
        }
        for bad in [
            "http://github.com",
            "ftp://github.com",
            "http://localhost.example",
        ] {
            let refused = safe("PANTHEON_GITHUB_WEB_URL", &url(bad)).expect_err(bad);
            assert!(refused.to_string().starts_with("PANTHEON_GITHUB_WEB_URL:"));
        }
    }

    #[test]
    fn a_base_may_have_a_path() {
        for base in ["https://ghe.example/api/v3", "https://ghe.example/api/v3/"] {
            let base = base.parse().expect("a URL");
            assert_eq!(
                at(&base, "user/emails").as_str(),
                "https://ghe.example/api/v3/user/emails"
            );
        }
    }
}
