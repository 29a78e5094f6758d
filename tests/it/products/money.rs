//! Prices: decimal strings, exact.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, refused};

/// BUS-22: "a price written as "0.10" reads back byte-equal".
#[tokio::test(flavor = "multi_thread")]
async fn a_price_reads_back_with_all_of_its_currency_s_digits() {
    let world = World::new().await;
    for (price, currency, shown) in [
        (json!("0.10"), "USD", "0.10"),
        (json!(0.1), "USD", "0.10"),
        (json!("99999999.99"), "USD", "99999999.99"),
        (json!(99999999.99), "USD", "99999999.99"),
        (json!("0"), "USD", "0.00"),
        (json!("99.9"), "EUR", "99.90"),
        (json!("500"), "JPY", "500"),
        (json!(500), "JPY", "500"),
        (json!("1.234"), "KWD", "1.234"),
    ] {
        let body = json!({ "name": "Lamp", "price": price, "currency": currency });
        let id = world.product(body).await;
        let product = world.shown(&id).await;
        assert_eq!(product["price"], shown, "{price} {currency}");
        assert_eq!(product["currency"], currency);
    }
}

/// BUS-22
#[tokio::test(flavor = "multi_thread")]
async fn a_price_that_is_no_amount_of_its_currency_is_refused() {
    let world = World::new().await;
    let ask = |price: &Value, currency: &str| {
        let body = json!({ "name": "Lamp", "price": price, "currency": currency });
        world.request(Method::POST, "/products").json(&body)
    };
    for (price, currency) in [
        (json!("0.001"), "USD"),
        (json!(0.001), "USD"),
        (json!("0.5"), "JPY"),
        (json!("-0.01"), "USD"),
        (json!("100000000"), "USD"),
    ] {
        let problem = refused(ask(&price, currency), 422, "validation_failed").await;
        assert_eq!(problem["errors"][0]["field"], "price", "{problem}");
    }
    for price in [
        json!("1,5"),
        json!("1e2"),
        json!(""),
        json!(null),
        json!(true),
    ] {
        refused(ask(&price, "USD"), 400, "malformed_request").await;
    }
}

/// BUS-22: 99.90 is no amount of yen.
#[tokio::test(flavor = "multi_thread")]
async fn another_currency_needs_a_price_that_fits_it() {
    let world = World::new().await;
    let id = world.lamps(1).await;
    let path = format!("/products/{id}");
    let yen = world
        .request(Method::PUT, &path)
        .json(&json!({ "currency": "JPY" }));
    refused(yen, 422, "validation_failed").await;
    let (status, euros) = world.put(&path, json!({ "currency": "EUR" })).await;
    assert_eq!((status.as_u16(), &euros["price"]), (200, &json!("99.90")));
    let body = json!({ "currency": "JPY", "price": "14000" });
    let (status, yen) = world.put(&path, body).await;
    assert_eq!((status.as_u16(), &yen["price"]), (200, &json!("14000")));
}
