//! What every aggregate has in common.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use pantheon_events::{CommandContext, DomainCommand, DomainEvent, Refusal};

/// A command as a rule sees it: the data, who asks, and the time.
#[derive(Clone, Debug)]
pub struct Asked<C> {
    /// The command's data.
    pub command: C,
    /// The stream's id.
    pub id: Arc<str>,
    /// Who asks, for which tenant, under which id.
    pub by: Arc<CommandContext>,
    /// The node's clock when the decision is made.
    pub at: DateTime<Utc>,
}

impl<C> Asked<C> {
    /// The same question with other data: hands one variant's data to its rule.
    pub fn with<D>(&self, command: D) -> Asked<D> {
        Asked {
            command,
            id: Arc::clone(&self.id),
            by: Arc::clone(&self.by),
            at: self.at,
        }
    }
}

/// A refusal of one context: a closed enum with a stable code for each variant.
pub trait RuleError: std::error::Error + Send + Sync + 'static {
    /// The refusal as it is stored and answered.
    fn refusal(&self) -> Refusal;
}

/// The consistency boundary behind one stream: a `cqrs-es` aggregate whose rules are plain
/// functions. Made by [`aggregate!`](crate::aggregate).
pub trait Root:
    cqrs_es::Aggregate<
        Command = Asked<Self::Data>,
        Event = Self::Fact,
        Error = Self::Refused,
        Services = (),
    > + Clone
    + PartialEq
    + 'static
{
    /// The commands.
    type Data: DomainCommand;
    /// The events.
    type Fact: DomainEvent;
    /// The refusals.
    type Refused: RuleError;

    /// Whether a text can be the id of such a stream.
    fn valid_id(id: &str) -> bool;
}

/// Whether an id is a UUID in its one usual spelling: with another, one thing could have two
/// streams.
#[must_use]
pub fn is_plain_uuid(id: &str) -> bool {
    id.parse::<uuid::Uuid>()
        .is_ok_and(|uuid| uuid.to_string() == id)
}

/// Makes a type an aggregate. It brings two inherent functions,
/// `fn decide(&self, asked: &Asked<Command>) -> Result<Vec<Event>, Error>` and
/// `fn evolve(&mut self, event: Event)`, and `fn valid_id(id: &str) -> bool`.
#[macro_export]
macro_rules! aggregate {
    ($Aggregate:ty: $Command:ty => $Event:ty, $Error:ty) => {
        impl ::cqrs_es::Aggregate for $Aggregate {
            const TYPE: &'static str = <$Command as ::pantheon_events::DomainCommand>::AGGREGATE;
            type Command = $crate::domain::Asked<$Command>;
            type Event = $Event;
            type Error = $Error;
            type Services = ();

            async fn handle(
                &mut self,
                asked: Self::Command,
                _: &Self::Services,
                sink: &::cqrs_es::event_sink::EventSink<Self>,
            ) -> Result<(), Self::Error> {
                for event in self.decide(&asked)? {
                    sink.write(event, self).await;
                }
                Ok(())
            }

            fn apply(&mut self, event: Self::Event) {
                self.evolve(event);
            }
        }

        impl $crate::domain::Root for $Aggregate {
            type Data = $Command;
            type Fact = $Event;
            type Refused = $Error;

            fn valid_id(id: &str) -> bool {
                Self::valid_id(id)
            }
        }
    };
}
