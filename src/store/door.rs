//! The generic door: every command of every aggregate by name.

use async_trait::async_trait;
use pantheon_events::{
    CommandContext, CommandSpec, DomainCommand, DomainEvent, InvalidCommand, RecordedEvent,
};

use super::{DispatchError, Dispatcher, Receipt};
use crate::domain::Root;

/// One kind of aggregate, seen without its types.
#[async_trait]
pub trait Door: Send + Sync {
    /// The aggregate type.
    fn aggregate(&self) -> &'static str;

    /// Its commands.
    fn specs(&self) -> &'static [CommandSpec];

    /// Reads the command `name` and holds it against its limits.
    fn check(&self, name: &str, data: &[u8]) -> Result<(), InvalidCommand>;

    /// Reads and dispatches the command `name` with the JSON in `data`.
    async fn execute(
        &self,
        name: &str,
        id: &str,
        data: &[u8],
        by: CommandContext,
    ) -> Result<Receipt, DispatchError>;

    /// The state that the given events of one stream fold to, as JSON.
    fn fold(&self, events: &[&RecordedEvent]) -> Result<serde_json::Value, DispatchError>;
}

#[async_trait]
impl<A: Root> Door for Dispatcher<A> {
    fn aggregate(&self) -> &'static str {
        A::TYPE
    }

    fn specs(&self) -> &'static [CommandSpec] {
        A::Data::SPECS
    }

    fn check(&self, name: &str, data: &[u8]) -> Result<(), InvalidCommand> {
        A::Data::parse(name, data)?.check()
    }

    async fn execute(
        &self,
        name: &str,
        id: &str,
        data: &[u8],
        by: CommandContext,
    ) -> Result<Receipt, DispatchError> {
        let command = A::Data::parse(name, data)?;
        self.dispatch(id, command, by).await
    }

    fn fold(&self, events: &[&RecordedEvent]) -> Result<serde_json::Value, DispatchError> {
        let mut aggregate = A::default();
        for event in events {
            let fact =
                A::Fact::decode(&event.event_type, &event.event_version, event.payload.get())
                    .map_err(|error| DispatchError::Corrupt(error.to_string()))?;
            aggregate.apply(fact);
        }
        serde_json::to_value(&aggregate).map_err(|error| DispatchError::Corrupt(error.to_string()))
    }
}
