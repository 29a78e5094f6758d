//! The ends of an order: handed over, given up, paid back.

use pantheon_events::orders::{
    CancelOrder, OrderCancelled, OrderEvent, OrderFulfilled, OrderRefunded, OrderStatus,
};

use super::super::{Order, OrderError};

pub(in super::super) fn fulfil(order: &Order) -> Result<Vec<OrderEvent>, OrderError> {
    match (order.status, order.product_id) {
        (OrderStatus::Paid, Some(product_id)) => Ok(vec![
            OrderFulfilled {
                product_id,
                holds_stock: order.holds_stock,
            }
            .into(),
        ]),
        (OrderStatus::Fulfilled, _) => Ok(Vec::new()),
        (other, _) => Err(OrderError::InvalidTransition {
            is: other.as_str(),
            wanted: "fulfilled",
        }),
    }
}

pub(in super::super) fn cancel(
    order: &Order,
    command: &CancelOrder,
) -> Result<Vec<OrderEvent>, OrderError> {
    match (order.status, order.product_id) {
        (OrderStatus::Pending, _) if order.payment_id.is_some() => Err(OrderError::PaymentOpen),
        (OrderStatus::Pending, Some(product_id)) => Ok(vec![
            OrderCancelled {
                reason: command.reason.clone(),
                product_id,
                holds_stock: order.holds_stock,
            }
            .into(),
        ]),
        (OrderStatus::Cancelled, _) => Ok(Vec::new()),
        (other, _) => Err(OrderError::InvalidTransition {
            is: other.as_str(),
            wanted: "cancelled",
        }),
    }
}

pub(in super::super) fn mark_refunded(order: &Order) -> Result<Vec<OrderEvent>, OrderError> {
    match order.status {
        OrderStatus::Paid | OrderStatus::Fulfilled => Ok(vec![OrderRefunded {}.into()]),
        OrderStatus::Refunded => Ok(Vec::new()),
        other => Err(OrderError::InvalidTransition {
            is: other.as_str(),
            wanted: "refunded",
        }),
    }
}

#[cfg(test)]
mod tests {
    use pantheon_events::ProductId;
    use pantheon_events::orders::{FulfilOrder, OrderPaid, OrderPaymentStarted};
    use uuid::Uuid;

    use super::super::given::{asked, given, placed};
    use super::*;

    fn paid() -> Vec<OrderEvent> {
        let payment_id = Uuid::from_u128(1);
        vec![
            placed(),
            OrderPaymentStarted { payment_id }.into(),
            OrderPaid { payment_id }.into(),
        ]
    }

    fn cancelled() -> OrderEvent {
        let product_id = ProductId::of_key(&["lamp"]);
        OrderCancelled {
            reason: None,
            product_id,
            holds_stock: true,
        }
        .into()
    }

    #[tokio::test]
    async fn only_a_paid_order_is_fulfilled() {
        let product_id = ProductId::of_key(&["lamp"]);
        given(paid())
            .when_async(asked(FulfilOrder {}))
            .await
            .then_expect_events(vec![
                OrderFulfilled {
                    product_id,
                    holds_stock: true,
                }
                .into(),
            ]);
        given(vec![placed()])
            .when_async(asked(FulfilOrder {}))
            .await
            .then_expect_error(OrderError::InvalidTransition {
                is: "pending",
                wanted: "fulfilled",
            });
    }

    #[tokio::test]
    async fn a_pending_order_can_be_given_up_and_a_paid_one_cannot() {
        given(vec![placed()])
            .when_async(asked(CancelOrder::default()))
            .await
            .then_expect_events(vec![cancelled()]);
        given(paid())
            .when_async(asked(CancelOrder::default()))
            .await
            .then_expect_error(OrderError::InvalidTransition {
                is: "paid",
                wanted: "cancelled",
            });
    }

    #[tokio::test]
    async fn giving_up_twice_changes_nothing() {
        given(vec![placed(), cancelled()])
            .when_async(asked(CancelOrder::default()))
            .await
            .then_expect_events(vec![]);
    }

    #[tokio::test]
    async fn an_open_payment_is_cancelled_first() {
        let open = OrderPaymentStarted {
            payment_id: Uuid::from_u128(1),
        };
        given(vec![placed(), open.into()])
            .when_async(asked(CancelOrder::default()))
            .await
            .then_expect_error(OrderError::PaymentOpen);
    }
}
