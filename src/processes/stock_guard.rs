//! Process `stock_guard`: pieces follow their order. A fulfilled order's pieces leave the stock, a
//! cancelled one's go back; a reservation whose order never came is undone after five minutes; an
//! order that is not paid in time is cancelled.

use std::time::Duration;

use async_trait::async_trait;
use pantheon_events::orders::{CancelOrder, OrderEvent};
use pantheon_events::products::{ConsumeStock, ReleaseStock};
use pantheon_events::{
    Actor, CommandContext, CommandId, DomainEvent, OrderId, RecordedEvent, TenantId,
};
use pantheon_projections::orders::{orphaned_reservations, unpaid};

use super::{Process, ProcessError, settle};
use crate::app::App;

const NAME: &str = "stock_guard";
const ORPHANED_AFTER: Duration = Duration::from_secs(300);

/// Keeps stock and orders together.
pub struct StockGuard {
    /// The node.
    pub app: App,
}

#[async_trait]
impl Process for StockGuard {
    fn name(&self) -> &'static str {
        NAME
    }

    fn wants(&self, event: &RecordedEvent) -> bool {
        matches!(
            event.event_type.as_str(),
            "order_fulfilled" | "order_cancelled"
        )
    }

    async fn react(&self, event: &RecordedEvent) -> Result<(), ProcessError> {
        let order_id: OrderId = event
            .aggregate_id
            .parse()
            .map_err(|_| ProcessError::Halt("an order's id".into()))?;
        let fact = OrderEvent::decode(&event.event_type, &event.event_version, event.payload.get())
            .map_err(|error| ProcessError::Halt(error.to_string()))?;
        let products = &self.app.commands.products;
        match fact {
            OrderEvent::OrderFulfilled(done) if done.holds_stock => {
                let by = CommandContext::caused_by(event, NAME, "consume_stock");
                let id = done.product_id.to_string();
                settle(products.dispatch(&id, ConsumeStock { order_id }, by).await)
            }
            OrderEvent::OrderCancelled(gone) if gone.holds_stock => {
                let by = CommandContext::caused_by(event, NAME, "release_stock");
                let id = gone.product_id.to_string();
                settle(products.dispatch(&id, ReleaseStock { order_id }, by).await)
            }
            _ => Ok(()),
        }
    }

    async fn tick(&self) -> Result<(), ProcessError> {
        self.release_orphans().await?;
        self.cancel_unpaid().await
    }
}

impl StockGuard {
    async fn release_orphans(&self) -> Result<(), ProcessError> {
        let before = self.app.clock.now() - ORPHANED_AFTER;
        let orphans = orphaned_reservations(&self.app.reads, before)
            .await
            .map_err(away)?;
        for orphan in orphans {
            let by = due(
                TenantId::new(orphan.tenant),
                "release",
                &orphan.order.to_string(),
            );
            let command = ReleaseStock {
                order_id: OrderId::new(orphan.order),
            };
            let id = orphan.product.to_string();
            settle(self.app.commands.products.dispatch(&id, command, by).await)?;
        }
        Ok(())
    }

    async fn cancel_unpaid(&self) -> Result<(), ProcessError> {
        let ttl = self.app.config.order_ttl;
        if ttl.is_zero() {
            return Ok(());
        }
        let before = self.app.clock.now() - ttl;
        for order in unpaid(&self.app.reads, before).await.map_err(away)? {
            let id = order.id.to_string();
            let by = due(TenantId::new(order.tenant), "cancel", &id);
            let command = CancelOrder {
                reason: Some("payment_timeout".to_owned()),
            };
            settle(self.app.commands.orders.dispatch(&id, command, by).await)?;
        }
        Ok(())
    }
}

/// A command that time causes: its id is derived from what is due, so it happens once.
fn due(tenant: TenantId, what: &str, id: &str) -> CommandContext {
    let command = CommandId::of_key(&[NAME, what, id]);
    CommandContext::new(tenant, Actor::policy(NAME), Some(command))
}

fn away(error: pantheon_projections::QueryError) -> ProcessError {
    ProcessError::Retry(error.to_string())
}
