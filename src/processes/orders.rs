//! What a node has to know of orders: the steps before them, and the process that keeps stock and
//! orders together.

use std::sync::{Arc, Mutex};

use chrono::DateTime;

use super::customers::Customers;
use super::{OrderSteps, Process, StockGuard};
use crate::app::App;
use crate::store::Committed;

/// Products and orders remembered as committed.
const REMEMBERED: u64 = 10_000;

/// Sets what goes before the commands of orders.
pub fn prepare(app: &App) {
    let pool = || app.log.pool().clone();
    app.commands.orders.prepare_with(Arc::new(OrderSteps {
        products: app.commands.products.clone(),
        catalogue: Committed::new(pool(), REMEMBERED),
        orders: Committed::new(pool(), REMEMBERED),
        customers: Customers {
            organizations: app.commands.organizations.clone(),
            users: app.commands.users.clone(),
        },
    }));
}

/// The process of orders.
#[must_use]
pub fn process(app: &App) -> Arc<dyn Process> {
    let pool = || app.log.pool().clone();
    Arc::new(StockGuard {
        log: app.log.clone(),
        reads: app.reads.clone(),
        clock: app.clock.clone(),
        order_ttl: app.config.order_ttl,
        products: app.commands.products.clone(),
        orders: app.commands.orders.clone(),
        catalogue: Committed::new(pool(), REMEMBERED),
        placed: Committed::new(pool(), REMEMBERED),
        settled_until: Mutex::new(DateTime::UNIX_EPOCH),
    })
}
