//! Placing an order.

use pantheon_events::CommandContext;
use pantheon_events::money::decimal;
use pantheon_events::orders::{OrderEvent, OrderPlaced, PlaceOrder};

use super::super::{Order, OrderError};
use crate::domain::Asked;

/// The most an order can be worth, in minor units.
const LARGEST: i64 = 1_000_000_000_000_000;

/// Whether somebody who may order for itself only orders for somebody else.
#[must_use]
pub fn for_another(command: &PlaceOrder, by: &CommandContext) -> bool {
    let user = command.user_id.as_ref();
    by.own_only && user.is_some_and(|user| *user != by.actor.id)
}

pub(in super::super) fn place(
    order: &Order,
    asked: &Asked<PlaceOrder>,
) -> Result<Vec<OrderEvent>, OrderError> {
    if order.product_id.is_some() {
        return Err(OrderError::AlreadyExists);
    }
    let command = &asked.command;
    let caller = &asked.by.actor.id;
    let user_id = command.user_id.as_ref().unwrap_or(caller);
    if for_another(command, &asked.by) {
        return Err(OrderError::ForSomebodyElse);
    }
    let quote = command.quote.as_ref().ok_or(OrderError::NoQuote)?;
    let total = quote.unit_price_minor.checked_mul(command.quantity);
    let total_minor = total
        .filter(|total| *total <= LARGEST)
        .ok_or(OrderError::TooMuch)?;
    Ok(vec![
        OrderPlaced {
            product_id: command.product_id,
            product_name: quote.product_name.clone(),
            user_id: user_id.clone(),
            quantity: command.quantity,
            unit_price_minor: quote.unit_price_minor,
            unit_price: Some(decimal(quote.unit_price_minor, quote.currency)),
            total_minor,
            total_amount: Some(decimal(total_minor, quote.currency)),
            currency: quote.currency,
            holds_stock: quote.holds_stock,
        }
        .into(),
    ])
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::super::given::{asked, given, placed, three_lamps};
    use super::*;

    #[tokio::test]
    async fn the_total_is_price_times_quantity() {
        given(vec![])
            .when_async(asked(three_lamps()))
            .await
            .then_expect_events(vec![placed()]);
    }

    #[tokio::test]
    async fn an_order_is_placed_once() {
        given(vec![placed()])
            .when_async(asked(three_lamps()))
            .await
            .then_expect_error(OrderError::AlreadyExists);
    }

    #[tokio::test]
    async fn a_customer_orders_for_nobody_else() {
        let mut question = asked(PlaceOrder {
            user_id: Some("bob".to_owned()),
            ..three_lamps()
        });
        let by: CommandContext = (*question.by).clone();
        question.by = Arc::new(CommandContext {
            own_only: true,
            ..by
        });
        given(vec![])
            .when_async(question)
            .await
            .then_expect_error(OrderError::ForSomebodyElse);
    }

    #[tokio::test]
    async fn an_order_without_a_price_is_refused() {
        let command = PlaceOrder {
            quote: None,
            ..three_lamps()
        };
        given(vec![])
            .when_async(asked(command))
            .await
            .then_expect_error(OrderError::NoQuote);
    }

    proptest! {
        #[test]
        fn totals_are_exact_or_refused(price in 0..=99_999_999_990_i64, quantity in 1..=100_000_i64) {
            let mut command = three_lamps();
            command.quantity = quantity;
            if let Some(quote) = &mut command.quote {
                quote.unit_price_minor = price;
            }
            let expected = i128::from(price) * i128::from(quantity);
            match place(&Order::default(), &asked(command.clone()).with(command)) {
                Ok(events) => {
                    let OrderEvent::OrderPlaced(placed) = &events[0] else { panic!("placed") };
                    prop_assert_eq!(i128::from(placed.total_minor), expected);
                }
                Err(error) => {
                    prop_assert_eq!(error, OrderError::TooMuch);
                    prop_assert!(expected > i128::from(LARGEST));
                }
            }
        }
    }
}
