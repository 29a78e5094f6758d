//! S01: forged tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use pantheon::auth::{Role, TokenKeys};
use serde_json::{Value, json};

use super::shell::{READ, Shell, WRITE, start};
use crate::world::problem;

struct Forge {
    key: EncodingKey,
    kid: String,
    good: String,
    now: i64,
}

impl Forge {
    fn new(shell: &Shell) -> Self {
        let pem = std::fs::read(shell.dir.path().join("keys/token.pem")).expect("the key");
        let good = shell.token(Role::Admin);
        let header = jsonwebtoken::decode_header(&good).expect("a header");
        let claims = payload(&good);
        Self {
            key: EncodingKey::from_ed_pem(&pem).expect("an Ed25519 key"),
            kid: header.kid.expect("a kid"),
            now: claims["iat"].as_i64().expect("a time"),
            good,
        }
    }

    /// A token of the right key with one claim changed (`null` = left out).
    fn with(&self, claim: &str, value: Value) -> String {
        let mut claims = payload(&self.good);
        claims[claim] = value;
        claims
            .as_object_mut()
            .expect("an object")
            .retain(|_, value| !value.is_null());
        self.signed(&claims, &self.key, Some(self.kid.clone()))
    }

    fn signed(&self, claims: &Value, key: &EncodingKey, kid: Option<String>) -> String {
        let header = Header {
            kid,
            ..Header::new(Algorithm::EdDSA)
        };
        encode(&header, claims, key).expect("it signs")
    }

    fn with_kid(&self, kid: Option<&str>) -> String {
        self.signed(&payload(&self.good), &self.key, kid.map(str::to_owned))
    }

    /// Other header bytes over the same payload and signature.
    fn with_header(&self, header: Value) -> String {
        let (_, rest) = self.good.split_once('.').expect("three parts");
        format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
    }
}

fn payload(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

fn forged(forge: &Forge) -> Vec<(&'static str, String)> {
    let claims = payload(&forge.good);
    let other = tempfile::tempdir().expect("a temporary folder");
    TokenKeys::open(None, other.path()).expect("another key");
    let pem = std::fs::read(other.path().join("keys/token.pem")).expect("the other key");
    let other = EncodingKey::from_ed_pem(&pem).expect("an Ed25519 key");
    let (head, _) = forge.good.rsplit_once('.').expect("three parts");
    let parts: Vec<_> = forge.good.split('.').collect();
    let mut viewer = claims.clone();
    viewer["sub"] = "somebody-else".into();
    let tampered = URL_SAFE_NO_PAD.encode(viewer.to_string());
    let secret = EncodingKey::from_secret(forge.kid.as_bytes());
    let hmac = Header {
        kid: Some(forge.kid.clone()),
        ..Header::new(Algorithm::HS256)
    };
    vec![
        ("nothing", String::new()),
        ("words", "not-a-token".to_owned()),
        ("an opaque refresh token", URL_SAFE_NO_PAD.encode([7; 32])),
        (
            "alg none",
            forge.with_header(json!({"alg": "none", "kid": forge.kid})),
        ),
        (
            "alg none, no signature",
            format!("{}.", forge.with_header(json!({"alg": "none"}))),
        ),
        (
            "alg swapped to HS256",
            encode(&hmac, &claims, &secret).expect("it signs"),
        ),
        (
            "alg swapped in the header",
            forge.with_header(json!({"alg": "HS256", "kid": forge.kid})),
        ),
        (
            "another key",
            forge.signed(&claims, &other, Some(forge.kid.clone())),
        ),
        ("an unknown kid", forge.with_kid(Some("unknown"))),
        ("no kid", forge.with_kid(None)),
        (
            "a path as kid",
            forge.with_kid(Some("../../../../dev/null")),
        ),
        ("SQL as kid", forge.with_kid(Some("' or '1'='1"))),
        (
            "a key in the header",
            forge.with_header(json!({"alg": "EdDSA", "kid": forge.kid, "jwk": {"kty": "OKP"}})),
        ),
        ("another issuer", forge.with("iss", json!("somebody"))),
        ("no issuer", forge.with("iss", Value::Null)),
        ("another audience", forge.with("aud", json!("somebody"))),
        ("no audience", forge.with("aud", Value::Null)),
        ("expired", forge.with("exp", json!(forge.now - 60))),
        (
            "an end that is text",
            forge.with("exp", json!("9999999999")),
        ),
        (
            "an end that is a fraction",
            forge.with("exp", json!(99_999_999_999.5)),
        ),
        ("no end", forge.with("exp", Value::Null)),
        ("a beginning that is text", forge.with("nbf", json!("0"))),
        (
            "a beginning in the future",
            forge.with("nbf", json!(forge.now + 600)),
        ),
        (
            "made in the future",
            forge.with("iat", json!(forge.now + 600)),
        ),
        (
            "a refresh token's kind",
            forge.with("typ", json!("refresh")),
        ),
        ("an agent's kind", forge.with("typ", json!("agent"))),
        ("no kind", forge.with("typ", Value::Null)),
        ("a role that is none", forge.with("role", json!("root"))),
        (
            "another payload",
            format!("{}.{tampered}.{}", parts[0], parts[2]),
        ),
        ("no signature", format!("{head}.")),
        (
            "half a signature",
            forge.good[..forge.good.len() - 20].to_owned(),
        ),
        (
            "much too long",
            format!("{}{}", forge.good, "A".repeat(5000)),
        ),
    ]
}

#[tokio::test]
async fn s01_every_forged_token_gets_the_same_401() {
    let shell = start(&[]).await;
    let forge = Forge::new(&shell);
    let client = reqwest::Client::new();
    let anonymous = client.get(shell.url(READ)).header("x-request-id", "same");
    let expected = anonymous
        .send()
        .await
        .expect("an answer")
        .bytes()
        .await
        .expect("a body");
    for (what, token) in forged(&forge) {
        for request in [
            client.get(shell.url(READ)),
            client.post(shell.url(WRITE)).body("{}"),
        ] {
            let request = request.header("x-request-id", "same").bearer_auth(&token);
            let response = request.send().await.expect("an answer");
            assert_eq!(response.status(), 401, "{what}");
            assert_eq!(response.bytes().await.expect("a body"), expected, "{what}");
        }
    }
    let good = client
        .get(shell.url(READ))
        .bearer_auth(&forge.good)
        .send()
        .await;
    assert_eq!(good.expect("an answer").status(), 200);
}

#[tokio::test]
async fn a_lower_role_is_told_which_permission_it_lacks() {
    let shell = start(&[]).await;
    let request = shell.get(READ).bearer_auth(shell.token(Role::Viewer));
    let (status, body) = problem(request).await;
    assert_eq!((status, &body["code"]), (403, &json!("forbidden")));
    assert!(
        body["detail"]
            .as_str()
            .is_some_and(|text| text.contains("events.read"))
    );
}

#[tokio::test]
async fn another_organisation_is_not_there() {
    let shell = start(&[]).await;
    let path = format!("{READ}?organization_id=0192f0c0-0000-7000-8000-000000000000");
    let request = shell.get(&path).bearer_auth(shell.token(Role::Admin));
    assert_eq!(problem(request).await.0, 404);
}
