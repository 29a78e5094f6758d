//! Taking a product out of the catalogue.

use pantheon_events::products::{ProductDeleted, ProductEvent};

use super::super::{Product, ProductError};

pub(in super::super) fn delete(product: &Product) -> Result<Vec<ProductEvent>, ProductError> {
    if product.deleted {
        return Err(ProductError::Deleted);
    }
    if !product.reservations.is_empty() {
        return Err(ProductError::InUse(product.reservations.len()));
    }
    Ok(vec![
        ProductDeleted {
            name: product.name.clone(),
        }
        .into(),
    ])
}

#[cfg(test)]
mod tests {
    use pantheon_events::OrderId;
    use pantheon_events::money::Currency;
    use pantheon_events::products::{DeleteProduct, StockReserved};

    use super::super::given::{asked, history, made};
    use super::*;

    #[tokio::test]
    async fn a_product_that_orders_hold_stays() {
        let held = StockReserved {
            order_id: OrderId::of_key(&["1"]),
            quantity: 1,
            unit_price_minor: 9_990,
            unit_price: Some("99.90".to_owned()),
            currency: Currency::USD,
            product_name: "Lamp".to_owned(),
        };
        history(vec![made(Some(5)), held.into()])
            .when_async(asked(DeleteProduct {}))
            .await
            .then_expect_error(ProductError::InUse(1));
    }

    #[tokio::test]
    async fn a_deleted_product_is_gone_for_every_command() {
        let gone = ProductDeleted {
            name: "Lamp".to_owned(),
        };
        history(vec![made(None), gone.into()])
            .when_async(asked(DeleteProduct {}))
            .await
            .then_expect_error(ProductError::Deleted);
    }
}
