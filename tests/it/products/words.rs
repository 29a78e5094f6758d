//! What the tests of products and orders say again and again.

use pantheon_events::orders::{BeginPayment, MarkPaid};
use pantheon_events::products::ReserveStock;
use pantheon_events::{Actor, CommandContext, OrderId};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{World, refused};

impl World {
    /// Makes a product and gives its id.
    pub async fn product(&self, body: Value) -> String {
        let (status, product) = self.post("/products", body).await;
        assert_eq!(status, 201, "{product}");
        product["id"].as_str().expect("an id").to_owned()
    }

    /// Somebody with an account in the default organisation; their id.
    pub async fn customer(&self, name: &str) -> String {
        let account = json!({
            "email": format!("{name}@example.org"), "password": "correct horse battery", "role": "developer",
        });
        let (status, user) = self.post("/auth/register", account).await;
        assert_eq!(status, 201, "{user}");
        user["id"].as_str().expect("an id").to_owned()
    }

    /// A lamp for 99.90 with so many pieces in stock.
    pub async fn lamps(&self, stock: i64) -> String {
        self.product(json!({ "name": "Lamp", "price": "99.90", "stock": stock }))
            .await
    }

    /// The product as the read model has it after everything committed so far.
    pub async fn shown(&self, product: &str) -> Value {
        self.current(&format!("/products/{product}")).await
    }

    /// Stock and reserved pieces.
    pub async fn pieces(&self, product: &str) -> (i64, i64) {
        let shown = self.shown(product).await;
        let number = |field: &str| shown[field].as_i64().expect("a number");
        (number("stock"), number("reserved"))
    }

    /// Places an order and gives its id.
    pub async fn order(&self, product: &str, quantity: i64) -> String {
        let body = json!({ "product_id": product, "quantity": quantity });
        let (status, order) = self.post("/orders", body).await;
        assert_eq!(status, 201, "{order}");
        order["id"].as_str().expect("an id").to_owned()
    }

    /// The order as the read model has it after everything committed so far.
    pub async fn ordered(&self, order: &str) -> Value {
        self.current(&format!("/orders/{order}")).await
    }

    /// Expects an order to be refused; gives the error body.
    pub async fn not_ordered(
        &self,
        product: &str,
        quantity: i64,
        status: u16,
        code: &str,
    ) -> Value {
        let body = json!({ "product_id": product, "quantity": quantity });
        let request = self.request(Method::POST, "/orders").json(&body);
        refused(request, status, code).await
    }

    /// Begins a payment, as the processes of payments do.
    pub async fn begin(&self, order: &str) -> Uuid {
        let payment_id = Uuid::now_v7();
        let orders = &self.node.app().commands.orders;
        let begun = orders.dispatch(order, BeginPayment { payment_id }, self.itself());
        begun.await.expect("the payment begins");
        payment_id
    }

    /// Pays an order, as the processes of payments do.
    pub async fn pay(&self, order: &str) {
        let payment_id = self.begin(order).await;
        let orders = &self.node.app().commands.orders;
        let paid = orders.dispatch(order, MarkPaid { payment_id }, self.itself());
        paid.await.expect("the order is paid");
    }

    /// Sets pieces aside for an order that never comes.
    pub async fn set_aside(&self, product: &str, quantity: i64) -> OrderId {
        let order_id = OrderId::new(Uuid::now_v7());
        let reserve = ReserveStock { order_id, quantity };
        let products = &self.node.app().commands.products;
        let held = products.dispatch(product, reserve, self.itself());
        held.await.expect("the pieces are set aside");
        order_id
    }

    /// Pantheon's own processes.
    pub fn itself(&self) -> CommandContext {
        CommandContext::new(self.tenant, Actor::policy("test"), None)
    }
}

/// The types of a stream's events.
pub fn types(events: &[(String, Value)]) -> Vec<&str> {
    events.iter().map(|(kind, _)| kind.as_str()).collect()
}
