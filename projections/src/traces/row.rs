//! One effect.

use uuid::Uuid;

crate::row! {
    /// An event that did not come straight from the first command of its request.
    #[derive(Debug)]
    pub struct TraceRow in "traces" {
        /// The request that everything began with.
        pub correlation_id: Uuid,
        /// The event.
        pub position: i64,
        /// The event that made a process act.
        pub causation_id: Option<Uuid>,
    }
}
