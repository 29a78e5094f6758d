//! Deciding and appending the commands of one kind of aggregate.
//!
//! Shape: a command is decided under its stream's lock on the state as decided so far, put into
//! the writer's queue, and the lock is let go; the answer is awaited outside it, so many commands
//! of one stream share a batch.
//! Ordering: queue order is decision order; the log checks the sequence each was decided on (G9).
//! Delivery: the command runs in its own task; a caller that hangs up cuts nothing.
//! On failure: the slot is cleared and the command decided again on the stored stream, three
//! times; then 409.

use std::any::Any;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use cqrs_es::event_sink::EventSink;
use pantheon_events::{CommandContext, DomainCommand, DomainEvent, EventId, Refusal, Sequence};
use pantheon_log::{Append, NewEvent, Outcome, Recorded, Verdict, Writer};
use sqlx::PgPool;
use tokio_util::task::TaskTracker;

use super::slot::{Slot, Slots};
use super::snapshots::Snapshots;
use super::{DispatchError, EventStore, Loaded, Receipt};
use crate::clock::Clock;
use crate::domain::{Asked, Root, RuleError};

const DECISIONS: usize = 4;

/// What has to happen on other streams before a command can be decided: reserving stock for an
/// order, adding the edges of a new task. Its steps run under command ids derived from the
/// command's, so a repeat repeats them without effect.
#[async_trait]
pub trait Prepare<C>: Send + Sync {
    /// Whether the command needs steps at all. One that does costs a look-up of its id first, so
    /// that a repeat is answered before anything is done for it.
    fn concerns(&self, command: &C) -> bool;

    /// Does the steps and returns the command as it is to be decided. A refusal is kept like one
    /// of the aggregate's own rules.
    async fn prepare(&self, id: &str, command: C, by: &CommandContext) -> Result<C, DispatchError>;

    /// What has to stay until the command is settled as the steps found it. Taken before them; a
    /// repeat that comes meanwhile waits for it, too. Nothing for most commands.
    async fn hold(&self, _: &C, _: &CommandContext) -> Result<Option<Hold>, DispatchError> {
        Ok(None)
    }
}

/// Keeps something as it is until it is dropped.
pub type Hold = Box<dyn Any + Send>;

/// What every dispatcher of a node shares.
#[derive(Clone)]
pub struct DispatcherOptions {
    /// For reading streams.
    pub pool: PgPool,
    /// The node's writer.
    pub writer: Writer,
    /// The node's clock.
    pub clock: Clock,
    /// Waits for running commands at the end.
    pub tracker: TaskTracker,
    /// Streams remembered per kind of aggregate.
    pub cached_streams: u64,
}

/// The command side of one kind of aggregate. Cheap to clone.
pub struct Dispatcher<A: Root> {
    inner: Arc<Inner<A>>,
}

impl<A: Root> Clone for Dispatcher<A> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

struct Inner<A: Root> {
    store: Arc<EventStore<A>>,
    slots: Slots<A>,
    options: DispatcherOptions,
    prepare: OnceLock<Arc<dyn Prepare<A::Data>>>,
}

impl<A: Root> Dispatcher<A> {
    /// A dispatcher with an empty cache.
    #[must_use]
    pub fn new(options: DispatcherOptions) -> Self {
        Self {
            inner: Arc::new(Inner {
                store: Arc::new(EventStore::new(options.pool.clone())),
                slots: Slots::new(options.cached_streams),
                prepare: OnceLock::new(),
                options,
            }),
        }
    }

    /// Sets the steps that go before a command. Once, when the node is put together.
    pub fn prepare_with(&self, prepare: Arc<dyn Prepare<A::Data>>) {
        // A second call would be a mistake in the composition; the first one stays.
        let _ = self.inner.prepare.set(prepare);
    }

    /// Decides and appends a command.
    pub async fn dispatch(
        &self,
        id: &str,
        command: impl Into<A::Data>,
        by: CommandContext,
    ) -> Result<Receipt, DispatchError> {
        let (inner, id, command) = (
            Arc::clone(&self.inner),
            Arc::<str>::from(id),
            command.into(),
        );
        let task = self
            .inner
            .options
            .tracker
            .spawn(async move { inner.run(id, command, by).await });
        // The task is never aborted; it ends without a result only if a rule panicked.
        task.await
            .unwrap_or_else(|error| Err(DispatchError::Corrupt(error.to_string())))
    }

    /// The stream as committed at this moment, for decisions that look at another stream.
    pub async fn load(&self, id: &str) -> Result<Loaded<A>, DispatchError> {
        self.inner.store.load(id).await
    }
}

impl<A: Root> Inner<A> {
    async fn run(
        &self,
        id: Arc<str>,
        command: A::Data,
        by: CommandContext,
    ) -> Result<Receipt, DispatchError> {
        if !A::valid_id(&id) {
            return Err(DispatchError::refused(match command.spec().creates {
                true => Refusal::invalid("id", "this is no id of such a thing"),
                false => Refusal::not_found(),
            }));
        }
        command.check()?;
        let fingerprint = by
            .fingerprint
            .unwrap_or_else(|| command.fingerprint(by.tenant, &id));
        let steps = self.prepare.get().filter(|steps| steps.concerns(&command));
        let _hold = match steps {
            Some(steps) => steps.hold(&command, &by).await?,
            None => None,
        };
        let prepared = match steps {
            Some(steps) => {
                if let Some(known) = self.known(&by, fingerprint).await? {
                    return known;
                }
                // A caller who insists in vain leaves nothing behind on other streams.
                if by.expected_sequence.is_some() {
                    let (creates, mut loaded) =
                        (command.spec().creates, self.store.load(&id).await?);
                    self.insists_in_vain(&id, &mut loaded, creates, &by, fingerprint)
                        .await?;
                }
                prepared(steps.prepare(&id, command.clone(), &by).await)?
            }
            None => Ok(command),
        };
        let by = Arc::new(by);
        // What is to be made is most likely not there: the log says so if it is.
        let mut guess = prepared
            .as_ref()
            .is_ok_and(|command| command.spec().creates);
        for _ in 0..DECISIONS {
            let verdict = self
                .attempt(&id, &prepared, &by, fingerprint, guess)
                .await?;
            guess = false;
            match verdict {
                Verdict::Recorded(recorded) => return answer(&by, recorded, false),
                Verdict::Duplicate(recorded) => return answer(&by, recorded, true),
                Verdict::Mismatch => return Err(DispatchError::Mismatch),
                Verdict::Conflict { .. } => {}
            }
        }
        Err(DispatchError::Conflict)
    }

    /// The first answer to a command that is in the log already.
    async fn known(
        &self,
        by: &CommandContext,
        fingerprint: [u8; 32],
    ) -> Result<Option<Result<Receipt, DispatchError>>, DispatchError> {
        let known = self.options.writer.lookup(by.command_id).await?;
        Ok(known.map(|(recorded, same)| match same == fingerprint {
            true => answer(by, recorded, true),
            false => Err(DispatchError::Mismatch),
        }))
    }

    /// One decision and its append. The lock is held while deciding and queueing, not while the
    /// batch commits.
    async fn attempt(
        &self,
        id: &Arc<str>,
        command: &Result<A::Data, Refusal>,
        by: &Arc<CommandContext>,
        fingerprint: [u8; 32],
        guess_new: bool,
    ) -> Result<Verdict, DispatchError> {
        let cell = self.slots.of(id);
        let mut slot = cell.lock().await;
        let generation = slot.generation;
        let (pending, snapshot) = {
            let loaded = self.loaded(id, &mut slot, guess_new).await?;
            let creates = command.as_ref().is_ok_and(|command| command.spec().creates);
            let known = self.insists_in_vain(id, loaded, creates, by, fingerprint);
            if let Some(known) = known.await? {
                return Ok(known);
            }
            if !by.record_refusals {
                // The log will not hold this refusal against the stream, so look before it is said.
                self.store.catch_up(id, loaded).await?;
            }
            let (expected, base) = (loaded.sequence, loaded.own_event);
            let outcome = match command {
                Ok(command) => self.decide(id, command, by, loaded).await,
                Err(refusal) => Outcome::Rejected(refusal.clone()),
            };
            if let (Outcome::Rejected(refusal), false) = (&outcome, by.record_refusals) {
                return Err(DispatchError::refused(refusal.clone()));
            }
            let snapshot = Snapshots::is_due(expected, loaded.sequence).then(|| loaded.clone());
            let pending = self.options.writer.try_append(Append {
                command_id: by.command_id,
                fingerprint,
                aggregate_type: A::TYPE,
                aggregate_id: id.to_string(),
                expected,
                base,
                metadata: metadata(by),
                outcome,
            });
            (pending, snapshot)
        };
        let pending = match pending {
            Ok(pending) => pending,
            Err(error) => {
                slot.clear(generation);
                return Err(error.into());
            }
        };
        drop(slot);
        let verdict = pending.await;
        match (&verdict, snapshot) {
            (Ok(Verdict::Recorded(_)), None) => {}
            (Ok(Verdict::Recorded(_)), Some(snapshot)) => self.keep(id, snapshot),
            _ => cell.lock().await.clear(generation),
        }
        Ok(verdict?)
    }

    /// Keeps a state that the log has just confirmed: the command was recorded on the sequence and
    /// the event that it was decided on, and so was every command before it.
    fn keep(&self, id: &Arc<str>, snapshot: Loaded<A>) {
        let (store, id) = (Arc::clone(&self.store), Arc::clone(id));
        self.options
            .tracker
            .spawn(async move { store.keep(&id, &snapshot).await });
    }

    async fn loaded<'s>(
        &self,
        id: &str,
        slot: &'s mut Slot<A>,
        guess_new: bool,
    ) -> Result<&'s mut Loaded<A>, DispatchError> {
        if slot.state.is_none() && !guess_new {
            slot.state = Some(self.store.load(id).await?);
        }
        Ok(slot.state.get_or_insert_default())
    }

    /// A caller's expected sequence that is not the stream's is an error, unless the command is
    /// already recorded: then its first answer is due.
    async fn insists_in_vain(
        &self,
        id: &str,
        loaded: &mut Loaded<A>,
        creates: bool,
        by: &CommandContext,
        fingerprint: [u8; 32],
    ) -> Result<Option<Verdict>, DispatchError> {
        let Some(expected) = by.expected_sequence else {
            return Ok(None);
        };
        if expected != loaded.sequence {
            self.store.catch_up(id, loaded).await?;
        }
        if expected == loaded.sequence {
            return Ok(None);
        }
        match self.options.writer.lookup(by.command_id).await? {
            Some((recorded, same)) if same == fingerprint => Ok(Some(Verdict::Duplicate(recorded))),
            Some(_) => Ok(Some(Verdict::Mismatch)),
            None => match loaded.tenant {
                Some(owner) if owner == by.tenant => Err(mismatch(loaded.sequence)),
                // What is to be made is at no sequence yet.
                None if creates => Err(mismatch(loaded.sequence)),
                // Somebody else's: refused as without an expected sequence, which tells nothing.
                Some(_) if creates => Ok(None),
                _ => Err(DispatchError::refused(Refusal::not_found())),
            },
        }
    }

    async fn decide(
        &self,
        id: &Arc<str>,
        command: &A::Data,
        by: &Arc<CommandContext>,
        loaded: &mut Loaded<A>,
    ) -> Outcome {
        if let Some(refusal) = stranger(command, by, loaded) {
            return Outcome::Rejected(refusal);
        }
        let asked = Asked {
            command: command.clone(),
            id: Arc::clone(id),
            by: Arc::clone(by),
            at: self.options.clock.now(),
        };
        let sink = EventSink::default();
        match loaded.aggregate.handle(asked, &(), &sink).await {
            Ok(()) => {
                let events = sink.collect().await;
                let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
                loaded.sequence = Sequence::new(loaded.sequence.get() + count);
                if count > 0 {
                    loaded.tenant.get_or_insert(by.tenant);
                }
                let events: Vec<NewEvent> = events.iter().map(new_event).collect();
                loaded.own_event = events
                    .last()
                    .map(|event| event.event_id)
                    .or(loaded.own_event);
                Outcome::Accepted(events)
            }
            Err(error) => Outcome::Rejected(error.refusal()),
        }
    }
}

fn mismatch(actual: Sequence) -> DispatchError {
    DispatchError::SequenceMismatch { actual }
}

/// A refusal of the steps is the command's refusal; anything else that goes wrong is no answer.
fn prepared<C>(result: Result<C, DispatchError>) -> Result<Result<C, Refusal>, DispatchError> {
    match result {
        Ok(command) => Ok(Ok(command)),
        Err(DispatchError::Refused { refusal, .. }) => Ok(Err(refusal)),
        Err(error) => Err(error),
    }
}

/// A stream that is missing or belongs to another tenant looks the same: not there. Only the name
/// of a thing that is to be made can be taken.
fn stranger<A: Root>(
    command: &A::Data,
    by: &CommandContext,
    loaded: &Loaded<A>,
) -> Option<Refusal> {
    let creates = command.spec().creates;
    match loaded.tenant {
        Some(owner) if owner == by.tenant => None,
        Some(_) if creates => Some(Refusal::already_exists(
            "This id is already in use. Choose another one.",
        )),
        None if creates => None,
        _ => Some(Refusal::not_found()),
    }
}

fn new_event<E: DomainEvent>(event: &E) -> NewEvent {
    let spec = event.spec();
    NewEvent {
        event_id: EventId::generate(),
        event_type: spec.event_type,
        event_version: spec.version,
        payload: event.payload(),
    }
}

fn metadata(by: &CommandContext) -> String {
    serde_json::to_string(&by.metadata()).expect("metadata of plain fields serialise")
}

fn answer(
    by: &CommandContext,
    recorded: Recorded,
    replayed: bool,
) -> Result<Receipt, DispatchError> {
    match recorded.refusal {
        Some(refusal) => Err(DispatchError::Refused {
            refusal,
            command_id: Some(by.command_id),
            replayed,
        }),
        None => Ok(Receipt {
            command_id: by.command_id,
            aggregate_id: recorded.aggregate_id,
            position: recorded.position,
            sequence: recorded.sequence,
            replayed,
        }),
    }
}
