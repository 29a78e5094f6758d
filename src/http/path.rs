//! Ids in paths: what is not an id names nothing.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use serde::de::value::{self, SeqDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use uuid::Uuid;

use super::Problem;

/// The parameters of the path. A malformed id is 404, like a missing one; a UUID in any of its
/// spellings is the one that streams are named by.
#[derive(Clone, Debug)]
pub struct ApiPath<T>(pub T);

impl<T, S> FromRequestParts<S> for ApiPath<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // No id holds a NUL, and Postgres takes none even to look for it.
        if parts.uri.path().contains("%00") {
            return Err(Problem::not_found());
        }
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|_| Problem::not_found())?;
        let ids: Vec<String> = params.iter().map(|(_, id)| canonical(id)).collect();
        let value = match ids.as_slice() {
            [id] => T::deserialize(id.as_str().into_deserializer()),
            ids => T::deserialize(SeqDeserializer::new(ids.iter().map(String::as_str))),
        };
        value
            .map(Self)
            .map_err(|_: value::Error| Problem::not_found())
    }
}

fn canonical(id: &str) -> String {
    match Uuid::try_parse(id) {
        Ok(uuid) if id.len() == uuid::fmt::Hyphenated::LENGTH => uuid.to_string(),
        _ => id.to_owned(),
    }
}
