//! Process `stock_guard`: pieces follow their order. A fulfilled order's pieces leave the stock, a
//! cancelled one's go back; a reservation whose order never came is undone after five minutes, and
//! an order that comes even later is cancelled; an order that is not paid in time is, too.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use pantheon_events::orders::{CancelOrder, OrderEvent, OrderStatus};
use pantheon_events::products::{ConsumeStock, ReleaseStock};
use pantheon_events::{
    Actor, CommandContext, CommandId, DomainEvent, OrderId, ProductId, RecordedEvent, Sequence,
    TenantId,
};
use pantheon_log::Log;
use pantheon_projections::orders::{Orphan, orphaned_reservations, unpaid};
use pantheon_projections::{Reads, products};

use super::{Process, ProcessError, settle};
use crate::clock::Clock;
use crate::domain::orders::Order;
use crate::domain::products::Product;
use crate::store::{Committed, Dispatcher};

const NAME: &str = "stock_guard";
const ORPHANED_AFTER: Duration = Duration::from_secs(300);
/// What is looked at again although it was settled: clocks of nodes may differ so much.
const OVERLAP: TimeDelta = TimeDelta::seconds(60);
/// Most that is put right at once.
const MOST: i64 = 500;

/// Keeps stock and orders together.
pub struct StockGuard {
    /// Where the log stands.
    pub log: Log,
    /// The read models.
    pub reads: Reads,
    /// The node's clock.
    pub clock: Clock,
    /// How long an order may stay unpaid; zero = for ever.
    pub order_ttl: Duration,
    /// For putting pieces back, or handing them out.
    pub products: Dispatcher<Product>,
    /// For giving orders up.
    pub orders: Dispatcher<Order>,
    /// The catalogue, as committed.
    pub catalogue: Committed<Product>,
    /// Orders, as committed.
    pub placed: Committed<Order>,
    /// Reservations from before this have their orders.
    pub settled_until: Mutex<DateTime<Utc>>,
}

#[async_trait]
impl Process for StockGuard {
    fn name(&self) -> &'static str {
        NAME
    }

    fn wants(&self, event: &RecordedEvent) -> bool {
        matches!(
            event.event_type.as_str(),
            "order_placed" | "order_fulfilled" | "order_cancelled"
        )
    }

    async fn react(&self, event: &RecordedEvent) -> Result<(), ProcessError> {
        let order_id: OrderId = event
            .aggregate_id
            .parse()
            .map_err(|_| ProcessError::Halt("an order's id".into()))?;
        let fact = OrderEvent::decode(&event.event_type, &event.event_version, event.payload.get())
            .map_err(|error| ProcessError::Halt(error.to_string()))?;
        let by = |step| CommandContext::caused_by(event, NAME, step);
        match fact {
            OrderEvent::OrderPlaced(placed) if placed.holds_stock => {
                self.check(placed.product_id, order_id, by("cancel_order"))
                    .await
            }
            OrderEvent::OrderFulfilled(done) if done.holds_stock => {
                let id = done.product_id.to_string();
                let consume = ConsumeStock { order_id };
                settle(
                    self.products
                        .dispatch(&id, consume, by("consume_stock"))
                        .await,
                )
            }
            OrderEvent::OrderCancelled(gone) if gone.holds_stock => {
                let id = gone.product_id.to_string();
                let release = ReleaseStock { order_id };
                settle(
                    self.products
                        .dispatch(&id, release, by("release_stock"))
                        .await,
                )
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
    /// A node that slept between reservation and order has placed an order whose pieces were put
    /// back meanwhile, and perhaps sold: it cannot stand.
    async fn check(
        &self,
        product: ProductId,
        order: OrderId,
        by: CommandContext,
    ) -> Result<(), ProcessError> {
        let held = self
            .catalogue
            .look(&product.to_string(), |product| {
                product.aggregate.reservations.contains_key(&order)
            })
            .await
            .map_err(away)?;
        let id = order.to_string();
        if held || self.status(&id).await? != Some(OrderStatus::Pending) {
            return Ok(());
        }
        let cancel = CancelOrder {
            reason: Some("reservation_expired".to_owned()),
        };
        settle(self.orders.dispatch(&id, cancel, by).await)
    }

    async fn release_orphans(&self) -> Result<(), ProcessError> {
        let since = *self.settled_until.lock().expect("nobody panics with it");
        let before = self.clock.now() - ORPHANED_AFTER;
        let position = self.log.position_at(before).await.map_err(away)?;
        let reached = self.reads.position(products::NAME).await.map_err(away)?;
        let stretch = (since - OVERLAP, before);
        let orphans = orphaned_reservations(&self.reads, stretch, MOST)
            .await
            .map_err(away)?;
        let all = i64::try_from(orphans.len()).unwrap_or(i64::MAX) < MOST;
        for orphan in orphans {
            self.release(orphan).await?;
        }
        if all && reached >= position {
            *self.settled_until.lock().expect("nobody panics with it") = before.max(since);
        }
        Ok(())
    }

    /// The read model of orders may be behind, or have halted: only the order's stream can say
    /// that it never came.
    async fn release(&self, orphan: Orphan) -> Result<(), ProcessError> {
        let order = orphan.order.to_string();
        if self.status(&order).await?.is_some() {
            return Ok(());
        }
        let by = due(TenantId::new(orphan.tenant), &["release", &order]);
        let command = ReleaseStock {
            order_id: OrderId::new(orphan.order),
        };
        let id = orphan.product.to_string();
        settle(self.products.dispatch(&id, command, by).await)
    }

    /// How far an order is; `None` when it was never placed.
    async fn status(&self, order: &str) -> Result<Option<OrderStatus>, ProcessError> {
        self.placed
            .look(order, |order| {
                (order.sequence > Sequence::ZERO).then_some(order.aggregate.status)
            })
            .await
            .map_err(away)
    }

    async fn cancel_unpaid(&self) -> Result<(), ProcessError> {
        if self.order_ttl.is_zero() {
            return Ok(());
        }
        let before = self.clock.now() - self.order_ttl;
        let late = unpaid(&self.reads, before, MOST).await.map_err(away)?;
        for order in late {
            // A refusal is kept under the command's id. With the sequence in it the order is looked
            // at again when it has moved on, as when its open payment fails.
            let (id, seen) = (order.id.to_string(), order.sequence.to_string());
            let by = due(TenantId::new(order.tenant), &["cancel", &id, &seen]);
            let command = CancelOrder {
                reason: Some("payment_timeout".to_owned()),
            };
            settle(self.orders.dispatch(&id, command, by).await)?;
        }
        Ok(())
    }
}

/// A command that time causes: its id is derived from what is due, so it happens once.
fn due(tenant: TenantId, what: &[&str]) -> CommandContext {
    let key: Vec<&str> = [NAME].iter().chain(what).copied().collect();
    let command = CommandId::of_key(&key);
    CommandContext::new(tenant, Actor::policy(NAME), Some(command))
}

fn away(error: impl std::fmt::Display) -> ProcessError {
    ProcessError::Retry(error.to_string())
}
