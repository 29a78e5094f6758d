//! `GET /api/v1/products`.

use axum::extract::State;
use pantheon_events::products::ProductStatus;
use pantheon_projections::products::{self, Column, Filter, Key, NAME};
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::Product;
use crate::app::App;
use crate::http::cursor::{self, Limit};
use crate::http::openapi::named;
use crate::http::{Answer, ApiQuery, Caller, Problem, ReadOptions};

const FURTHEST: u32 = 10_000;

/// Which products.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    category: Option<String>,
    #[param(schema_with = named::<ProductStatus>, required = false)]
    status: Option<ProductStatus>,
    q: Option<String>,
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200)]
    #[serde(default)]
    limit: Limit,
    #[param(maximum = 10000)]
    offset: Option<u32>,
    cursor: Option<String>,
    /// `name`, `price`, `created_at`, or several of them with commas; a `-` before one turns it
    /// round.
    #[param(pattern = "^-?(name|price|created_at)(,-?(name|price|created_at)){0,2}$")]
    sort: Option<String>,
}

/// The catalogue, as a bare array; `X-Total-Count` and `Link` say the rest.
#[utoipa::path(get, path = "/api/v1/products", tag = "products", params(Wanted),
    responses((status = 200, description = "Products", body = Vec<Product>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Answer, Problem> {
    let hidden = caller.only_own().is_some()
        && wanted
            .status
            .is_some_and(|status| status != ProductStatus::Active);
    let filter = filter(wanted, &caller)?;
    let position = read.stand(&app.reads, NAME, caller.tenant).await?;
    if let Some(unchanged) = read.not_modified(position) {
        return Ok(unchanged);
    }
    if hidden {
        let none = Answer::array::<Product>(&read, position, &[], None)?;
        return Ok(none.counted(0));
    }
    let listed = products::list(&app.reads, caller.tenant, &filter).await?;
    let items: Vec<Product> = listed.rows.into_iter().map(Product::from).collect();
    let answer = Answer::array(&read, position, &items, listed.next_cursor.as_deref())?;
    Ok(answer.counted(listed.total))
}

fn filter(wanted: Wanted, caller: &Caller) -> Result<Filter, Problem> {
    if wanted.offset.is_some() && wanted.cursor.is_some() {
        return Err(Problem::malformed_field(
            "offset",
            "counts from the beginning; leave it out where a cursor says where to go on",
        ));
    }
    let offset = wanted.offset.unwrap_or(0);
    if offset > FURTHEST {
        return Err(Problem::malformed_field(
            "offset",
            "is above 10000; go on with the cursor",
        ));
    }
    let status = match caller.only_own() {
        // Buyers see what is for sale and nothing else.
        Some(_) => Some(ProductStatus::Active.as_str().to_owned()),
        None => wanted.status.map(|status| status.as_str().to_owned()),
    };
    Ok(Filter {
        category: wanted.category,
        status,
        text: wanted.q,
        sort: wanted.sort.as_deref().map_or(Ok(Vec::new()), sort)?,
        limit: wanted.limit.get(),
        offset: i64::from(offset),
        cursor: wanted.cursor,
    })
}

/// What the catalogue can be sorted by, as `sort` names it.
const COLUMNS: [(&str, Column); 3] = [
    ("name", Column::Name),
    ("price", Column::Price),
    ("created_at", Column::CreatedAt),
];

fn sort(text: &str) -> Result<Vec<Key>, Problem> {
    let keys = cursor::sort(text, &COLUMNS.map(|(name, _)| name))?;
    let column = |name| COLUMNS.iter().find(|(known, _)| *known == name);
    let keys = keys.into_iter().filter_map(|key| {
        column(key.field).map(|&(_, column)| Key {
            column,
            descending: key.descending,
        })
    });
    Ok(keys.collect())
}
