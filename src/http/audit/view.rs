//! Names and addresses, opened for those who may read them.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use pantheon_events::UserId;
use pantheon_projections::users;
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use crate::app::App;
use crate::auth::permission;
use crate::http::{Caller, Problem};
use crate::identity::{Person, person};

/// How many days back: 1 to 90, 7 unless told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Days(u8);

impl Days {
    pub(super) fn before(self, now: DateTime<Utc>) -> DateTime<Utc> {
        now - TimeDelta::days(i64::from(self.0))
    }
}

impl Default for Days {
    fn default() -> Self {
        Self(7)
    }
}

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u8::deserialize(deserializer)?;
        match (1..=90).contains(&number) {
            true => Ok(Self(number)),
            false => Err(serde::de::Error::custom(
                "expected a number between 1 and 90",
            )),
        }
    }
}

/// Whose rows a caller sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    Everybodys,
    Own(UserId),
    /// An operator's or agent's token belongs to no account.
    Nobodys,
}

impl Whose {
    /// Those who manage users see everybody's, everybody else their own.
    pub(super) fn of(caller: &Caller) -> Self {
        if caller.may(permission("users.manage"), None).is_ok() {
            return Self::Everybodys;
        }
        let session = caller.principal.session;
        session.map_or(Self::Nobodys, |session| Self::Own(session.user))
    }
}

/// The accounts behind some ids, opened.
pub(super) async fn people(
    app: &App,
    ids: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Person>, Problem> {
    let ids: BTreeSet<Uuid> = ids.collect();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let mut people = HashMap::new();
    for row in users::some(&app.reads, &ids).await? {
        people.insert(row.id, person(app, row).await?);
    }
    Ok(people)
}

/// A text that was sealed for somebody; `None` = there is none, or they were erased.
pub(super) async fn opened(
    app: &App,
    subject: Option<Uuid>,
    text: Option<&str>,
) -> Result<Option<String>, Problem> {
    match (subject, text) {
        (Some(subject), Some(text)) => Ok(app.personal.open(subject, text).await?),
        _ => Ok(None),
    }
}
