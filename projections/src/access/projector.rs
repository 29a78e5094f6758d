//! The read model `access_log`: one row per event of the trail, and per sign-in.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use pantheon_events::access::{AccessEvent, Visitor, Visits};
use pantheon_events::sessions::SessionEvent;
use pantheon_events::users::LoginNameEvent;
use pantheon_events::{ActorKind, RecordedEvent, Sealed, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::engine::{
    Appended, Fault, OnPoison, ProjectError, ProjectionSpec, Projector, Wants, decode, each,
};

/// The read model's name.
pub const NAME: &str = "access_log";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 1,
    tables: &["access_log"],
    events: Wants::Aggregates(&["access_trail", "session", "login_name"]),
    on_poison: OnPoison::Park,
};

crate::row! {
    /// One line of the trail.
    #[derive(Debug, sqlx::FromRow)]
    #[expect(missing_docs, reason = "the columns; migrations/0175 says what they hold")]
    pub struct AccessRow in "access_log" {
        pub position: i64,
        pub id: Uuid,
        pub tenant: Uuid,
        pub happened_at: DateTime<Utc>,
        pub kind: String,
        pub actor_kind: Option<String>,
        pub actor_id: Option<String>,
        pub subject: Option<Uuid>,
        pub ip_address: Option<String>,
        pub user_agent: Option<String>,
        pub method: Option<String>,
        pub route: Option<String>,
        pub count: i64,
        pub first_at: DateTime<Utc>,
        pub detail: String,
    }
}

/// Keeps the trail.
#[derive(Clone, Copy, Debug)]
pub struct AccessProjector;

#[async_trait]
impl Projector for AccessProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    fn ignores(&self, event: &RecordedEvent) -> bool {
        match event.aggregate_type.as_str() {
            "session" => event.event_type != "session_started",
            "login_name" => event.event_type != "login_failed",
            _ => false,
        }
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let mut rows = Appended::new();
        each(batch, |event| {
            let row = match event.aggregate_type.as_str() {
                "session" => login(event)?,
                "login_name" => failure(event)?,
                _ => Some(trail(event)?),
            };
            row.into_iter().for_each(|row| rows.push(row));
            Ok(())
        })?;
        rows.save(db).await
    }
}

fn blank(event: &RecordedEvent, kind: &str, detail: &str) -> AccessRow {
    AccessRow {
        position: event.position.get(),
        id: event.event_id.as_uuid(),
        tenant: event.metadata.tenant.as_uuid(),
        happened_at: event.recorded_at,
        kind: kind.to_owned(),
        actor_kind: None,
        actor_id: None,
        subject: None,
        ip_address: None,
        user_agent: None,
        method: None,
        route: None,
        count: 1,
        first_at: event.recorded_at,
        detail: detail.to_owned(),
    }
}

fn login(event: &RecordedEvent) -> Result<Option<AccessRow>, Fault> {
    let SessionEvent::SessionStarted(started) = decode(event)? else {
        return Ok(None);
    };
    let user = started.user_id;
    Ok(Some(AccessRow {
        actor_kind: Some("human".to_owned()),
        actor_id: Some(user.to_string()),
        subject: Some(user.as_uuid()),
        ip_address: started.ip_address.as_ref().map(text),
        user_agent: started.user_agent.as_ref().map(text),
        ..blank(event, "login", started.way.as_str())
    }))
}

fn failure(event: &RecordedEvent) -> Result<Option<AccessRow>, Fault> {
    let LoginNameEvent::LoginFailed(failed) = decode(event)? else {
        return Ok(None);
    };
    let user = failed.user_id;
    // As the sign-in sealed it: for the account, or for the name of nobody.
    let nobody = UserId::of_key(&["nobody", &event.aggregate_id]);
    Ok(Some(AccessRow {
        actor_kind: user.map(|_| "human".to_owned()),
        actor_id: user.map(|user| user.to_string()),
        subject: Some(user.unwrap_or(nobody).as_uuid()),
        ip_address: failed.ip_address.as_ref().map(text),
        user_agent: failed.user_agent.as_ref().map(text),
        ..blank(event, "login_failed", failed.reason.as_str())
    }))
}

fn trail(event: &RecordedEvent) -> Result<AccessRow, Fault> {
    Ok(match decode(event)? {
        AccessEvent::AccessDenied(denied) => visit(
            blank(event, "denied", &denied.code),
            denied.who,
            denied.visits,
        ),
        AccessEvent::DataExported(export) => visit(
            blank(event, "export", &export.what),
            export.who,
            export.visits,
        ),
        AccessEvent::TokenIssued(issued) => AccessRow {
            actor_kind: Some("human".to_owned()),
            actor_id: Some(issued.subject),
            ..blank(event, "token_issued", &issued.role)
        },
    })
}

fn visit(row: AccessRow, who: Visitor, visits: Visits) -> AccessRow {
    AccessRow {
        happened_at: visits.last_at,
        actor_kind: Some(kind(who.kind).to_owned()),
        actor_id: Some(who.id),
        subject: Some(who.subject),
        ip_address: who.ip_address.as_ref().map(text),
        user_agent: who.user_agent.as_ref().map(text),
        method: Some(visits.method),
        route: Some(visits.route),
        count: i64::try_from(visits.count).unwrap_or(i64::MAX),
        first_at: visits.first_at,
        ..row
    }
}

const fn kind(kind: ActorKind) -> &'static str {
    match kind {
        ActorKind::Human => "human",
        ActorKind::Agent => "agent",
        ActorKind::Policy => "policy",
        ActorKind::System => "system",
    }
}

fn text(sealed: &Sealed) -> String {
    sealed.as_str().to_owned()
}
