//! One rule per file.

mod end;
mod payment;
mod place;

pub(super) use end::{cancel, fulfil, mark_refunded};
pub(super) use payment::{begin_payment, mark_paid, release_payment};
pub use place::for_another;
pub(super) use place::place;

#[cfg(test)]
pub(super) mod given {
    //! What the rules' tests start from.

    use std::sync::Arc;

    use cqrs_es::test::{AggregateTestExecutor, TestFramework};
    use pantheon_events::money::Currency;
    use pantheon_events::orders::{OrderCommand, OrderEvent, OrderPlaced, PlaceOrder, Quote};
    use pantheon_events::{Actor, CommandContext, ProductId, TenantId};

    use super::super::Order;
    use crate::domain::Asked;

    pub fn asked(command: impl Into<OrderCommand>) -> Asked<OrderCommand> {
        Asked {
            command: command.into(),
            id: Arc::from("0199aa00-0000-7000-8000-000000000002"),
            by: Arc::new(CommandContext::new(
                TenantId::default_organization(),
                Actor::human("alice"),
                None,
            )),
            at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    pub fn given(events: Vec<OrderEvent>) -> AggregateTestExecutor<Order> {
        TestFramework::<Order>::with(()).given(events)
    }

    pub fn three_lamps() -> PlaceOrder {
        PlaceOrder {
            product_id: ProductId::of_key(&["lamp"]),
            quantity: 3,
            user_id: None,
            quote: Some(Quote {
                product_name: "Lamp".to_owned(),
                unit_price_minor: 9_990,
                currency: Currency::USD,
                holds_stock: true,
            }),
        }
    }

    pub fn placed() -> OrderEvent {
        OrderPlaced {
            product_id: ProductId::of_key(&["lamp"]),
            product_name: "Lamp".to_owned(),
            user_id: "alice".to_owned(),
            quantity: 3,
            unit_price_minor: 9_990,
            unit_price: Some("99.90".to_owned()),
            total_minor: 29_970,
            total_amount: Some("299.70".to_owned()),
            currency: Currency::USD,
            holds_stock: true,
        }
        .into()
    }
}
