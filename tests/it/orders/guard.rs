//! BUS-25: process `stock_guard`. Time passes by making what the read model says older.

use pantheon::domain::orders::Order;
use pantheon::store::{Dispatcher, DispatcherOptions};
use pantheon_events::orders::{OrderCommand, PlaceOrder, Quote, ReleasePayment};
use pantheon_events::products::ReleaseStock;
use pantheon_events::{CommandContext, CommandId};
use pantheon_harness::soon;
use reqwest::Method;
use serde_json::json;
use sqlx::PgPool;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::products::words::types;
use crate::world::{World, refused};

/// The orders of a node that has left the steps before an order behind it.
fn sleeper(world: &World) -> Dispatcher<Order> {
    let app = world.node.app();
    Dispatcher::new(DispatcherOptions {
        pool: app.log.pool().clone(),
        writer: app.writer.clone(),
        clock: app.clock.clone(),
        tracker: TaskTracker::new(),
        cached_streams: 10,
    })
}

async fn pool(world: &World) -> PgPool {
    world.database.pool(2).await.expect("a pool")
}

/// A little more than five minutes have passed for a product's reservations.
async fn five_minutes_later(world: &World, product: &str) {
    world.shown(product).await;
    let product: Uuid = product.parse().expect("an id");
    let aged = sqlx::query(
        "update read.reservations set reserved_at = now() - interval '5 minutes 5 seconds' \
         where product = $1",
    );
    let aged = aged.bind(product).execute(&pool(world).await).await;
    assert!(
        aged.expect("aged").rows_affected() > 0,
        "there are reservations"
    );
}

/// BUS-25: "a reservation without an order is released after 5 min".
#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_without_an_order_is_released_after_five_minutes_and_no_other() {
    let world = World::new().await;
    let (lamps, tables) = (world.lamps(5).await, world.lamps(5).await);
    world.set_aside(&lamps, 2).await;
    world.order(&lamps, 1).await;
    world.set_aside(&tables, 2).await;
    assert_eq!(world.pieces(&lamps).await, (5, 3));
    five_minutes_later(&world, &lamps).await;
    soon(async || world.pieces(&lamps).await == (5, 1)).await;
    let events = world.events("product", &lamps).await;
    assert_eq!(
        types(&events)
            .iter()
            .filter(|kind| **kind == "stock_released")
            .count(),
        1
    );
    assert_eq!(
        world.pieces(&tables).await,
        (5, 2),
        "five minutes have not passed"
    );
}

/// BUS-25, G10: what the read model of orders does not have may be in the log.
#[tokio::test(flavor = "multi_thread")]
async fn pieces_of_an_order_stay_although_the_read_model_of_orders_has_lost_it() {
    let world = World::new().await;
    let lamps = world.lamps(5).await;
    let order = world.order(&lamps, 2).await;
    world.set_aside(&lamps, 1).await;
    let lost = sqlx::query("delete from read.orders")
        .execute(&pool(&world).await)
        .await;
    assert_eq!(lost.expect("deleted").rows_affected(), 1);
    five_minutes_later(&world, &lamps).await;
    soon(async || world.pieces(&lamps).await == (5, 2)).await;
    let events = world.events("product", &lamps).await;
    let released: Vec<_> = events
        .iter()
        .filter(|(kind, _)| kind == "stock_released")
        .collect();
    assert_eq!(released.len(), 1);
    assert_ne!(released[0].1["order_id"], order);
}

/// BUS-01: the repeat of an order whose pieces were put back.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_repeated_after_its_pieces_were_put_back_is_told_so() {
    let world = World::new().await;
    let lamps = world.lamps(5).await;
    let key = CommandId::generate();
    let order_id = key.created("order").to_string().parse().expect("an id");
    let by = CommandContext::new(
        world.tenant,
        pantheon_events::Actor::human(crate::world::ADMIN),
        Some(key),
    );
    let products = &world.node.app().commands.products;
    let reserve = pantheon_events::products::ReserveStock {
        order_id,
        quantity: 2,
    };
    let step = products
        .dispatch(&lamps, reserve, by.own_step("reserve_stock"))
        .await;
    step.expect("the pieces are set aside");
    five_minutes_later(&world, &lamps).await;
    soon(async || world.pieces(&lamps).await == (5, 0)).await;
    for _ in 0..2 {
        let body = json!({ "product_id": lamps, "quantity": 2 });
        let request = world.request(Method::POST, "/orders").json(&body);
        let request = request.header("idempotency-key", key.to_string());
        refused(request, 422, "reservation_expired").await;
    }
    assert_eq!(world.pieces(&lamps).await, (5, 0));
}

/// BUS-25: a node that slept between the reservation and the order sells nothing twice.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_comes_after_its_pieces_were_put_back_is_cancelled() {
    let world = World::new().await;
    let lamps = world.lamps(1).await;
    let order = world.set_aside(&lamps, 1).await;
    let products = &world.node.app().commands.products;
    let release = ReleaseStock { order_id: order };
    let released = products.dispatch(&lamps, release, world.itself()).await;
    released.expect("the piece is put back");
    // What the sleeper appends when it wakes up: decided on what it had seen.
    let late = OrderCommand::PlaceOrder(PlaceOrder {
        product_id: lamps.parse().expect("an id"),
        quantity: 1,
        user_id: None,
        quote: Some(Quote {
            product_name: "Lamp".to_owned(),
            unit_price_minor: 9990,
            currency: pantheon_events::money::Currency::USD,
            holds_stock: true,
        }),
    });
    let (sleeper, id) = (sleeper(&world), order.to_string());
    let placed = sleeper.dispatch(&id, late, world.itself()).await;
    placed.expect("placed");
    soon(async || {
        let shown = world.ordered(&order.to_string()).await;
        shown["status"] == "cancelled" && shown["cancel_reason"] == "reservation_expired"
    })
    .await;
    assert_eq!(world.pieces(&lamps).await, (1, 0));
}

/// BUS-25: "an order unpaid for 24 h (`PANTHEON_ORDER_TTL`, 0 = never) is cancelled".
#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_not_paid_in_time_is_cancelled_and_its_pieces_go_back() {
    let world = World::with(&[("PANTHEON_ORDER_TTL", "2s")]).await;
    let lamps = world.lamps(5).await;
    let (paid, open) = (world.order(&lamps, 1).await, world.order(&lamps, 1).await);
    world.pay(&paid).await;
    let payment_id = world.begin(&open).await;
    let late = world.order(&lamps, 1).await;
    soon(async || {
        let shown = world.ordered(&late).await;
        shown["status"] == "cancelled" && shown["cancel_reason"] == "payment_timeout"
    })
    .await;
    soon(async || world.pieces(&lamps).await == (5, 2)).await;
    assert_eq!(world.ordered(&paid).await["status"], "paid");
    assert_eq!(
        world.ordered(&open).await["status"],
        "pending",
        "its payment is open"
    );
    let orders = &world.node.app().commands.orders;
    let release = orders.dispatch(&open, ReleasePayment { payment_id }, world.itself());
    release.await.expect("the payment fails");
    soon(async || world.ordered(&open).await["status"] == "cancelled").await;
    soon(async || world.pieces(&lamps).await == (5, 1)).await;
    let events = world.events("order", &late).await;
    assert_eq!(types(&events), ["order_placed", "order_cancelled"]);
}

/// BUS-25: the usual time is 24 h, and zero means never.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_passes_before_an_unpaid_order_is_cancelled_and_with_zero_it_never_is() {
    for (settings, cancelled) in [(vec![], true), (vec![("PANTHEON_ORDER_TTL", "0")], false)] {
        let world = World::with(&settings).await;
        let lamps = world.lamps(5).await;
        let (old, new) = (world.order(&lamps, 1).await, world.order(&lamps, 1).await);
        world.ordered(&new).await;
        let aged = sqlx::query(
            "update read.orders set created_at = created_at - interval '24 hours' where id = $1",
        );
        let id: Uuid = old.parse().expect("an id");
        aged.bind(id)
            .execute(&pool(&world).await)
            .await
            .expect("aged");
        // The guard has looked again when it has put another thing right.
        world.set_aside(&lamps, 1).await;
        five_minutes_later(&world, &lamps).await;
        soon(async || world.pieces(&lamps).await.1 <= 2).await;
        if cancelled {
            soon(async || world.ordered(&old).await["status"] == "cancelled").await;
        } else {
            assert_eq!(world.ordered(&old).await["status"], "pending");
        }
        assert_eq!(world.ordered(&new).await["status"], "pending");
    }
}

/// BUS-25: a process that follows the log from its checkpoint catches up after a restart.
#[tokio::test(flavor = "multi_thread")]
async fn what_happened_while_no_guard_ran_is_put_right_after_a_restart() {
    let world = World::with(&[("PANTHEON_ORDER_TTL", "0")]).await;
    let lamps = world.lamps(5).await;
    let order = world.order(&lamps, 2).await;
    let (status, _) = world
        .post(&format!("/orders/{order}/cancel"), json!({}))
        .await;
    assert_eq!(status, 200);
    let orphan = world.set_aside(&lamps, 1).await;
    five_minutes_later(&world, &lamps).await;
    let world = world.restarted().await;
    soon(async || world.pieces(&lamps).await == (5, 0)).await;
    let events = world.events("product", &lamps).await;
    let released: Vec<_> = events
        .iter()
        .filter(|(kind, _)| kind == "stock_released")
        .map(|(_, data)| data["order_id"].clone())
        .collect();
    assert_eq!(released.len(), 2, "each once");
    assert!(released.contains(&json!(orphan)) && released.contains(&json!(order)));
}
