//! The doors for commands: a micro service for `pantheon.cmd.<aggregate>.<command>` (shown by
//! `nats micro ls`) and queue subscriptions for what agents send.
//!
//! Shape: one loop takes messages and starts one task each; every node is in the queue group, so a
//! message reaches one of them. Ordering: none between messages; who needs it waits for the answer.
//! Delivery: core NATS, at most once; a caller without an answer repeats the same command id (G2).
//! On failure: a full door answers 503 at once and queues nothing (G11), be it full by count or by
//! bytes, and while refusals pile up in front of a connection that takes none, more are not answered
//! at all; a handler that panics answers 500 and harms nobody else; a lost subscription is made anew.
//!
//! The door answers only into inboxes of the caller's own kind. A reply subject is chosen by the
//! caller and used with Pantheon's rights, so anything else (`$JS.API.…`, another's inbox,
//! `pantheon.…`) would let a caller speak as Pantheon.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_nats::Subscriber;
use async_nats::service::endpoint::Endpoint;
use async_nats::service::{Service, ServiceExt};
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admission::Admission;
use crate::bus::{Bus, BusError, refused};
pub use crate::door::{BusReply, BusRequest, CommandHandler, Door, DoorOptions, HEARTBEAT};
use crate::serve::{self, Call};
use crate::subject::{ALL_AGENT_COMMANDS, ALL_COMMANDS, ALL_HEARTBEATS};

/// The queue group of all nodes.
pub const QUEUE: &str = "pantheon";
/// The name of the micro service.
pub const SERVICE: &str = "pantheon";
/// How long opening the micro service may take.
const OPEN: Duration = Duration::from_secs(5);
/// Serves all doors until `stop`, then lets the commands at work end.
pub async fn serve_commands<H: CommandHandler>(
    bus: Bus,
    handler: Arc<H>,
    options: DoorOptions,
    stop: CancellationToken,
) {
    let doors = Doors {
        admission: Arc::new(Admission::new(&options)),
        refusals: Arc::new(Semaphore::new(options.refusals)),
        tracker: TaskTracker::new(),
        handler,
        options,
        bus,
    };
    while !stop.is_cancelled() {
        match doors.session(&stop).await {
            Ok(()) => break,
            Err(error) => tracing::warn!(%error, "the doors on NATS are opened anew"),
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
    }
    doors.tracker.close();
    if tokio::time::timeout(doors.options.drain, doors.tracker.wait())
        .await
        .is_err()
    {
        tracing::warn!("some commands from NATS had not ended when the node stopped");
    }
}

struct Doors<H> {
    bus: Bus,
    handler: Arc<H>,
    options: DoorOptions,
    admission: Arc<Admission>,
    refusals: Arc<Semaphore>,
    tracker: TaskTracker,
}

impl<H: CommandHandler> Doors<H> {
    /// Until `stop` (`Ok`) or until a subscription is lost.
    async fn session(&self, stop: &CancellationToken) -> Result<(), BusError> {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            ready = self.bus.ready(Duration::from_secs(3600)) => ready?,
        }
        let opened = tokio::time::timeout(OPEN, open_service(&self.bus)).await;
        let (service, mut commands) = opened.map_err(|_| BusError::Timeout(OPEN))??;
        let mut heartbeats = self.bus.subscribe(ALL_HEARTBEATS, Some(QUEUE)).await?;
        let mut agents = self.bus.subscribe(ALL_AGENT_COMMANDS, Some(QUEUE)).await?;
        let id = service.info().await.id;
        tracing::info!(%id, "the doors on NATS are open");
        let mut watchdog = pin!(watchdog(&self.bus, &id, self.options.probe_every));
        let ended = loop {
            let call = tokio::select! {
                () = stop.cancelled() => break Ok(()),
                lost = &mut watchdog => break Err(lost),
                next = commands.next() => next.map(Call::Micro),
                next = heartbeats.next() => next.map(Call::Plain),
                next = agents.next() => next.map(Call::Plain),
            };
            let Some(call) = call else {
                break Err(BusError::Refused("a subscription ended".to_owned()));
            };
            self.take(call);
        };
        self.leave(service, commands, [heartbeats, agents]).await;
        ended
    }

    /// Leaves the queue group: what is still under way goes to the other nodes from here on, and what
    /// this node was already given is done here. Core NATS may still lose what is between the server and
    /// this client in that moment; its caller repeats the command id.
    async fn leave(&self, service: Service, mut commands: Endpoint, plain: [Subscriber; 2]) {
        // A server that does not listen any more forgets the subscriptions with the connection.
        let id = service.info().await.id;
        let _ = self.bus.bounded(commands.stop()).await;
        let _ = self.bus.bounded(service.stop()).await;
        for mut subscriber in plain {
            let _ = self.bus.bounded(subscriber.unsubscribe()).await;
            while let Some(Some(message)) = subscriber.next().now_or_never() {
                self.take(Call::Plain(message));
            }
        }
        while let Some(Some(request)) = commands.next().now_or_never() {
            self.take(Call::Micro(request));
        }
        // The server takes what one connection says in order: whatever answers here (nobody does any
        // more), it has taken the leave before.
        if self.bus.is_connected() {
            let gone = self.bus.client().request(ping_of(&id), Bytes::new());
            let _ = self.bus.bounded(gone).await;
        }
    }

    /// Starts the task of one message, or refuses it at once. Never waits: what comes in the meantime
    /// would pile up.
    fn take(&self, call: Call) {
        let request = match serve::read(call.message(), &self.options) {
            Ok(request) => request,
            Err(reply) => return self.refuse(call, reply),
        };
        let Some(permit) = self.admission.admit(&request.door, request.body.len()) else {
            metrics::counter!("pantheon_nats_refused_total", "reason" => "overloaded").increment(1);
            return self.refuse(call, serve::overloaded(self.options.retry_after));
        };
        let (handler, bus) = (self.handler.clone(), self.bus.clone());
        self.tracker.spawn(async move {
            let reply = serve::handle(&*handler, request).await;
            call.answer(&bus, reply).await;
            drop(permit);
        });
    }

    /// Answers a refusal beside the loop. Who is refused faster than the answers go out gets none; a
    /// caller without an answer repeats its command id.
    fn refuse(&self, call: Call, reply: BusReply) {
        let Ok(place) = Arc::clone(&self.refusals).try_acquire_owned() else {
            metrics::counter!("pantheon_nats_refused_total", "reason" => "unanswered").increment(1);
            return;
        };
        let (call, bus) = (call.without_body(), self.bus.clone());
        self.tracker.spawn(async move {
            call.answer(&bus, reply).await;
            drop(place);
        });
    }
}

async fn open_service(bus: &Bus) -> Result<(Service, Endpoint), BusError> {
    let builder = bus.client().service_builder();
    let service = builder
        .description("Commands of every aggregate: pantheon.cmd.<aggregate>.<command>")
        .queue_group(QUEUE)
        .start(SERVICE, env!("CARGO_PKG_VERSION"))
        .await
        .map_err(refused)?;
    let endpoint = service
        .endpoint_builder()
        .name("commands")
        .add(ALL_COMMANDS);
    Ok((service, endpoint.await.map_err(refused)?))
}

/// Where this very service is asked whether it hears.
fn ping_of(id: &str) -> String {
    format!("$SRV.PING.{SERVICE}.{id}")
}

/// Ends when a connected server twice does not lead a ping back to this very service: then it has
/// forgotten the subscriptions.
async fn watchdog(bus: &Bus, id: &str, every: Duration) -> BusError {
    let subject = ping_of(id);
    let mut missed = 0;
    loop {
        tokio::time::sleep(every).await;
        if !bus.is_connected() {
            continue;
        }
        let ping = bus.client().request(subject.clone(), Bytes::new());
        missed = if ping.await.is_ok() { 0 } else { missed + 1 };
        if missed == 2 {
            return BusError::Refused("the service no longer hears its own ping".to_owned());
        }
    }
}
