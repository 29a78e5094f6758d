//! Setting pieces aside for orders. Stock is never oversold, because every order for a product
//! passes through its one stream.

use pantheon_events::money::decimal;
use pantheon_events::products::{
    ConsumeStock, ProductEvent, ProductStatus, ReleaseStock, ReserveStock, StockConsumed,
    StockReleased, StockReserved,
};

use super::super::{Product, ProductError};

pub(in super::super) fn reserve(
    product: &Product,
    command: &ReserveStock,
) -> Result<Vec<ProductEvent>, ProductError> {
    if product.reservations.contains_key(&command.order_id) {
        return Ok(Vec::new());
    }
    if product.status != ProductStatus::Active {
        return Err(ProductError::NotActive);
    }
    if let Some(stock) = product.stock {
        let available = stock - product.reserved();
        if available < command.quantity {
            return Err(ProductError::OutOfStock { available });
        }
    }
    Ok(vec![
        StockReserved {
            order_id: command.order_id,
            quantity: command.quantity,
            unit_price_minor: product.price_minor,
            unit_price: Some(decimal(product.price_minor, product.currency)),
            currency: product.currency,
            product_name: product.name.clone(),
        }
        .into(),
    ])
}

pub(in super::super) fn release(
    product: &Product,
    command: &ReleaseStock,
) -> Result<Vec<ProductEvent>, ProductError> {
    let Some(held) = product.reservations.get(&command.order_id) else {
        return Ok(Vec::new());
    };
    let quantity = held.quantity;
    Ok(vec![
        StockReleased {
            order_id: command.order_id,
            quantity,
        }
        .into(),
    ])
}

pub(in super::super) fn consume(
    product: &Product,
    command: &ConsumeStock,
) -> Result<Vec<ProductEvent>, ProductError> {
    let Some(held) = product.reservations.get(&command.order_id) else {
        return Ok(Vec::new());
    };
    let quantity = held.quantity;
    Ok(vec![
        StockConsumed {
            order_id: command.order_id,
            quantity,
        }
        .into(),
    ])
}

#[cfg(test)]
mod tests {
    use pantheon_events::OrderId;
    use pantheon_events::money::Currency;
    use pantheon_events::products::ProductUpdated;

    use super::super::given::{asked, history, made};
    use super::*;

    fn order(n: &str) -> OrderId {
        OrderId::of_key(&[n])
    }

    fn held(n: &str, quantity: i64) -> ProductEvent {
        StockReserved {
            order_id: order(n),
            quantity,
            unit_price_minor: 9_990,
            unit_price: Some("99.90".to_owned()),
            currency: Currency::USD,
            product_name: "Lamp".to_owned(),
        }
        .into()
    }

    fn want(n: &str, quantity: i64) -> ReserveStock {
        ReserveStock {
            order_id: order(n),
            quantity,
        }
    }

    #[tokio::test]
    async fn a_reservation_takes_the_price_of_its_moment() {
        history(vec![made(Some(5))])
            .when_async(asked(want("a", 5)))
            .await
            .then_expect_events(vec![held("a", 5)]);
    }

    #[tokio::test]
    async fn the_last_piece_goes_to_one_order() {
        history(vec![made(Some(1)), held("a", 1)])
            .when_async(asked(want("b", 1)))
            .await
            .then_expect_error(ProductError::OutOfStock { available: 0 });
    }

    #[tokio::test]
    async fn an_order_reserves_once() {
        history(vec![made(Some(5)), held("a", 1)])
            .when_async(asked(want("a", 1)))
            .await
            .then_expect_events(vec![]);
    }

    #[tokio::test]
    async fn an_inactive_product_is_not_sold() {
        let changed = pantheon_events::products::ProductChanges {
            status: Some(ProductStatus::Inactive),
            ..Default::default()
        };
        history(vec![made(Some(5)), ProductUpdated { changed }.into()])
            .when_async(asked(want("a", 1)))
            .await
            .then_expect_error(ProductError::NotActive);
    }

    #[tokio::test]
    async fn released_pieces_can_be_sold_again() {
        let released = StockReleased {
            order_id: order("a"),
            quantity: 1,
        };
        history(vec![made(Some(1)), held("a", 1), released.into()])
            .when_async(asked(want("b", 1)))
            .await
            .then_expect_events(vec![held("b", 1)]);
    }

    #[tokio::test]
    async fn consumed_pieces_leave_the_stock() {
        let consumed = StockConsumed {
            order_id: order("a"),
            quantity: 1,
        };
        history(vec![made(Some(1)), held("a", 1), consumed.into()])
            .when_async(asked(want("b", 1)))
            .await
            .then_expect_error(ProductError::OutOfStock { available: 0 });
    }

    #[tokio::test]
    async fn releasing_twice_changes_nothing() {
        history(vec![made(Some(1))])
            .when_async(asked(ReleaseStock {
                order_id: order("a"),
            }))
            .await
            .then_expect_events(vec![]);
    }
}
