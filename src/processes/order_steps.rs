//! What an order needs of its product: the price of the moment, and pieces where they are
//! counted. A crash between the reservation and the order is undone by `stock_guard`.

use async_trait::async_trait;
use pantheon_events::orders::{OrderCommand, PlaceOrder, Quote};
use pantheon_events::products::{ProductStatus, ReserveStock};
use pantheon_events::{CommandContext, OrderId, Refusal};

use crate::domain::RuleError;
use crate::domain::products::{Held, Product, ProductError};
use crate::store::{DispatchError, Dispatcher, Prepare};

/// The steps before `place_order`.
pub struct OrderSteps {
    /// The catalogue.
    pub products: Dispatcher<Product>,
}

#[async_trait]
impl Prepare<OrderCommand> for OrderSteps {
    fn concerns(&self, command: &OrderCommand) -> bool {
        matches!(command, OrderCommand::PlaceOrder(_))
    }

    async fn prepare(
        &self,
        id: &str,
        command: OrderCommand,
        by: &CommandContext,
    ) -> Result<OrderCommand, DispatchError> {
        let OrderCommand::PlaceOrder(order) = command else {
            return Ok(command);
        };
        let quote = self.quote(id, &order, by).await?;
        Ok(OrderCommand::PlaceOrder(PlaceOrder {
            quote: Some(quote),
            ..order
        }))
    }
}

impl OrderSteps {
    async fn quote(
        &self,
        id: &str,
        order: &PlaceOrder,
        by: &CommandContext,
    ) -> Result<Quote, DispatchError> {
        let product_id = order.product_id.to_string();
        let product = self.products.load(&product_id).await?;
        if product.tenant != Some(by.tenant) || product.aggregate.deleted {
            return Err(DispatchError::refused(Refusal::not_found()));
        }
        let product = product.aggregate;
        if product.stock.is_some() {
            return self.reserve(id, &product_id, order, by).await;
        }
        if product.status != ProductStatus::Active {
            return Err(DispatchError::refused(ProductError::NotActive.refusal()));
        }
        Ok(Quote {
            product_name: product.name,
            unit_price_minor: product.price_minor,
            currency: product.currency,
            holds_stock: false,
        })
    }

    async fn reserve(
        &self,
        id: &str,
        product_id: &str,
        order: &PlaceOrder,
        by: &CommandContext,
    ) -> Result<Quote, DispatchError> {
        let not_found = || DispatchError::refused(Refusal::not_found());
        let order_id: OrderId = id.parse().map_err(|_| not_found())?;
        let reserve = ReserveStock {
            order_id,
            quantity: order.quantity,
        };
        self.products
            .dispatch(product_id, reserve, by.own_step("reserve_stock"))
            .await?;
        let product = self.products.load(product_id).await?;
        let held: Option<&Held> = product.aggregate.reservations.get(&order_id);
        let held = held.ok_or_else(not_found)?;
        Ok(Quote {
            product_name: held.product_name.clone(),
            unit_price_minor: held.unit_price_minor,
            currency: held.currency,
            holds_stock: true,
        })
    }
}
