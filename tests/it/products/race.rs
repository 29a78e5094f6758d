//! BUS-23: stock is never oversold.

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use pantheon::store::{DispatchError, Receipt};
use pantheon_events::orders::PlaceOrder;
use pantheon_events::products::{CreateProduct, ReserveStock};
use pantheon_events::{Actor, CommandContext, OrderId};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::words::types;
use crate::world::{ADMIN, World, answer};

type Taken = Result<Receipt, DispatchError>;

const RACERS: usize = 16;

/// BUS-23: "16 racers over two nodes for the last unit: one `stock_reserved`, 1,000 rounds".
#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_reservations_over_two_nodes_of_the_last_piece_one_is_made_every_time() {
    let world = World::new().await;
    let other = world.beside().await;
    let nodes = [&world, &other];
    let rounds = stream::iter(0..1_000).map(|_| race(nodes, reserve));
    let products: Vec<String> = rounds.buffer_unordered(16).collect().await;
    for product in products {
        let events = world.events("product", &product).await;
        assert_eq!(types(&events), ["product_created", "stock_reserved"]);
    }
}

/// BUS-23: the same with all of an order's steps.
#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_orders_over_two_nodes_for_the_last_piece_one_is_placed_every_time() {
    let world = World::new().await;
    let other = world.beside().await;
    let nodes = [&world, &other];
    let rounds = stream::iter(0..30).map(|_| race(nodes, place));
    let products: Vec<String> = rounds.buffer_unordered(4).collect().await;
    for product in products {
        let events = world.events("product", &product).await;
        assert_eq!(types(&events), ["product_created", "stock_reserved"]);
        let order = events[1].1["order_id"].as_str().expect("an id");
        let events = world.events("order", order).await;
        assert_eq!(types(&events), ["order_placed"]);
    }
}

/// One round; gives the product. Who loses hears that nothing is left, and nothing else.
async fn race(nodes: [&World; 2], take: impl AsyncFn(&World, &str) -> Taken) -> String {
    let product = Uuid::now_v7().to_string();
    let lamp = json!({ "name": "Lamp", "price": "99.90", "stock": 1 });
    let lamp: CreateProduct = serde_json::from_value(lamp).expect("a command");
    let products = &nodes[0].node.app().commands.products;
    let made = products.dispatch(&product, lamp, by(nodes[0])).await;
    made.expect("the product is made");
    let takes = (0..RACERS).map(|n| take(nodes[n % 2], &product));
    let mut won = 0;
    for taken in join_all(takes).await {
        match taken {
            Ok(_) => won += 1,
            Err(DispatchError::Refused { refusal, .. }) => {
                assert_eq!(refusal.code, "out_of_stock", "{refusal}");
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(won, 1, "{product}");
    product
}

async fn reserve(node: &World, product: &str) -> Taken {
    let reserve = ReserveStock {
        order_id: OrderId::new(Uuid::now_v7()),
        quantity: 1,
    };
    let products = &node.node.app().commands.products;
    products.dispatch(product, reserve, by(node)).await
}

async fn place(node: &World, product: &str) -> Taken {
    let order = PlaceOrder {
        product_id: product.parse().expect("an id"),
        quantity: 1,
        user_id: None,
        quote: None,
    };
    let orders = &node.node.app().commands.orders;
    let id = Uuid::now_v7().to_string();
    orders.dispatch(&id, order, by(node)).await
}

fn by(node: &World) -> CommandContext {
    CommandContext::new(node.tenant, Actor::human(ADMIN), None)
}

/// BUS-23: many at once for what is left, over HTTP.
#[tokio::test(flavor = "multi_thread")]
async fn of_sixty_orders_for_the_last_seventeen_pieces_none_too_many_is_placed() {
    let world = World::new().await;
    let other = world.beside().await;
    let nodes = [&world, &other];
    let product = world.lamps(17).await;
    let orders = (0..60).map(|n| {
        // Some want two: what is left over may be too little for one of these.
        let body = json!({ "product_id": product, "quantity": 1 + n % 2 });
        placed(nodes[(n / 2) % 2], body)
    });
    let mut pieces = 0;
    for (status, body) in join_all(orders).await {
        match status.as_u16() {
            201 => pieces += body["quantity"].as_i64().expect("a number"),
            422 => assert_eq!(body["code"], "out_of_stock", "{body}"),
            _ => panic!("{status} {body}"),
        }
    }
    assert_eq!(pieces, 17);
    assert_eq!(world.pieces(&product).await, (17, 17));
    let events = world.events("product", &product).await;
    let reserved = events.iter().filter(|(kind, _)| kind == "stock_reserved");
    let sum: i64 = reserved
        .filter_map(|(_, data)| data["quantity"].as_i64())
        .sum();
    assert_eq!(sum, 17);
}

/// The answer to an order. Who met others three times in a row is told to send it again (G9), and does.
async fn placed(node: &World, body: Value) -> (StatusCode, Value) {
    let key = Uuid::now_v7().to_string();
    loop {
        let order = node.request(Method::POST, "/orders").json(&body);
        let (status, said) = answer(order.header("idempotency-key", &key)).await;
        if said["code"] != "sequence_conflict" {
            return (status, said);
        }
        assert_eq!(status, StatusCode::CONFLICT, "{said}");
    }
}
