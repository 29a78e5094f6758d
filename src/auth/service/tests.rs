use std::sync::atomic::{AtomicI64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::*;

const DAY: Duration = Duration::from_secs(86_400);

fn auth() -> (Auth, Arc<AtomicI64>, tempfile::TempDir) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let keys = TokenKeys::open(None, dir.path()).expect("a new key");
    let seconds = Arc::new(AtomicI64::new(1_800_000_000));
    let read = Arc::clone(&seconds);
    let clock = Clock::from_fn(move || {
        DateTime::from_timestamp(read.load(Ordering::Relaxed), 0).expect("a time in range")
    });
    (Auth::new(keys, clock, Revoked::default()), seconds, dir)
}

fn tenant() -> TenantId {
    TenantId::default_organization()
}

fn payload(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

#[tokio::test]
async fn a_token_names_who_where_and_as_what() {
    let (auth, _, _dir) = auth();
    let issued = auth.issue_operator("op-1", tenant(), Role::Developer, DAY);
    let who = auth.verify(&issued.token).await.expect("a good token");
    assert_eq!((who.id.as_str(), who.role), ("op-1", Some(Role::Developer)));
    assert_eq!((who.tenant, who.token), (tenant(), Some(issued.id)));
    let agent = auth.issue_agent("codegen".parse().expect("an id"), tenant(), DAY);
    let who = auth.verify(&agent.token).await.expect("a good token");
    assert_eq!(
        (who.kind, who.role),
        (crate::auth::PrincipalKind::Agent, None)
    );
}

#[tokio::test]
async fn plain_atob_reads_the_payload() {
    let (auth, _, _dir) = auth();
    let issued = auth.issue_operator(
        "0192f0c0-0000-7000-8000-000000000000",
        tenant(),
        Role::Admin,
        DAY,
    );
    let part = issued.token.split('.').nth(1).expect("three parts");
    assert!(!part.contains(['-', '_']), "{part}");
    assert_eq!(payload(&issued.token)["github_id"], json!(0));
}

#[tokio::test]
async fn a_remembered_token_still_ends() {
    let (auth, seconds, _dir) = auth();
    let issued = auth.issue_operator("op-1", tenant(), Role::Viewer, Duration::from_secs(60));
    assert!(auth.verify(&issued.token).await.is_ok());
    seconds.fetch_add(64, Ordering::Relaxed);
    assert!(
        auth.verify(&issued.token).await.is_ok(),
        "within the leeway"
    );
    seconds.fetch_add(1, Ordering::Relaxed);
    assert!(auth.verify(&issued.token).await.is_err());
}

#[tokio::test]
async fn a_remembered_token_can_be_taken_back() {
    let (auth, _, _dir) = auth();
    let issued = auth.issue_operator("op-1", tenant(), Role::Viewer, DAY);
    let who = auth.verify(&issued.token).await.expect("a good token");
    auth.revoked().add(issued.id);
    assert!(auth.verify(&issued.token).await.is_err());
    assert_eq!(auth.still(&who), Still::Gone);
}

#[tokio::test]
async fn a_revoked_agent_is_out_although_its_token_is_not() {
    let (auth, _, _dir) = auth();
    auth.ask_alive(Box::new(|who| who.id != "codegen"));
    let issued = auth.issue_agent("codegen".parse().expect("an id"), tenant(), DAY);
    assert!(auth.verify(&issued.token).await.is_err());
}
