//! Putting the routes together. A route without a row in the permission table stops the start.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::MethodRouter;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use utoipa_axum::router::OpenApiRouter;

use super::body::BODY_LIMIT;
use super::edge::edge;
use super::guard::guard;
use super::{Doors, Problem, openapi, pages};
use crate::auth::table;

/// Why the routes cannot be served: each sentence names what has to be mended in
/// `src/auth/table`.
#[derive(Debug, thiserror::Error)]
#[error("the permission table does not fit the routes: {}", .0.join("; "))]
pub struct Unguarded(pub Vec<String>);

/// The routes of a node, before they are served.
pub struct Api<S> {
    documented: OpenApiRouter<S>,
    plain: Vec<(&'static str, &'static str)>,
}

impl<S: Clone + Send + Sync + 'static> Default for Api<S> {
    fn default() -> Self {
        Self {
            documented: OpenApiRouter::with_openapi(openapi::head()),
            plain: Vec::new(),
        }
    }
}

impl<S: Clone + Send + Sync + 'static> Api<S> {
    /// Adds the documented routes of a context.
    #[must_use]
    pub fn with(mut self, context: OpenApiRouter<S>) -> Self {
        self.documented = self.documented.merge(context);
        self
    }

    /// Adds a route that is no part of the API's document: a page, a socket.
    #[must_use]
    pub fn plain(
        mut self,
        method: &'static str,
        path: &'static str,
        handler: MethodRouter<S>,
    ) -> Self {
        self.documented = self.documented.route(path, handler);
        self.plain.push((method, path));
        self
    }

    /// Method and path of every route.
    #[must_use]
    pub fn routes(&self) -> Vec<(String, String)> {
        let documented = openapi::operations(self.documented.get_openapi());
        let plain = self
            .plain
            .iter()
            .map(|(method, path)| (method.to_string(), path.to_string()));
        documented.into_iter().chain(plain).collect()
    }

    /// The OpenAPI document of the routes.
    #[must_use]
    pub fn document(&self) -> serde_json::Value {
        openapi::finish(self.documented.get_openapi())
    }

    /// The service behind the server: every route guarded, every answer in the common form.
    pub fn build(self, state: S, doors: &Doors) -> Result<Router, Unguarded> {
        let mut faults = table::faults();
        let missing = self
            .routes()
            .into_iter()
            .filter(|(m, p)| table::route(m, p).is_none());
        faults.extend(missing.map(|(method, path)| format!("{method} {path} has no row")));
        if !faults.is_empty() {
            return Err(Unguarded(faults));
        }
        let (router, document) = self.documented.split_for_parts();
        let router = router
            .with_state(state)
            .merge(pages::routes(&document, doors))
            .fallback(unknown_path)
            .method_not_allowed_fallback(unknown_method)
            .layer(DefaultBodyLimit::max(BODY_LIMIT))
            .layer(from_fn_with_state(doors.clone(), guard));
        // The outer layers see a request before it is routed.
        Ok(Router::new()
            .fallback_service(router)
            .layer(from_fn_with_state(doors.clone(), edge))
            .layer(compression()))
    }
}

fn compression() -> CompressionLayer<impl Predicate> {
    let streams = NotForContentType::const_new("application/x-ndjson");
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(DefaultPredicate::new().and(streams))
}

async fn unknown_path() -> Problem {
    nothing_here()
}

/// The answer of an address that is none.
pub(super) fn nothing_here() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "not_found",
        "There is nothing at this address.",
    )
}

async fn unknown_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "This address does not have this method; see `Allow`.",
    )
}
