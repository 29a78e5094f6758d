//! The catalogue's queries.

use chrono::DateTime;
use pantheon_events::{ProductId, TenantId};
use serde::{Deserialize, Serialize};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::ProductRow;
use crate::query::{QueryError, Reads, cursor};

/// What a list may be ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Newest first.
    #[default]
    Newest,
    /// Oldest first.
    Oldest,
    /// By name.
    Name,
    /// By name, backwards.
    NameDown,
    /// Cheapest first.
    Price,
    /// Dearest first.
    PriceDown,
}

/// Which products.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// On this shelf.
    pub category: Option<String>,
    /// In this status.
    pub status: Option<String>,
    /// With this text in the name or description, in any case.
    pub text: Option<String>,
    /// The order.
    pub sort: Sort,
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

#[derive(Debug, Serialize, Deserialize)]
struct After {
    sort: Sort,
    key: String,
    id: Uuid,
}

impl Sort {
    /// Column, comparison of what comes after, direction, and the type of the cursor's key.
    const fn sql(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::Newest => ("created_at", "<", "desc", "timestamptz"),
            Self::Oldest => ("created_at", ">", "asc", "timestamptz"),
            Self::Name => ("name", ">", "asc", "text"),
            Self::NameDown => ("name", "<", "desc", "text"),
            Self::Price => ("price_minor", ">", "asc", "bigint"),
            Self::PriceDown => ("price_minor", "<", "desc", "bigint"),
        }
    }

    /// Whether a cursor's key can be compared with the column.
    fn fits(self, key: &str) -> bool {
        match self {
            Self::Newest | Self::Oldest => DateTime::parse_from_rfc3339(key).is_ok(),
            Self::Name | Self::NameDown => !key.contains('\0'),
            Self::Price | Self::PriceDown => key.parse::<i64>().is_ok(),
        }
    }

    fn key(self, row: &ProductRow) -> String {
        match self {
            Self::Newest | Self::Oldest => row.created_at.to_rfc3339(),
            Self::Name | Self::NameDown => row.name.clone(),
            Self::Price | Self::PriceDown => row.price_minor.to_string(),
        }
    }
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

    let (column, after, direction, kind) = filter.sort.sql();
    let mut query = QueryBuilder::new(
        "select id, tenant, name, description, price_minor, currency, category, status, stock, \
         reserved, created_at, updated_at, sequence, deleted from products where ",
    );
    conditions(&mut query, tenant, filter);
    if let Some(text) = &filter.cursor {
        let from: After = cursor::decode(text)?;
        if from.sort != filter.sort || !filter.sort.fits(&from.key) {
            return Err(QueryError::InvalidCursor);
        }
        query.push(format_args!(" and ({column}, id) {after} ("));
        query.push_bind(from.key).push(format_args!("::{kind}, "));
        query.push_bind(from.id).push(")");
    }
    query.push(format_args!(
        " order by {column} {direction}, id {direction} limit "
    ));
    query
        .push_bind(filter.limit + 1)
        .push(" offset ")
        .push_bind(filter.offset);
    let mut rows: Vec<ProductRow> = query.build_query_as().fetch_all(reads.pool()).await?;

    let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows.last().filter(|_| more).map(|last| {
        cursor::encode(&After {
            sort: filter.sort,
            key: filter.sort.key(last),
            id: last.id,
        })
    });
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
