//! Answering a command with what the read model makes of it (G6, G7).
//!
//! The command is committed: from here on nothing is an error any more, because an error would
//! say that nothing happened (G1, G2). What cannot be shown is left out, and the receipt remains.

use std::future::Future;
use std::time::Duration;

use pantheon_events::Position;
use pantheon_projections::QueryError;
use serde::Serialize;
use serde_json::json;

use super::{Answer, Problem};
use crate::app::App;
use crate::store::Receipt;

/// How long a command waits for a read model.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// What a read model shows after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown<T> {
    /// The thing, with the command's events or later ones.
    Row(T),
    /// It has been removed since, or the read model has parked its stream.
    Nothing,
    /// The read model is late, or its database does not answer.
    Late,
}

impl<T> Shown<T> {
    /// Something else made of what is shown.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Shown<U> {
        match self {
            Self::Row(row) => Shown::Row(make(row)),
            Self::Nothing => Shown::Nothing,
            Self::Late => Shown::Late,
        }
    }
}

impl<T: Serialize> Shown<T> {
    /// `200` with the thing. `{id}` stands for one that is not shown: with `202` while the read
    /// model is late.
    pub fn done(self, receipt: &Receipt, id: impl Serialize) -> Result<Answer, Problem> {
        match self {
            Self::Row(row) => Answer::done(receipt, row),
            Self::Nothing => Answer::done(receipt, json!({ "id": id })),
            Self::Late => Answer::accepted(receipt, json!({ "id": id })),
        }
    }

    /// The same with `201` and the thing's address, for a command that made it.
    pub fn created(
        self,
        receipt: &Receipt,
        location: &str,
        id: impl Serialize,
    ) -> Result<Answer, Problem> {
        match self {
            Self::Row(row) => Answer::created(receipt, location, row),
            Self::Nothing => Answer::created(receipt, location, json!({ "id": id })),
            Self::Late => Answer::accepted(receipt, json!({ "id": id })),
        }
    }
}

/// What the read model shows once it has the command's events.
pub async fn shown<T>(
    app: &App,
    projection: &'static str,
    receipt: &Receipt,
    row: impl Future<Output = Result<Option<T>, QueryError>>,
) -> Shown<T> {
    if !reached(app, projection, receipt).await {
        return Shown::Late;
    }
    match row.await {
        Ok(Some(row)) => Shown::Row(row),
        Ok(None) => Shown::Nothing,
        Err(error) => {
            tracing::warn!(%error, projection, "a command's answer goes out without its row");
            Shown::Late
        }
    }
}

/// Waits until a read model has the command's events; false when that takes too long, or cannot
/// be found out.
pub async fn reached(app: &App, projection: &'static str, receipt: &Receipt) -> bool {
    settled(app, projection, receipt.position).await
}

/// The same for any position.
pub async fn settled(app: &App, projection: &'static str, position: Position) -> bool {
    match app.reads.wait_for(projection, position, PATIENCE).await {
        Ok(_) => true,
        Err(QueryError::Behind { .. }) => false,
        Err(error) => {
            tracing::warn!(%error, projection, "a command's answer goes out without its row");
            false
        }
    }
}
