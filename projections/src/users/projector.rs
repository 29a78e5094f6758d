//! The fold of accounts and of their sign-ins.

use std::sync::Arc;

use async_trait::async_trait;
use pantheon_events::sessions::SessionEvent;
use pantheon_events::users::{UserEvent as Event, UserRegistered};
use pantheon_events::{RecordedEvent, Sealed};
use sqlx::PgConnection;
use uuid::Uuid;

use super::UserRow;
use crate::engine::{
    Fault, OnPoison, ProjectError, ProjectionSpec, Projector, Table, Wants, decode, each, id, keys,
};

/// The read model's name.
pub const NAME: &str = "users";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 1,
    tables: &["users"],
    events: Wants::Aggregates(&["user", "session"]),
    on_poison: OnPoison::Park,
};

/// Keeps one row per account.
#[derive(Clone, Copy, Debug)]
pub struct UsersProjector;

#[async_trait]
impl Projector for UsersProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let touched = keys(batch, account)?;
        let mut rows = Table::<UserRow>::load(db, touched).await?;
        each(batch, |event| match event.aggregate_type.as_str() {
            "user" => user(&mut rows, event),
            _ => session(&mut rows, event),
        })?;
        rows.save(db).await
    }
}

/// The account that an event is about; of a session's events only the first matters.
fn account(event: &RecordedEvent) -> Result<Option<Uuid>, Fault> {
    if event.aggregate_type == "user" {
        return id(event).map(Some);
    }
    Ok(match decode::<SessionEvent>(event)? {
        SessionEvent::SessionStarted(started) => Some(started.user_id.as_uuid()),
        _ => None,
    })
}

fn session(rows: &mut Table<UserRow>, event: &RecordedEvent) -> Result<(), Fault> {
    if let SessionEvent::SessionStarted(started) = decode(event)? {
        let row = rows.require(&started.user_id.as_uuid())?;
        row.last_login_at = Some(started.at);
    }
    Ok(())
}

fn user(rows: &mut Table<UserRow>, event: &RecordedEvent) -> Result<(), Fault> {
    let key: Uuid = id(event)?;
    match decode::<Event>(event)? {
        Event::UserRegistered(made) => {
            rows.put(registered(key, event, made));
        }
        happened => {
            let row = rows.require(&key)?;
            row.updated_at = event.recorded_at;
            row.sequence = event.sequence.get();
            apply(row, happened, event)?;
        }
    }
    Ok(())
}

fn registered(id: Uuid, event: &RecordedEvent, made: UserRegistered) -> UserRow {
    UserRow {
        id,
        email_key: made.email.key.to_string(),
        email: text(&made.email.sealed),
        username_key: made.username.key.to_string(),
        username: text(&made.username.sealed),
        full_name: made.full_name.as_ref().map(text),
        avatar_url: made.avatar_url.as_ref().map(text),
        github_id: made.github_id,
        role: made.role.as_str().to_owned(),
        active: true,
        email_verified: made.email_verified,
        credential_id: made.credential_id,
        locked_until: None,
        tokens_after: None,
        password_after: None,
        password_keeps: None,
        last_login_at: None,
        created_at: event.recorded_at,
        updated_at: event.recorded_at,
        sequence: event.sequence.get(),
    }
}

fn text(sealed: &Sealed) -> String {
    sealed.as_str().to_owned()
}

fn apply(row: &mut UserRow, happened: Event, event: &RecordedEvent) -> Result<(), Fault> {
    match happened {
        Event::UserProfileUpdated(changed) => {
            if let Some(email) = changed.email {
                row.email_key = email.key.to_string();
                row.email = text(&email.sealed);
                row.email_verified = false;
            }
            if let Some(username) = changed.username {
                row.username_key = username.key.to_string();
                row.username = text(&username.sealed);
            }
            let (name, picture) = (changed.full_name, changed.avatar_url);
            row.full_name = name.as_ref().map(text).or_else(|| row.full_name.take());
            row.avatar_url = picture.as_ref().map(text).or_else(|| row.avatar_url.take());
        }
        Event::UserPasswordChanged(changed) => {
            row.credential_id = Some(changed.credential_id);
            row.password_after = Some(event.position.get());
            row.password_keeps = changed.keep_session;
        }
        Event::UserPasswordRehashed(kept) => row.credential_id = Some(kept.credential_id),
        Event::UserSetupStarted(_) => {
            row.credential_id = None;
            row.password_after = Some(event.position.get());
            row.password_keeps = None;
        }
        Event::UserSetupUsed(_) => {}
        Event::UserRoleChanged(changed) => {
            row.role = changed.to.as_str().to_owned();
            row.tokens_after = Some(event.position.get());
        }
        Event::UserActivated(_) => row.active = true,
        Event::UserDeactivated(_) => {
            row.active = false;
            row.tokens_after = Some(event.position.get());
        }
        Event::UserLocked(locked) => row.locked_until = Some(locked.until),
        Event::UserUnlocked(_) => row.locked_until = None,
        Event::GithubLinked(linked) => row.github_id = Some(linked.github_id),
        Event::GithubUnlinked(_) => row.github_id = None,
        Event::UserRegistered(_) => return Err(Fault::new("an account was made twice")),
    }
    Ok(())
}
