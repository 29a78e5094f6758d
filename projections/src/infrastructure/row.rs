//! The rows; migrations/0230 says what the columns hold.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

crate::row! {
    /// A cloud account, or the installation itself.
    #[derive(Debug, sqlx::FromRow)]
    #[expect(missing_docs, reason = "the columns; migrations/0230 says what they hold")]
    pub struct PlaceRow in "infrastructure_places" key (id: Uuid) {
        pub id: Uuid,
        pub tenant: Uuid,
        pub account: String,
        pub name: Option<String>,
        pub region: Option<String>,
        pub synced_at: Option<DateTime<Utc>>,
        pub asked_at: Option<DateTime<Utc>>,
        pub waiting: bool,
        pub failed: Option<String>,
    }
}

crate::row! {
    /// A resource of an account.
    #[derive(Debug, sqlx::FromRow)]
    #[expect(missing_docs, reason = "the columns; migrations/0230 says what they hold")]
    pub struct ResourceRow in "infrastructure_resources" key (place: Uuid, id: String) {
        pub place: Uuid,
        pub id: String,
        pub tenant: Uuid,
        pub account: String,
        pub region: Option<String>,
        pub name: String,
        pub kind: String,
        pub state: String,
        pub arn: Option<String>,
        pub cidr: Option<String>,
        pub availability_zone: Option<String>,
        pub parent: Option<String>,
        pub created_at: Option<DateTime<Utc>>,
        pub connections: Vec<String>,
        pub metadata: Value,
        pub tags: Value,
    }
}

crate::row! {
    /// A container.
    #[derive(Debug, sqlx::FromRow)]
    #[expect(missing_docs, reason = "the columns; migrations/0230 says what they hold")]
    pub struct ContainerRow in "infrastructure_containers" key (place: Uuid, name: String) {
        pub place: Uuid,
        pub name: String,
        pub tenant: Uuid,
        pub status: String,
        pub health: String,
        pub ports: Vec<String>,
        pub image: Option<String>,
    }
}

crate::row! {
    /// A part of the installation, or a run of a node.
    #[derive(Debug, sqlx::FromRow)]
    #[expect(missing_docs, reason = "the columns; migrations/0230 says what they hold")]
    pub struct ServiceRow in "infrastructure_services" key (place: Uuid, name: String) {
        pub place: Uuid,
        pub name: String,
        pub tenant: Uuid,
        pub kind: String,
        pub status: String,
        pub url: Option<String>,
        pub port: Option<i32>,
    }
}
