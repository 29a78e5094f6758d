//! `POST /api/v1/auth/mock`: signing in as anybody, from this machine. This file is compiled with the
//! feature `mock-login` only, which no release build can have.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use serde::Deserialize;
use url::{Host, Url};
use utoipa::ToSchema;

use super::login::user_agent;
use super::view::{TokenResponse, tokens};
use crate::app::App;
use crate::http::edge::{Peer, is_loopback};
use crate::http::{Answer, ApiJson, Problem, RequestMeta};
use crate::identity::{GithubProfile, sign_in_by_mock};

const PICTURE: &str = "https://avatars.githubusercontent.com/u/0";

/// Whom to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MockLogin {
    /// The number of a GitHub account, 1 or more.
    #[schema(minimum = 1)]
    github_id: i64,
    /// Its address.
    email: String,
    /// What the person is called.
    name: Option<String>,
}

/// Signs in as anybody, as an admin of the default organisation. From this machine only.
#[utoipa::path(post, path = "/api/v1/auth/mock", tag = "sign-in", request_body = MockLogin,
    responses((status = 200, description = "A pair of tokens", body = TokenResponse)))]
pub async fn mock(
    State(app): State<App>,
    meta: RequestMeta,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    ApiJson(asked): ApiJson<MockLogin>,
) -> Result<Answer, Problem> {
    let peer = peer.as_ref().map(|Extension(peer)| peer);
    if !is_loopback(&headers, peer) || !is_of_this_machine(&headers) {
        return Err(Problem::forbidden(
            "The mock login answers pages and programs of this machine only, and no proxy.",
        ));
    }
    if asked.github_id < 1 {
        return Err(Problem::invalid("github_id", "expected 1 or more"));
    }
    let profile = GithubProfile {
        id: asked.github_id,
        login: asked.email.clone(),
        name: asked.name,
        email: asked.email,
        avatar_url: Some(PICTURE.to_owned()),
    };
    let agent = user_agent(headers.get(header::USER_AGENT));
    let pair = sign_in_by_mock(&app, &profile, meta.address, agent).await?;
    tokens(&app, pair, true).await
}

/// Whether the page that asks, and the name it asks for, are of this machine: a page from elsewhere in a
/// browser on this machine comes from loopback too, and so does one whose name was pointed here.
fn is_of_this_machine(headers: &HeaderMap) -> bool {
    let local = |name: HeaderName, scheme: &str| {
        headers.get_all(name).iter().all(|value| {
            let text = value.to_str().unwrap_or_default();
            let url = Url::parse(&format!("{scheme}{text}"));
            url.is_ok_and(|url| match url.host() {
                Some(Host::Domain(name)) => name == "localhost",
                Some(Host::Ipv4(address)) => address.is_loopback(),
                Some(Host::Ipv6(address)) => address.is_loopback(),
                None => false,
            })
        })
    };
    local(header::ORIGIN, "") && local(header::HOST, "http://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machines_pages_and_names_count() {
        let of = |name: HeaderName, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().expect("a header"));
            is_of_this_machine(&headers)
        };
        assert!(is_of_this_machine(&HeaderMap::new()));
        for good in [
            "localhost:8080",
            "127.0.0.1:8080",
            "[::1]:8080",
            "localhost",
        ] {
            assert!(of(header::HOST, good), "{good}");
            assert!(of(header::ORIGIN, &format!("http://{good}")), "{good}");
        }
        for bad in [
            "evil.example",
            "localhost.evil.example",
            "10.0.0.1:8080",
            "",
        ] {
            assert!(!of(header::HOST, bad), "{bad}");
            assert!(!of(header::ORIGIN, &format!("https://{bad}")), "{bad}");
        }
        assert!(!of(header::ORIGIN, "null"));
    }
}
