//! Changing what is said about a product.

use pantheon_events::products::{ProductChanges, ProductEvent, ProductUpdated, UpdateProduct};

use super::super::{Product, ProductError};

pub(in super::super) fn update(
    product: &Product,
    command: &UpdateProduct,
) -> Result<Vec<ProductEvent>, ProductError> {
    let changed = ProductChanges {
        name: new(&command.name, &product.name),
        description: new(&command.description, &product.description),
        price_minor: price(product, command)?,
        currency: new(&command.currency, &product.currency),
        category: new(&command.category, &product.category),
        status: new(&command.status, &product.status),
    };
    if changed == ProductChanges::default() {
        return Ok(Vec::new());
    }
    Ok(vec![ProductUpdated { changed }.into()])
}

/// A new currency needs a price that fits it; without one the present price is held against it.
fn price(product: &Product, command: &UpdateProduct) -> Result<Option<i64>, ProductError> {
    let currency = command.currency.unwrap_or(product.currency);
    let minor = match command.price {
        Some(price) => price.minor(currency).map_err(ProductError::Price)?,
        None if currency.minor_digits() == product.currency.minor_digits() => product.price_minor,
        None => {
            let digits = currency.minor_digits();
            let error = pantheon_events::money::InvalidMoney::Digits { currency, digits };
            return Err(ProductError::Price(error));
        }
    };
    Ok((minor != product.price_minor).then_some(minor))
}

fn new<T: Clone + PartialEq>(given: &Option<T>, present: &T) -> Option<T> {
    given.clone().filter(|value| value != present)
}

#[cfg(test)]
mod tests {
    use super::super::given::{asked, history, made};
    use super::*;

    #[tokio::test]
    async fn only_what_differs_is_an_event() {
        let command = UpdateProduct {
            name: Some("Lamp".to_owned()),
            price: Some(serde_json::from_str("\"100\"").expect("an amount")),
            ..UpdateProduct::default()
        };
        let changed = ProductChanges {
            price_minor: Some(10_000),
            ..ProductChanges::default()
        };
        history(vec![made(None)])
            .when_async(asked(command))
            .await
            .then_expect_events(vec![ProductUpdated { changed }.into()]);
    }

    #[tokio::test]
    async fn what_is_null_is_taken_away_and_what_is_left_out_stays() {
        let read = |text| serde_json::from_str::<UpdateProduct>(text).expect("a change");
        let said = |text: Option<&str>| {
            ProductEvent::from(ProductUpdated {
                changed: ProductChanges {
                    description: Some(text.map(str::to_owned)),
                    ..ProductChanges::default()
                },
            })
        };
        history(vec![made(None), said(Some("It shines."))])
            .when_async(asked(read(r#"{"description":null,"category":null}"#)))
            .await
            .then_expect_events(vec![said(None)]);
        history(vec![made(None), said(Some("It shines.")), said(None)])
            .when_async(asked(read(r#"{"description":null}"#)))
            .await
            .then_expect_events(vec![]);
        history(vec![made(None), said(Some("It shines."))])
            .when_async(asked(read("{}")))
            .await
            .then_expect_events(vec![]);
    }

    #[tokio::test]
    async fn nothing_changed_is_no_event() {
        let command = UpdateProduct {
            name: Some("Lamp".to_owned()),
            ..UpdateProduct::default()
        };
        history(vec![made(None)])
            .when_async(asked(command))
            .await
            .then_expect_events(vec![]);
    }

    #[tokio::test]
    async fn a_currency_with_other_digits_needs_a_new_price() {
        let command = UpdateProduct {
            currency: Some("JPY".parse().expect("a code")),
            ..UpdateProduct::default()
        };
        let result = history(vec![made(None)])
            .when_async(asked(command))
            .await
            .inspect_result();
        assert!(matches!(result, Err(ProductError::Price(_))));
    }
}
