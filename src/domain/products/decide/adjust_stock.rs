//! Changing the number of pieces.

use pantheon_events::products::{AdjustStock, ProductEvent, StockAdjusted};

use super::super::{Product, ProductError};

pub(in super::super) fn adjust_stock(
    product: &Product,
    command: &AdjustStock,
) -> Result<Vec<ProductEvent>, ProductError> {
    let stock = match (command.delta, command.set) {
        (Some(delta), None) => product.stock.ok_or(ProductError::NotCounted)? + delta,
        (None, Some(set)) => set,
        _ => return Err(ProductError::DeltaOrSet),
    };
    let reserved = product.reserved();
    if stock < reserved {
        return Err(ProductError::BelowReserved { reserved });
    }
    if product.stock == Some(stock) {
        return Ok(Vec::new());
    }
    let delta = stock - product.stock.unwrap_or(0);
    Ok(vec![
        StockAdjusted {
            delta,
            stock,
            reason: command.reason.clone(),
        }
        .into(),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::given::{asked, history, made};
    use super::*;

    fn by(delta: i64) -> AdjustStock {
        AdjustStock {
            delta: Some(delta),
            ..AdjustStock::default()
        }
    }

    #[tokio::test]
    async fn pieces_are_added() {
        let event = StockAdjusted {
            delta: 2,
            stock: 7,
            reason: None,
        };
        history(vec![made(Some(5))])
            .when_async(asked(by(2)))
            .await
            .then_expect_events(vec![event.into()]);
    }

    #[tokio::test]
    async fn there_are_never_fewer_pieces_than_none() {
        history(vec![made(Some(5))])
            .when_async(asked(by(-6)))
            .await
            .then_expect_error(ProductError::BelowReserved { reserved: 0 });
    }

    #[tokio::test]
    async fn both_or_neither_of_delta_and_set_is_refused() {
        let both = AdjustStock {
            delta: Some(1),
            set: Some(1),
            reason: None,
        };
        for command in [both, AdjustStock::default()] {
            history(vec![made(Some(5))])
                .when_async(asked(command))
                .await
                .then_expect_error(ProductError::DeltaOrSet);
        }
    }

    #[tokio::test]
    async fn uncounted_stock_has_no_difference() {
        history(vec![made(None)])
            .when_async(asked(by(1)))
            .await
            .then_expect_error(ProductError::NotCounted);
    }
}
