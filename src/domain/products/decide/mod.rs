//! One rule per file.

mod adjust_stock;
mod create;
mod delete;
mod reservation;
mod update;

pub(super) use adjust_stock::adjust_stock;
pub(super) use create::create;
pub(super) use delete::delete;
pub(super) use reservation::{consume, release, reserve};
pub(super) use update::update;

#[cfg(test)]
pub(super) mod given {
    //! What the rules' tests start from.

    use std::sync::Arc;

    use cqrs_es::test::{AggregateTestExecutor, TestFramework};
    use pantheon_events::money::Currency;
    use pantheon_events::products::{ProductCommand, ProductCreated, ProductEvent, ProductStatus};
    use pantheon_events::{Actor, CommandContext, TenantId};

    use super::super::Product;
    use crate::domain::Asked;

    pub fn asked(command: impl Into<ProductCommand>) -> Asked<ProductCommand> {
        let tenant = TenantId::default_organization();
        Asked {
            command: command.into(),
            id: Arc::from("0199aa00-0000-7000-8000-000000000001"),
            by: Arc::new(CommandContext::new(tenant, Actor::human("test"), None)),
            at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    pub fn product() -> AggregateTestExecutor<Product> {
        TestFramework::<Product>::with(()).given_no_previous_events()
    }

    pub fn history(events: Vec<ProductEvent>) -> AggregateTestExecutor<Product> {
        TestFramework::<Product>::with(()).given(events)
    }

    pub fn made(stock: Option<i64>) -> ProductEvent {
        ProductCreated {
            name: "Lamp".to_owned(),
            description: None,
            price_minor: 9_990,
            price: Some("99.90".to_owned()),
            currency: Currency::USD,
            category: None,
            status: ProductStatus::Active,
            stock,
        }
        .into()
    }
}
