//! Making a product.

use pantheon_events::money::decimal;
use pantheon_events::products::{CreateProduct, ProductCreated, ProductEvent};

use super::super::{Product, ProductError};

pub(in super::super) fn create(
    product: &Product,
    command: &CreateProduct,
) -> Result<Vec<ProductEvent>, ProductError> {
    if product.exists {
        return Err(ProductError::AlreadyExists);
    }
    let price_minor = command
        .price
        .minor(command.currency)
        .map_err(ProductError::Price)?;
    Ok(vec![
        ProductCreated {
            name: command.name.clone(),
            description: command.description.clone(),
            price_minor,
            price: Some(decimal(price_minor, command.currency)),
            currency: command.currency,
            category: command.category.clone(),
            status: command.status,
            stock: command.stock,
        }
        .into(),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::given::{asked, history, made, product};
    use super::*;

    fn lamp() -> CreateProduct {
        serde_json::from_str(r#"{"name": "Lamp", "price": "99.90", "stock": 5}"#)
            .expect("a command")
    }

    #[tokio::test]
    async fn a_price_is_kept_in_minor_units() {
        product()
            .when_async(asked(lamp()))
            .await
            .then_expect_events(vec![made(Some(5))]);
    }

    #[tokio::test]
    async fn an_id_is_used_once() {
        let again = history(vec![made(None)]).when_async(asked(lamp())).await;
        again.then_expect_error(ProductError::AlreadyExists);
    }

    #[tokio::test]
    async fn a_price_with_too_many_digits_is_refused() {
        let command = CreateProduct {
            price: serde_json::from_str("\"0.001\"").expect("an amount"),
            ..lamp()
        };
        let refused = product().when_async(asked(command)).await.inspect_result();
        assert!(matches!(refused, Err(ProductError::Price(_))));
    }
}
