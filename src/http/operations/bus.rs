//! `GET /api/v1/bus` and `POST /api/v1/bus/rebuild`.

use axum::extract::State;
use pantheon_nats::{Bus, Mirror, MirrorError, Seen};
use serde_json::{Value, json};

use crate::app::App;
use crate::http::moment::reach;
use crate::http::{Answer, Problem, ReadOptions};

const NO_BUS: &str = "This node has no bus; set NATS_URL and start again.";

/// JetStream against the log.
#[utoipa::path(get, path = "/api/v1/bus", tag = "operations",
    responses((status = 200, description = "How far the mirror is", body = Object)))]
pub async fn status(State(app): State<App>, read: ReadOptions) -> Result<Answer, Problem> {
    let head = reach(&app.log, &read).await?;
    let Ok(bus) = bus(&app) else {
        return Answer::looked(
            head,
            json!({ "connected": false, "head": head, "error": NO_BUS, "relay": null }),
        );
    };
    let url = bus.public_url();
    let seen = Mirror::new(bus, app.config.topology()).seen().await;
    let relay = app
        .health
        .report(&app.log)
        .into_iter()
        .find(|part| part.name == "relay");
    let relay =
        relay.map(|part| json!({ "state": format!("{:?}", part.state), "error": part.error }));
    let body = match seen {
        Err(error) => {
            tracing::warn!(cause = %error, "the mirror could not be looked at");
            let error = error.outside_words();
            json!({ "connected": false, "url": url, "head": head, "error": error, "relay": relay })
        }
        Ok(seen) => {
            json!({ "connected": true, "url": url, "head": head, "mirror": shown(seen), "relay": relay })
        }
    };
    Answer::looked(head, body)
}

/// Deletes the mirror, after a fork alarm. The relay, whichever node it works on, makes it anew from
/// the first event inside its retention and fills it.
#[utoipa::path(post, path = "/api/v1/bus/rebuild", tag = "operations",
    responses((status = 200, description = "The mirror is gone and being filled anew", body = Object)))]
pub async fn rebuild(State(app): State<App>) -> Result<Answer, Problem> {
    let mirror = Mirror::new(bus(&app)?, app.config.topology());
    mirror.delete().await.map_err(away)?;
    if let Some(relay) = app.health.get("relay") {
        relay.resume();
    }
    Answer::plain(json!({ "rebuilding": true, "head": app.log.head() }))
}

fn bus(app: &App) -> Result<Bus, Problem> {
    let bus: Option<Bus> = app.bus.clone();
    bus.ok_or_else(|| Problem::rule("bus_not_configured", NO_BUS))
}

fn away(error: MirrorError) -> Problem {
    tracing::warn!(cause = %error, "the mirror could not be made anew");
    let detail = format!("The mirror was not made anew: {}.", error.outside_words());
    Problem::unavailable("dependency_unavailable", detail, 5)
}

fn shown(seen: Seen) -> Value {
    match seen {
        Seen::Missing => json!({ "stream": "missing" }),
        Seen::Empty { next } => json!({ "stream": "empty", "next": next }),
        Seen::Last { position, event } => {
            json!({ "stream": "filled", "position": position, "event": event })
        }
    }
}
