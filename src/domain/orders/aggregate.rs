//! One order.

use pantheon_events::ProductId;
use pantheon_events::money::Currency;
use pantheon_events::orders::{OrderCommand, OrderEvent, OrderStatus};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{OrderError, decide};
use crate::aggregate;
use crate::domain::Asked;

/// An order's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The product; `None` before it was placed.
    pub product_id: Option<ProductId>,
    /// Whose it is.
    pub user_id: String,
    /// Pieces.
    pub quantity: i64,
    /// Price of all pieces in minor units.
    pub total_minor: i64,
    /// Its currency.
    pub currency: Currency,
    /// How far it is.
    pub status: OrderStatus,
    /// The payment that is open or succeeded.
    pub payment_id: Option<Uuid>,
    /// Whether pieces are set aside for it.
    pub holds_stock: bool,
}

impl Order {
    fn decide(&self, asked: &Asked<OrderCommand>) -> Result<Vec<OrderEvent>, OrderError> {
        let own = self.product_id.is_none() || self.user_id == asked.by.actor.id;
        if asked.by.own_only && !own {
            return Err(OrderError::NotYours);
        }
        match &asked.command {
            OrderCommand::PlaceOrder(command) => decide::place(self, &asked.with(command.clone())),
            OrderCommand::BeginPayment(command) => decide::begin_payment(self, command),
            OrderCommand::ReleasePayment(command) => decide::release_payment(self, command),
            OrderCommand::MarkPaid(command) => decide::mark_paid(self, command),
            OrderCommand::FulfilOrder(_) => decide::fulfil(self),
            OrderCommand::CancelOrder(command) => decide::cancel(self, command),
            OrderCommand::MarkRefunded(_) => decide::mark_refunded(self),
        }
    }

    fn evolve(&mut self, event: OrderEvent) {
        match event {
            OrderEvent::OrderPlaced(placed) => {
                *self = Self {
                    product_id: Some(placed.product_id),
                    user_id: placed.user_id,
                    quantity: placed.quantity,
                    total_minor: placed.total_minor,
                    currency: placed.currency,
                    holds_stock: placed.holds_stock,
                    ..Self::default()
                }
            }
            OrderEvent::OrderPaymentStarted(started) => self.payment_id = Some(started.payment_id),
            OrderEvent::OrderPaymentReleased(_) => self.payment_id = None,
            OrderEvent::OrderPaid(_) => self.status = OrderStatus::Paid,
            OrderEvent::OrderFulfilled(_) => self.status = OrderStatus::Fulfilled,
            OrderEvent::OrderCancelled(_) => self.status = OrderStatus::Cancelled,
            OrderEvent::OrderRefunded(_) => self.status = OrderStatus::Refunded,
        }
    }

    fn valid_id(id: &str) -> bool {
        crate::domain::is_plain_uuid(id)
    }
}

aggregate!(Order: OrderCommand => OrderEvent, OrderError);
