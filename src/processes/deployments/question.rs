//! What people are asked when a deployment waits for them.

use pantheon_events::approvals::{RequestApproval, Subject};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::domain::deployments::Deployment;

/// The kind of thing, as approvals and their policies name it.
pub(super) const DEPLOYMENT: &str = "deployment";
/// The most characters of an approval's title.
const TITLE: usize = 200;

/// Exactly this deployment, and nothing else.
pub(super) fn subject(deployment: &Deployment) -> Subject {
    Subject {
        resource_type: DEPLOYMENT.to_owned(),
        resource_id: deployment.id.as_uuid(),
        subject_digest: Some(digest(deployment)),
    }
}

/// The question itself.
pub(super) fn request(subject: Subject, deployment: &Deployment) -> RequestApproval {
    let Deployment {
        environment,
        version,
        ..
    } = deployment;
    let title: String = format!("Deploy {version} to {environment}");
    let context: Map<String, Value> = match deployment.shown() {
        Value::Object(shown) => shown.into_iter().filter(|(_, v)| !v.is_null()).collect(),
        _ => Map::new(),
    };
    RequestApproval {
        resource_type: subject.resource_type,
        resource_id: subject.resource_id,
        title: Some(title.chars().take(TITLE).collect()),
        context,
        subject_digest: subject.subject_digest,
        comments: None,
        asks: None,
    }
}

/// Tells what was shown to the deciders from anything else.
pub(super) fn digest(deployment: &Deployment) -> String {
    let shown = deployment.shown().to_string();
    format!("sha256:{:x}", Sha256::digest(shown.as_bytes()))
}
