//! `GET /api/v1/users`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use pantheon_projections::users::{Filter, NAME, UserRow, newest};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::view::{Somebody, known, manages, own};
use crate::app::App;
use crate::http::cursor::{Limit, decode, encode};
use crate::http::identity::view::User;
use crate::http::{Answer, ApiQuery, Caller, Problem, ReadOptions};
use crate::identity::{Person, person};

/// Names are sealed, so that a search opens one account after the other: so many for one answer. What is
/// left is found with the cursor.
const LOOKED_AT: usize = 5_000;
const STEP: i64 = 500;

/// The roles of accounts.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = UserRole)]
pub enum Role {
    Admin,
    Developer,
    Viewer,
}

/// Which accounts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    #[param(inline)]
    role: Option<Role>,
    is_active: Option<bool>,
    /// A part of the e-mail address, the user name or the name.
    search: Option<String>,
    #[param(value_type = Option<u16>)]
    #[serde(default)]
    limit: Limit,
    cursor: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct After {
    at: DateTime<Utc>,
    id: Uuid,
}

impl After {
    const fn of(row: &UserRow) -> Self {
        Self {
            at: row.created_at,
            id: row.id,
        }
    }
}

/// Accounts, the newest first, for those who manage users; all others see who they share a project with.
#[utoipa::path(get, path = "/api/v1/users", tag = "users", params(Wanted),
    responses((status = 200, description = "`{items, next_cursor, position}`", body = Object)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Answer, Problem> {
    let position = app.reads.at(NAME, read.min_position, read.wait).await?;
    if !manages(&caller) {
        let items = match own(&caller) {
            Some(session) => vec![Somebody::from(known(&app, session.user).await?)],
            None => Vec::new(),
        };
        return Answer::page(&read, position, &items, None);
    }
    let (found, next) = found(&app, wanted).await?;
    let items: Vec<User> = found.into_iter().map(User::from).collect();
    Answer::page(&read, position, &items, next)
}

/// A page of the accounts that are wanted, and where the next one starts.
pub(super) async fn found(
    app: &App,
    wanted: Wanted,
) -> Result<(Vec<Person>, Option<String>), Problem> {
    let after: Option<After> = wanted.cursor.as_deref().map(decode).transpose()?;
    let mut after = after.map(|after| (after.at, after.id));
    let sought = wanted.search.map(|text| text.trim().to_lowercase());
    let sought = sought.filter(|text| !text.is_empty());
    let limit = usize::try_from(wanted.limit.get()).unwrap_or(usize::MAX);
    let (mut people, mut looked_at) = (Vec::new(), 0);
    loop {
        let step = match sought {
            Some(_) => STEP,
            None => wanted.limit.get() + 1,
        };
        let filter = Filter {
            role: wanted.role.map(|role| match role {
                Role::Admin => "admin",
                Role::Developer => "developer",
                Role::Viewer => "viewer",
            }),
            active: wanted.is_active,
            after,
            limit: step,
        };
        let rows = newest(&app.reads, filter).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        app.personal.fetch(&ids).await?;
        let last = rows.len() < usize::try_from(step).unwrap_or(usize::MAX);
        let mut left = rows.into_iter().peekable();
        while let Some(row) = left.next() {
            let place = After::of(&row);
            after = Some((place.at, place.id));
            looked_at += 1;
            let person = person(app, row).await?;
            if sought.as_ref().is_none_or(|text| is_like(&person, text)) {
                people.push(person);
            }
            if people.len() == limit || looked_at >= LOOKED_AT {
                let more = left.peek().is_some() || !last;
                return Ok((people, more.then(|| encode(&place))));
            }
        }
        if last {
            return Ok((people, None));
        }
    }
}

fn is_like(person: &Person, sought: &str) -> bool {
    let texts = [
        Some(&person.email),
        Some(&person.username),
        person.full_name.as_ref(),
    ];
    let mut texts = texts.into_iter().flatten();
    texts.any(|text| text.to_lowercase().contains(sought))
}

/// What a search by text alone wants.
pub(super) fn like(text: String, limit: Limit, cursor: Option<String>) -> Wanted {
    Wanted {
        search: Some(text),
        limit,
        cursor,
        ..Wanted::default()
    }
}
