//! The business as somebody's queries would show it: the same permissions, the same shapes.

use pantheon_events::Position;
use pantheon_events::money::decimal;
use pantheon_projections::approvals::{self, Viewer};
use pantheon_projections::orders::{self, Total};
use pantheon_projections::products;
use pantheon_projections::{QueryError, Reads};
use serde_json::{Map, Value, json};

use super::fleet::Business;
use super::read_models::{MOST, WAIT};
use crate::auth::{Grant, Principal, may, permission};
use crate::http::approvals::Approval;
use crate::http::orders::Order;
use crate::http::products::Product;

/// What `who` sees once the read models have reached the position. One that stands still is shown
/// as it is: the fleet's frames must not wait for it.
pub(super) async fn business(
    reads: &Reads,
    who: &Principal,
    position: Position,
) -> Result<Business, QueryError> {
    for name in [products::NAME, orders::NAME, approvals::NAME] {
        match reads.wait_for(name, position, WAIT).await {
            Ok(_) | Err(QueryError::Behind { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let mut business = Business::default();
    if let Some(grant) = granted(who, "products.read") {
        add_products(&mut business, reads, who, grant).await?;
    }
    if let Some(grant) = granted(who, "orders.read") {
        add_orders(&mut business, reads, who, grant).await?;
    }
    if let Some(grant) = granted(who, "approvals.read") {
        add_approvals(&mut business, reads, who, grant).await?;
    }
    Ok(business)
}

fn granted(who: &Principal, code: &'static str) -> Option<Grant> {
    may(Some(who), permission(code), None).ok()
}

/// "Own" means the active ones.
async fn add_products(
    business: &mut Business,
    reads: &Reads,
    who: &Principal,
    grant: Grant,
) -> Result<(), QueryError> {
    let filter = products::Filter {
        status: (grant == Grant::Own).then(|| "active".to_owned()),
        limit: MOST,
        ..products::Filter::default()
    };
    let listed = products::list(reads, who.tenant, &filter).await?;
    let shown = listed.rows.into_iter().map(|row| json!(Product::from(row)));
    business.products = shown.collect();
    business
        .totals
        .insert("products".to_owned(), json!({ "count": listed.total }));
    Ok(())
}

async fn add_orders(
    business: &mut Business,
    reads: &Reads,
    who: &Principal,
    grant: Grant,
) -> Result<(), QueryError> {
    let user_id = (grant == Grant::Own).then(|| who.id.clone());
    let totals = orders::totals(reads, who.tenant, user_id.as_deref()).await?;
    let filter = orders::Filter {
        user_id,
        limit: MOST,
        ..orders::Filter::default()
    };
    let listed = orders::list(reads, who.tenant, &filter).await?;
    let shown = listed.rows.into_iter().map(|row| json!(Order::from(row)));
    business.orders = shown.collect();
    business
        .totals
        .insert("orders".to_owned(), of_orders(&totals));
    Ok(())
}

/// `{count, by_status: [{status, currency, count, amount}]}`
fn of_orders(totals: &[Total]) -> Value {
    let count: i64 = totals.iter().map(|total| total.count).sum();
    let lines: Vec<Value> = totals.iter().map(of_status).collect();
    json!({ "count": count, "by_status": lines })
}

fn of_status(total: &Total) -> Value {
    let currency = total.currency.parse().unwrap_or_default();
    // A sum that is beyond every currency's reach is not told.
    let minor = total.sum_minor.parse().ok();
    let amount = minor.map(|minor| decimal(minor, currency));
    json!({
        "status": total.status,
        "currency": total.currency,
        "count": total.count,
        "amount": amount,
    })
}

async fn add_approvals(
    business: &mut Business,
    reads: &Reads,
    who: &Principal,
    grant: Grant,
) -> Result<(), QueryError> {
    let viewer = (grant == Grant::Own).then(|| Viewer {
        user_id: who.id.clone(),
        role: who.role.map(|role| role.to_string()).unwrap_or_default(),
    });
    let totals = approvals::totals(reads, who.tenant, viewer.as_ref()).await?;
    let filter = approvals::Filter {
        viewer,
        limit: MOST,
        ..approvals::Filter::default()
    };
    let listed = approvals::list(reads, who.tenant, &filter).await?;
    let shown = listed
        .rows
        .into_iter()
        .map(|row| json!(Approval::from(row)));
    business.approvals = shown.collect();
    let by_status: Map<String, Value> = totals
        .iter()
        .map(|(status, count)| (status.clone(), (*count).into()))
        .collect();
    let count: i64 = totals.iter().map(|(_, count)| count).sum();
    business.totals.insert(
        "approvals".to_owned(),
        json!({ "count": count, "by_status": by_status }),
    );
    Ok(())
}
