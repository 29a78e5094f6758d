//! The AsyncAPI 3.0 document: what travels on NATS and on the sockets, from the types that are
//! written and read there. Operations are told from this side: it sends and it receives.

mod bus;
mod document;
mod live;

use std::sync::LazyLock;

use serde_json::Value;

use document::Document;

static WHOLE: LazyLock<(Value, Vec<String>)> = LazyLock::new(|| {
    let mut document = Document::default();
    bus::describe(&mut document);
    live::describe(&mut document);
    document.finish()
});

/// The document.
#[must_use]
pub fn document() -> &'static Value {
    &WHOLE.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_s_name_means_one_schema() {
        assert_eq!(WHOLE.1, Vec::<String>::new());
    }
}
