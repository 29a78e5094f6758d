//! What an order needs of its product: the price of the moment, and pieces where they are
//! counted. A crash between the reservation and the order is undone by `stock_guard`.

use async_trait::async_trait;
use pantheon_events::orders::{OrderCommand, PlaceOrder, Quote};
use pantheon_events::products::{ProductStatus, ReserveStock};
use pantheon_events::{CommandContext, OrderId, Refusal, Sequence};

use super::customers::Customers;
use crate::domain::RuleError;
use crate::domain::orders::{Order, for_another};
use crate::domain::products::{Held, Product, ProductError};
use crate::store::{Committed, DispatchError, Dispatcher, Loaded, Prepare};

/// The steps before `place_order`.
pub struct OrderSteps {
    /// For setting pieces aside.
    pub products: Dispatcher<Product>,
    /// The catalogue, as committed.
    pub catalogue: Committed<Product>,
    /// Orders, as committed.
    pub orders: Committed<Order>,
    /// Who may be ordered for.
    pub customers: Customers,
}

/// How a product is sold at this moment.
enum Sale {
    /// Pieces are set aside first.
    Counted,
    /// There are always enough.
    Uncounted(Quote),
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
        // Nothing is set aside for what the order's own rules refuse anyhow.
        let taken = |order: &Loaded<Order>| order.sequence > Sequence::ZERO;
        if for_another(&order, by) || self.orders.look(id, taken).await? {
            return Ok(order.into());
        }
        self.customers.check(&order, by).await?;
        let product = order.product_id.to_string();
        let quote = match self
            .catalogue
            .look(&product, |product| sale(product, by))
            .await??
        {
            Sale::Counted => self.reserve(id, &product, &order, by).await?,
            Sale::Uncounted(quote) => quote,
        };
        Ok(PlaceOrder {
            quote: Some(quote),
            ..order
        }
        .into())
    }
}

impl OrderSteps {
    async fn reserve(
        &self,
        id: &str,
        product: &str,
        order: &PlaceOrder,
        by: &CommandContext,
    ) -> Result<Quote, DispatchError> {
        let order_id: OrderId = id
            .parse()
            .map_err(|_| DispatchError::refused(Refusal::not_found()))?;
        let reserve = ReserveStock {
            order_id,
            quantity: order.quantity,
        };
        self.products
            .dispatch(product, reserve, by.own_step("reserve_stock"))
            .await?;
        let held =
            |product: &Loaded<Product>| product.aggregate.reservations.get(&order_id).cloned();
        match self.catalogue.look(product, held).await? {
            Some(held) => Ok(quote(held)),
            None => Err(refused(ProductError::ReservationExpired)),
        }
    }
}

/// How the product is sold to this caller now; a refusal when it is not.
fn sale(product: &Loaded<Product>, by: &CommandContext) -> Result<Sale, DispatchError> {
    if product.tenant != Some(by.tenant) || product.aggregate.deleted {
        return Err(DispatchError::refused(Refusal::not_found()));
    }
    let product = &product.aggregate;
    if product.stock.is_some() {
        return Ok(Sale::Counted);
    }
    if product.status != ProductStatus::Active {
        return Err(refused(ProductError::NotActive));
    }
    Ok(Sale::Uncounted(Quote {
        product_name: product.name.clone(),
        unit_price_minor: product.price_minor,
        currency: product.currency,
        holds_stock: false,
    }))
}

fn quote(held: Held) -> Quote {
    Quote {
        product_name: held.product_name,
        unit_price_minor: held.unit_price_minor,
        currency: held.currency,
        holds_stock: true,
    }
}

fn refused(error: ProductError) -> DispatchError {
    DispatchError::refused(error.refusal())
}
