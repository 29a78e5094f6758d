//! What is known of every request before its handler runs.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use uuid::Uuid;

use super::Problem;

/// The header of the request id.
pub const REQUEST_ID: &str = "x-request-id";

/// The ids of a request; put on it by the outermost layer.
#[derive(Clone, Debug)]
pub struct RequestMeta {
    /// The caller's `X-Request-Id`, or a fresh one.
    pub request_id: Arc<str>,
    /// The caller's W3C trace context.
    pub traceparent: Option<Arc<str>>,
    /// The address that counts for limits, when the connection has one.
    pub address: Option<IpAddr>,
}

impl RequestMeta {
    /// Reads the ids, making up what is missing or unusable.
    #[must_use]
    pub fn of(headers: &HeaderMap, address: Option<IpAddr>) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let given = text(REQUEST_ID).filter(|id| usable_id(id));
        let traceparent = text("traceparent").filter(|value| is_traceparent(value));
        Self {
            request_id: given.map_or_else(|| Uuid::now_v7().to_string().into(), Arc::from),
            traceparent: traceparent.map(Arc::from),
            address,
        }
    }
}

/// Whether a request's id can be kept and said back: 1 to 128 visible ASCII characters.
#[must_use]
pub fn usable_id(id: &str) -> bool {
    (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic())
}

/// `00-<32 hex>-<16 hex>-<2 hex>`; neither id may be all zeros (W3C Trace Context).
#[must_use]
pub fn is_traceparent(value: &str) -> bool {
    let parts: Vec<_> = value.split('-').collect();
    let lengths = [2, 32, 16, 2];
    let zeros = |part: &str| part.bytes().all(|b| b == b'0');
    parts.len() == 4
        && !zeros(parts[1])
        && !zeros(parts[2])
        && parts.iter().zip(lengths).all(|(part, length)| {
            part.len() == length && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        })
}

impl<S: Sync> FromRequestParts<S> for RequestMeta {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(match parts.extensions.get::<Self>() {
            Some(meta) => meta.clone(),
            None => Self::of(&parts.headers, None),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unusable_id_is_replaced_and_a_broken_trace_context_dropped() {
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, "a b".parse().expect("a header value"));
        let nobody = format!("00-{}-{}-01", "0".repeat(32), "1".repeat(16));
        assert!(!is_traceparent(&nobody));
        headers.insert("traceparent", "00-abc".parse().expect("a header value"));
        let meta = RequestMeta::of(&headers, None);
        assert_ne!(&*meta.request_id, "a b");
        assert!(meta.traceparent.is_none());
    }
}
