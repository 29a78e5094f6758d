//! Signing in with a GitHub account.
//!
//! GitHub is asked once who somebody is; its tokens are dropped after that and go nowhere. What the
//! browser carries is sealed: the state of a redirect (with the verifier of PKCE, RFC 7636), and the
//! login code that is exchanged for our tokens.

mod account;
mod client;
#[cfg(feature = "mock-login")]
mod mock;

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

pub use account::{Came, link, sign_in_with_github, unlink};
pub use client::{Github, GithubError, Profile};
#[cfg(feature = "mock-login")]
pub use mock::sign_in_by_mock;

use crate::app::App;

/// How long a redirect to GitHub may take.
pub const STATE_LIFE: TimeDelta = TimeDelta::minutes(10);
/// What the state of a redirect is sealed for.
const STATE: &str = "github state";
/// What login codes are sealed for.
const LOGIN_CODE: &str = "github login code";
/// What login codes begin with, and no code of GitHub's: GitHub is not asked about ours.
const OURS: &str = "login.";
/// How long a login code is good for.
const CODE_LIFE: TimeDelta = TimeDelta::seconds(60);

/// What comes back with the browser.
#[derive(Debug, Serialize, Deserialize)]
struct State {
    nonce: String,
    redirect: String,
    verifier: String,
}

/// A redirect to GitHub.
#[derive(Debug)]
pub struct Departure {
    /// Where to.
    pub url: String,
    /// What the browser keeps, so that only it can come back.
    pub nonce: String,
}

/// Sends a browser to GitHub; it comes back to `redirect`.
#[must_use]
pub fn depart(app: &App, github: &Github, redirect: &str) -> Departure {
    let random = || URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    let (nonce, verifier) = (random(), random());
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
    let state = State {
        nonce: nonce.clone(),
        redirect: redirect.to_owned(),
        verifier,
    };
    let state = app
        .envelopes
        .seal(STATE, state, app.clock.now(), STATE_LIFE);
    Departure {
        url: github.authorize_url(&state, &challenge),
        nonce,
    }
}

/// Why somebody did not come back as they went, in a word for the frontend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turned(pub &'static str);

/// A browser that came back: where it goes, and the login code that it takes there.
#[derive(Debug)]
pub struct Arrival {
    /// The path it wanted.
    pub redirect: String,
    /// For `POST /oauth/token`, once.
    pub code: String,
}

/// Takes a browser that comes back from GitHub. `nonce` is what it kept.
pub async fn arrive(
    app: &App,
    github: &Github,
    query: &BTreeMap<String, String>,
    nonce: Option<&str>,
) -> Result<Arrival, Turned> {
    let text = |name: &str| query.get(name).map(String::as_str);
    let now = app.clock.now();
    let state: Option<State> =
        text("state").and_then(|state| app.envelopes.open(STATE, state, now));
    let same = |state: &State| {
        let kept = nonce.unwrap_or_default();
        bool::from(kept.as_bytes().ct_eq(state.nonce.as_bytes()))
    };
    let state = state.filter(same);
    let state = state.ok_or(Turned("state_invalid"))?;
    let code = text("code").ok_or(Turned("access_denied"))?;
    let profile = github.profile(code, Some(&state.verifier), None).await;
    let profile = profile.map_err(|error| {
        let word = error.word();
        tracing::warn!(%error, word, "a sign-in with GitHub did not work out");
        Turned(word)
    })?;
    let sealed = app.envelopes.seal(LOGIN_CODE, profile, now, CODE_LIFE);
    Ok(Arrival {
        redirect: state.redirect,
        code: format!("{OURS}{sealed}"),
    })
}

/// Who a code is of: one of our login codes, or GitHub's own when the frontend ran the redirect.
pub async fn who(
    app: &App,
    code: &SecretString,
    redirect_uri: Option<&str>,
) -> Result<Profile, GithubError> {
    let code = code.expose_secret();
    if let Some(sealed) = code.strip_prefix(OURS) {
        let opened = app.envelopes.open(LOGIN_CODE, sealed, app.clock.now());
        return opened.ok_or(GithubError::Denied);
    }
    let github = app.github.as_ref().ok_or(GithubError::Denied)?;
    github.profile(code, None, redirect_uri).await
}
