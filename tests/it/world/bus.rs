//! The bus as a service sees it.

use std::sync::LazyLock;

use async_nats::{Client, ConnectOptions, HeaderMap};
use pantheon_harness::soon;
use pantheon_nats::AgentCredentials;
use pantheon_nats::config::ServiceUser;
use pantheon_nats::subject::service_inbox;
use serde_json::Value;

use super::World;

const SERVICE: &str = "shop";

static KEY: LazyLock<AgentCredentials> = LazyLock::new(|| {
    let name = SERVICE.parse().expect("an id");
    AgentCredentials::generate(name).expect("a key")
});

pub(super) fn service_user() -> ServiceUser {
    ServiceUser {
        name: SERVICE.to_owned(),
        public_key: KEY.public_key.clone(),
        reads_events: false,
    }
}

impl World {
    /// A service's connection.
    pub async fn service(&self) -> Client {
        let url = self.nats.as_ref().expect("a bus").url();
        let connect = || {
            ConnectOptions::with_nkey(KEY.seed.clone())
                .custom_inbox_prefix(service_inbox(SERVICE))
                .connect(url.clone())
        };
        soon(async || connect().await).await
    }
}

/// What the generic door on the bus answers to a command, once it is open.
pub async fn send(service: &Client, command: &str, token: Option<&str>, body: &Value) -> Value {
    let mut headers = HeaderMap::new();
    if let Some(token) = token {
        headers.insert("Authorization", format!("Bearer {token}"));
    }
    let reply = soon(async || {
        service
            .request_with_headers(
                format!("pantheon.cmd.{command}"),
                headers.clone(),
                body.to_string().into(),
            )
            .await
    });
    serde_json::from_slice(&reply.await.payload).expect("JSON")
}
