//! `GET /api/v1/orders`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use pantheon_events::orders::OrderStatus;
use pantheon_events::time;
use pantheon_projections::orders::{self, Filter};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::view::{Order, stand};
use crate::app::App;
use crate::http::cursor::Limit;
use crate::http::openapi::named;
use crate::http::{Answer, ApiQuery, Caller, Problem, ReadOptions};

const FURTHEST: u32 = 10_000;

/// Which orders.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    #[param(schema_with = named::<OrderStatus>, required = false)]
    status: Option<OrderStatus>,
    user_id: Option<String>,
    product_id: Option<Uuid>,
    #[serde(default, deserialize_with = "time::optional")]
    created_after: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "time::optional")]
    created_before: Option<DateTime<Utc>>,
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200)]
    #[serde(default)]
    limit: Limit,
    #[param(maximum = 10000)]
    offset: Option<u32>,
    cursor: Option<String>,
}

/// Orders, newest first, as a bare array.
#[utoipa::path(get, path = "/api/v1/orders", tag = "orders", params(Wanted),
    responses((status = 200, description = "Orders", body = Vec<Order>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Answer, Problem> {
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
    let position = stand(&app, &caller, &read).await?;
    if let Some(unchanged) = read.not_modified(position) {
        return Ok(unchanged);
    }
    let own = caller.only_own();
    if own.is_some_and(|own| wanted.user_id.as_deref().is_some_and(|user| user != own)) {
        return Answer::array::<Order>(&read, position, &[], None);
    }
    let filter = Filter {
        status: wanted.status.map(|status| status.as_str().to_owned()),
        user_id: own.map(str::to_owned).or(wanted.user_id),
        product_id: wanted.product_id,
        created_after: wanted.created_after,
        created_before: wanted.created_before,
        limit: wanted.limit.get(),
        offset: i64::from(offset),
        cursor: wanted.cursor,
    };
    let listed = orders::list(&app.reads, caller.tenant, &filter).await?;
    let items: Vec<Order> = listed.rows.into_iter().map(Order::from).collect();
    Answer::array(&read, position, &items, listed.next_cursor.as_deref())
}
