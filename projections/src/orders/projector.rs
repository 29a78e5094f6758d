//! The fold of orders into rows. Money hangs on it, so it stops whole on what it cannot read.

use std::sync::Arc;

use async_trait::async_trait;
use pantheon_events::RecordedEvent;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{OrderRow, fold};
use crate::engine::{
    OnPoison, ProjectError, ProjectionSpec, Projector, Table, Wants, each, id, keys,
};

/// The read model's name.
pub const NAME: &str = "orders";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 1,
    tables: &["orders"],
    events: Wants::Aggregates(&["order"]),
    on_poison: OnPoison::Halt,
};

/// Keeps one row per order.
#[derive(Clone, Copy, Debug)]
pub struct OrdersProjector;

#[async_trait]
impl Projector for OrdersProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let touched = keys(batch, |event| Ok([id::<Uuid>(event)?]))?;
        let mut rows = Table::<OrderRow>::load(db, touched).await?;
        each(batch, |event| {
            let before = rows.get(&id(event)?).cloned();
            rows.put(fold(before, event)?);
            Ok(())
        })?;
        rows.save(db).await
    }
}
