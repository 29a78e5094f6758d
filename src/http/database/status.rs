//! `GET /api/v1/database/status`, `/database/status/detailed` and `/infrastructure/database`: 200 always.

use std::time::{Duration, Instant};

use axum::extract::State;
use pantheon_projections::console::Shape;
use serde_json::{Value, json};

use super::is_on;
use crate::app::App;
use crate::http::{Answer, Caller, Problem};

/// A database that is well answers within this.
const SLOW: Duration = Duration::from_millis(100);
/// Nobody waits longer for one.
const PATIENCE: Duration = Duration::from_secs(1);

/// The connections of this node.
struct Connections {
    active: u32,
    idle: u32,
    most: u32,
}

impl Connections {
    fn of(app: &App) -> Self {
        let pool = app.log.pool();
        let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
        Self {
            active: pool.size().saturating_sub(idle),
            idle,
            most: pool.options().get_max_connections(),
        }
    }

    fn is_full(&self) -> bool {
        self.active >= self.most
    }
}

/// How long the database took to answer; `None` when it did not.
async fn latency(app: &App) -> Option<Duration> {
    let began = Instant::now();
    match tokio::time::timeout(PATIENCE, app.log.database_head()).await {
        Ok(Ok(_)) => Some(began.elapsed()),
        _ => None,
    }
}

/// Whether the database is well.
#[utoipa::path(get, path = "/api/v1/database/status", tag = "database",
    responses((status = 200, description = "`{status, connections, latency_ms}`", body = Object)))]
pub async fn status(State(app): State<App>, _: Caller) -> Result<Answer, Problem> {
    let connections = Connections::of(&app);
    let latency = latency(&app).await;
    Answer::plain(json!({
        "status": word(latency, &connections),
        "connections": connections.active + connections.idle,
        "latency_ms": latency.unwrap_or(PATIENCE).as_secs_f64() * 1000.0,
    }))
}

fn word(latency: Option<Duration>, connections: &Connections) -> &'static str {
    match latency {
        None => "unhealthy",
        Some(time) if time > SLOW || connections.is_full() => "degraded",
        Some(_) => "healthy",
    }
}

/// The database, its views and the connections.
#[utoipa::path(get, path = "/api/v1/database/status/detailed", tag = "database",
    responses((status = 200, description = "`{connected, database_name, tables, total_tables, connection_pool}`", body = Object)))]
pub async fn detailed(State(app): State<App>, caller: Caller) -> Result<Answer, Problem> {
    all(&app, &caller).await
}

/// The same under another name.
#[utoipa::path(get, path = "/api/v1/infrastructure/database", tag = "database",
    responses((status = 200, description = "as `/database/status/detailed`", body = Object)))]
pub async fn alias(State(app): State<App>, caller: Caller) -> Result<Answer, Problem> {
    all(&app, &caller).await
}

async fn all(app: &App, caller: &Caller) -> Result<Answer, Problem> {
    let connections = Connections::of(app);
    let connected = latency(app).await.is_some();
    let shape = match connected && is_on(app, caller).await.unwrap_or(false) {
        true => app.console.shape(caller.tenant).await.unwrap_or_default(),
        false => Shape::default(),
    };
    let tables: Vec<Value> = shape
        .columns
        .keys()
        .map(
            |name| json!({ "name": name, "owner": shape.owner, "row_count": shape.rows.get(name) }),
        )
        .collect();
    Answer::plain(json!({
        "connected": connected,
        "database_name": shape.database,
        "total_tables": tables.len(),
        "tables": tables,
        "connection_pool": {
            "active_connections": connections.active,
            "idle_connections": connections.idle,
            "max_connections": connections.most,
        },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_or_crowded_database_is_degraded_and_a_silent_one_unhealthy() {
        let of = |active| Connections {
            active,
            idle: 0,
            most: 4,
        };
        let ms = |ms| Some(Duration::from_millis(ms));
        assert_eq!(word(ms(100), &of(3)), "healthy");
        assert_eq!(word(ms(101), &of(3)), "degraded");
        assert_eq!(word(ms(1), &of(4)), "degraded");
        assert_eq!(word(None, &of(0)), "unhealthy");
    }
}
