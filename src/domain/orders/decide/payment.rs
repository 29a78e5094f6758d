//! Paying an order. The payments themselves are streams of their own; an order knows which one is
//! open, so that at most one is.

use pantheon_events::orders::{
    BeginPayment, MarkPaid, OrderEvent, OrderPaid, OrderPaymentReleased, OrderPaymentStarted,
    OrderStatus, ReleasePayment,
};

use super::super::{Order, OrderError};

pub(in super::super) fn begin_payment(
    order: &Order,
    command: &BeginPayment,
) -> Result<Vec<OrderEvent>, OrderError> {
    if order.payment_id == Some(command.payment_id) {
        return Ok(Vec::new());
    }
    if order.status != OrderStatus::Pending {
        return Err(OrderError::InvalidTransition {
            is: order.status.as_str(),
            wanted: "paid",
        });
    }
    if order.payment_id.is_some() {
        return Err(OrderError::PaymentOpen);
    }
    Ok(vec![
        OrderPaymentStarted {
            payment_id: command.payment_id,
        }
        .into(),
    ])
}

pub(in super::super) fn release_payment(
    order: &Order,
    command: &ReleasePayment,
) -> Result<Vec<OrderEvent>, OrderError> {
    let open = order.status == OrderStatus::Pending;
    if !open || order.payment_id != Some(command.payment_id) {
        return Ok(Vec::new());
    }
    Ok(vec![
        OrderPaymentReleased {
            payment_id: command.payment_id,
        }
        .into(),
    ])
}

pub(in super::super) fn mark_paid(
    order: &Order,
    command: &MarkPaid,
) -> Result<Vec<OrderEvent>, OrderError> {
    if order.payment_id != Some(command.payment_id) {
        return Err(OrderError::OtherPayment);
    }
    match order.status {
        OrderStatus::Pending => Ok(vec![
            OrderPaid {
                payment_id: command.payment_id,
            }
            .into(),
        ]),
        OrderStatus::Paid => Ok(Vec::new()),
        other => Err(OrderError::InvalidTransition {
            is: other.as_str(),
            wanted: "paid",
        }),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::given::{asked, given, placed};
    use super::*;

    const FIRST: Uuid = Uuid::from_u128(1);
    const SECOND: Uuid = Uuid::from_u128(2);

    fn begun() -> OrderEvent {
        OrderPaymentStarted { payment_id: FIRST }.into()
    }

    #[tokio::test]
    async fn at_most_one_payment_is_open() {
        given(vec![placed(), begun()])
            .when_async(asked(BeginPayment { payment_id: SECOND }))
            .await
            .then_expect_error(OrderError::PaymentOpen);
    }

    #[tokio::test]
    async fn the_begun_payment_pays_the_order() {
        given(vec![placed(), begun()])
            .when_async(asked(MarkPaid { payment_id: FIRST }))
            .await
            .then_expect_events(vec![OrderPaid { payment_id: FIRST }.into()]);
    }

    #[tokio::test]
    async fn another_payment_does_not() {
        given(vec![placed(), begun()])
            .when_async(asked(MarkPaid { payment_id: SECOND }))
            .await
            .then_expect_error(OrderError::OtherPayment);
    }

    #[tokio::test]
    async fn a_released_payment_makes_room_for_another() {
        let released = OrderPaymentReleased { payment_id: FIRST };
        given(vec![placed(), begun(), released.into()])
            .when_async(asked(BeginPayment { payment_id: SECOND }))
            .await
            .then_expect_events(vec![OrderPaymentStarted { payment_id: SECOND }.into()]);
    }
}
