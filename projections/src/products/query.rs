//! The catalogue's queries.

use pantheon_events::{ProductId, TenantId};
use sqlx::{Postgres, QueryBuilder};

use super::ProductRow;
use super::order::{Key, Order};
use crate::query::{QueryError, Reads};

/// Which products.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// On this shelf.
    pub category: Option<String>,
    /// In this status.
    pub status: Option<String>,
    /// With this text in the name or description, in any case.
    pub text: Option<String>,
    /// The order: by the first key, then by the next; newest first without any.
    pub sort: Vec<Key>,
    /// So many at most.
    pub limit: i64,
    /// Skip so many.
    pub offset: i64,
    /// Go on after an earlier page.
    pub cursor: Option<String>,
}

/// A page of the catalogue.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The products.
    pub rows: Vec<ProductRow>,
    /// Where the next page starts, if there is one.
    pub next_cursor: Option<String>,
    /// How many there are in all.
    pub total: i64,
}

/// One product of a tenant; a deleted one is not there.
///
/// # Errors
/// Postgres did not answer.
pub async fn one(
    reads: &Reads,
    tenant: TenantId,
    product: ProductId,
) -> Result<Option<ProductRow>, QueryError> {
    let row = sqlx::query_as!(
        ProductRow,
        "select id, tenant, name, description, price_minor, currency, category, status, stock, \
         reserved, created_at, updated_at, sequence, deleted \
         from products where id = $1 and tenant = $2 and not deleted",
        product.as_uuid(),
        tenant.as_uuid(),
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(row)
}

/// A page of a tenant's products.
///
/// # Errors
/// The cursor is of another list; Postgres did not answer.
pub async fn list(reads: &Reads, tenant: TenantId, filter: &Filter) -> Result<Listed, QueryError> {
    let mut count = QueryBuilder::new("select count(*) from products where ");
    conditions(&mut count, tenant, filter);
    let total: i64 = count.build_query_scalar().fetch_one(reads.pool()).await?;

    let order = Order::of(&filter.sort);
    let mut query = QueryBuilder::new(
        "select id, tenant, name, description, price_minor, currency, category, status, stock, \
         reserved, created_at, updated_at, sequence, deleted from products where ",
    );
    conditions(&mut query, tenant, filter);
    if let Some(text) = &filter.cursor {
        order.after(&mut query, text)?;
    }
    order.by(&mut query);
    query.push(" limit ");
    query
        .push_bind(filter.limit + 1)
        .push(" offset ")
        .push_bind(filter.offset);
    let mut rows: Vec<ProductRow> = query.build_query_as().fetch_all(reads.pool()).await?;

    let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more);
    let next_cursor = last.map(|last| order.cursor(last));
    Ok(Listed {
        rows,
        next_cursor,
        total,
    })
}

fn conditions(query: &mut QueryBuilder<'_, Postgres>, tenant: TenantId, filter: &Filter) {
    query
        .push("tenant = ")
        .push_bind(tenant.as_uuid())
        .push(" and not deleted");
    if let Some(category) = &filter.category {
        query.push(" and category = ").push_bind(category.clone());
    }
    if let Some(status) = &filter.status {
        query.push(" and status = ").push_bind(status.clone());
    }
    if let Some(text) = &filter.text {
        // `strpos` takes the text as it is: no pattern, nothing to escape.
        query
            .push(" and (strpos(lower(name), lower(")
            .push_bind(text.clone());
        query.push(")) > 0 or strpos(lower(coalesce(description, '')), lower(");
        query.push_bind(text.clone()).push(")) > 0)");
    }
}
