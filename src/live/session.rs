//! One WebSocket of the sub-protocol `pantheon.live.v1`.
//!
//! Shape: one task per connection. A receiving half reads and checks frames into a short queue;
//! a sending half owns the subscriptions, steps each of them in turn and is the only one that
//! writes.
//! Ordering: within a subscription by position; `fell_behind` before and `caught_up` after the
//! events they are about.
//! Delivery: see [`subscription`](super::subscription). Nothing is sent before the client is known.
//! On failure: a bad frame is answered and closes; a socket that takes no bytes is closed; an
//! unreachable database is waited for, with the connection open.

use std::time::{Duration, Instant};

use pantheon_events::{Epoch, Position, Refusal};
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::close::Close;
use super::deps::{LiveDeps, Viewer};
use super::filter::{Filter, FilterSpec};
use super::frame::{
    ClientFrame, FRAME_BYTES, From, Limits, Recovered, ServerFrame, decode, events,
};
use super::heartbeat::Heartbeat;
use super::meters;
use super::socket::{Received, Receiver, SendError, Sender, Socket};
use super::start::{Start, resolve};
use super::subscription::{Delivery, StepError, Subscription};
use super::wake::{moved, replaced};
use crate::http::Problem;

/// Subscriptions on one connection.
pub const SUBSCRIPTIONS: usize = 32;
/// Largest window.
pub const WINDOW: usize = 8192;
/// Window of a subscription that names none.
const DEFAULT_WINDOW: usize = 1024;
/// Client frames that may wait while the socket is being written to.
const INBOX: usize = 64;
/// How long a subscription leaves the database alone after it was not reachable.
const READ_PAUSE: Duration = Duration::from_secs(1);

/// Serves a connection until either side ends it. `viewer` is known when a header or a ticket
/// came with the request.
pub async fn run(socket: Socket, deps: LiveDeps, viewer: Option<Viewer>) {
    let Socket {
        mut receiver,
        mut sender,
    } = socket;
    let (inbox, frames) = mpsc::channel(INBOX);
    let _open = meters::connection();
    let end = tokio::select! {
        () = receive(&mut receiver, inbox) => End::Gone,
        end = serve(&mut sender, frames, deps, viewer) => end,
    };
    Socket { receiver, sender }.finish(end.said()).await;
}

/// What the receiving half hands over.
enum Incoming {
    Frame(ClientFrame),
    Alive,
    Bad(String),
}

async fn receive(receiver: &mut Receiver, inbox: mpsc::Sender<Incoming>) {
    loop {
        let incoming = match receiver.receive().await {
            Received::Text(text) => match decode(&text) {
                Ok(frame) => Incoming::Frame(frame),
                Err(reason) => Incoming::Bad(reason),
            },
            Received::Alive => Incoming::Alive,
            Received::Bad(reason) => Incoming::Bad(reason.to_owned()),
            Received::Closed => return,
        };
        let last = matches!(incoming, Incoming::Bad(_));
        if inbox.send(incoming).await.is_err() {
            return;
        }
        if last {
            // The sending half answers and ends the connection.
            return std::future::pending().await;
        }
    }
}

async fn serve(
    sender: &mut Sender,
    mut inbox: mpsc::Receiver<Incoming>,
    deps: LiveDeps,
    viewer: Option<Viewer>,
) -> End {
    let viewer = match viewer {
        Some(viewer) => Ok(viewer),
        None => introduce(&mut inbox, &deps).await,
    };
    match viewer {
        Ok(viewer) => Session::new(sender, deps, viewer).run(inbox).await,
        Err(end) => end,
    }
}

/// Waits for an `init` with a token. Nothing is sent before it.
async fn introduce(inbox: &mut mpsc::Receiver<Incoming>, deps: &LiveDeps) -> Result<Viewer, End> {
    let asked = tokio::time::timeout(deps.config.init_timeout, async {
        loop {
            match inbox.recv().await {
                Some(Incoming::Alive) => {}
                Some(Incoming::Frame(ClientFrame::Init { token: Some(token) })) => break Ok(token),
                Some(Incoming::Bad(_)) => break Err(Close::BadFrame.into()),
                Some(Incoming::Frame(_)) => break Err(Close::Unauthenticated.into()),
                None => break Err(End::Gone),
            }
        }
    });
    let token = asked.await.map_err(|_| Close::InitTimeout)??;
    deps.admit(&token)
        .await
        .map_err(|refused| Close::from(refused).into())
}

/// How a session ends.
#[derive(Clone, Copy, Debug)]
pub enum End {
    /// Said with a close code.
    Close(Close),
    /// The client is gone already.
    Gone,
}

impl End {
    /// What is said to the client, if anything.
    pub fn said(self) -> Option<Close> {
        match self {
            Self::Close(close) => Some(close),
            Self::Gone => None,
        }
    }
}

impl std::convert::From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Close(close)
    }
}

impl std::convert::From<SendError> for End {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Gone => Self::Gone,
            SendError::Stalled => Self::Close(Close::TooSlow),
        }
    }
}

/// A subscription on this connection.
struct Open {
    id: String,
    subscription: Subscription,
    /// Not before this, after a read that failed.
    resume_at: Option<Instant>,
    _counted: meters::Gauge,
}

struct Session<'a> {
    sender: &'a mut Sender,
    deps: LiveDeps,
    viewer: Viewer,
    open: Vec<Open>,
    heartbeat: Heartbeat,
    wrote_events: Instant,
    /// The lineage that the client was told of.
    began: Epoch,
    /// Names the connection.
    id: String,
}

impl<'a> Session<'a> {
    fn new(sender: &'a mut Sender, deps: LiveDeps, viewer: Viewer) -> Self {
        let heartbeat = Heartbeat::new(&deps.config);
        let wrote_events = Instant::now();
        let began = deps.log.lineage().epoch;
        Self {
            sender,
            deps,
            viewer,
            open: Vec::new(),
            heartbeat,
            wrote_events,
            began,
            id: Uuid::now_v7().to_string(),
        }
    }

    async fn run(mut self, mut inbox: mpsc::Receiver<Incoming>) -> End {
        let Err(end) = self.listen(&mut inbox).await;
        if matches!(end, End::Close(Close::Shutdown)) {
            // If even that cannot be said, the close code says it.
            let _ = self.goodbye().await;
        }
        end
    }

    async fn listen(
        &mut self,
        inbox: &mut mpsc::Receiver<Incoming>,
    ) -> Result<std::convert::Infallible, End> {
        let mut head = self.deps.log.watch_head();
        let (mut lineage, began) = (self.deps.log.watch_lineage(), self.began);
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        self.ready().await?;
        loop {
            head.borrow_and_update();
            let more = self.deliver().await?;
            self.sender.flush().await?;
            let gather = self.wrote_events + self.deps.linger();
            tokio::select! {
                biased;
                () = self.deps.stop.cancelled() => return Err(Close::Shutdown.into()),
                () = replaced(&mut lineage, began) => return Err(Close::EpochChanged.into()),
                incoming = inbox.recv() => self.hear(incoming).await?,
                _ = tick.tick() => self.tick().await?,
                () = std::future::ready(()), if more => {}
                () = moved(&mut head, gather), if !more && !self.open.is_empty() => {}
            }
        }
    }

    async fn ready(&mut self) -> Result<(), End> {
        let connection_id = self.id.clone();
        self.send(ServerFrame::Ready {
            connection_id: &connection_id,
            epoch: self.began,
            head: self.deps.log.head(),
            limits: Limits {
                subscriptions: SUBSCRIPTIONS,
                window: WINDOW,
                frame_bytes: FRAME_BYTES,
            },
            heartbeat_ms: self.heartbeat.every_ms(),
        })
        .await
    }

    /// Steps every subscription once; true when one of them has more at once.
    async fn deliver(&mut self) -> Result<bool, End> {
        let mut more = false;
        let mut at = 0;
        while at < self.open.len() {
            let now = Instant::now();
            let open = &mut self.open[at];
            at += 1;
            if open.resume_at.take_if(|until| *until <= now).is_some() || open.resume_at.is_none() {
                match open.subscription.step(&self.deps.log, now).await {
                    Ok(delivery) => {
                        more |= delivery.more;
                        self.tell(at - 1, delivery).await?;
                    }
                    Err(StepError::Unavailable) => open.resume_at = Some(now + READ_PAUSE),
                    Err(StepError::Integrity(detail)) => {
                        at -= 1;
                        self.fail(at, &detail).await?;
                    }
                }
            }
        }
        Ok(more)
    }

    async fn tell(&mut self, at: usize, delivery: Delivery) -> Result<(), End> {
        if delivery.is_silent() {
            return Ok(());
        }
        let Delivery { position, head, .. } = delivery;
        let id = self.open[at].id.as_str();
        if delivery.fell_behind {
            self.sender
                .text(ServerFrame::FellBehind { id, position, head }.encode())
                .await?;
        }
        if let Some(first) = delivery.items.first() {
            meters::delivered(first, delivery.items.len(), self.deps.clock.now());
            self.sender
                .text(events(id, delivery.items.iter().map(AsRef::as_ref)))
                .await?;
            self.wrote_events = Instant::now();
        }
        if delivery.caught_up {
            self.sender
                .text(ServerFrame::CaughtUp { id, position, head }.encode())
                .await?;
        }
        if let Some(position) = delivery.checkpoint {
            self.sender
                .text(ServerFrame::Checkpoint { id, position }.encode())
                .await?;
        }
        Ok(())
    }

    /// Ends a subscription whose log is not what it promises to be.
    async fn fail(&mut self, at: usize, detail: &str) -> Result<(), End> {
        let id = self.open.remove(at).id;
        let problem = Problem::internal(&detail);
        self.error(Some(&id), &problem).await?;
        self.send(ServerFrame::Complete {
            id: &id,
            reason: "integrity",
        })
        .await
    }

    async fn hear(&mut self, incoming: Option<Incoming>) -> Result<(), End> {
        self.heartbeat.heard(Instant::now());
        match incoming {
            None => Err(End::Gone),
            Some(Incoming::Alive) => Ok(()),
            Some(Incoming::Bad(reason)) => {
                self.error(None, &Problem::malformed(reason)).await?;
                Err(Close::BadFrame.into())
            }
            Some(Incoming::Frame(frame)) => self.obey(frame).await,
        }
    }

    async fn obey(&mut self, frame: ClientFrame) -> Result<(), End> {
        match frame {
            ClientFrame::Init { token: None } | ClientFrame::Pong { .. } => Ok(()),
            ClientFrame::Init { token: Some(token) } => self.renew(&token).await,
            ClientFrame::Ping {} => {
                self.send(ServerFrame::Pong {
                    head: self.deps.log.head(),
                })
                .await
            }
            ClientFrame::Subscribe {
                id,
                from,
                filter,
                window,
            } => {
                self.subscribe(id, from, filter, window.unwrap_or(DEFAULT_WINDOW))
                    .await
            }
            ClientFrame::Ack { id, position } => self.ack(&id, position).await,
            ClientFrame::Unsubscribe { id } => self.unsubscribe(&id).await,
        }
    }

    /// A fresh token for the same somebody keeps the connection past the old one's end.
    async fn renew(&mut self, token: &str) -> Result<(), End> {
        let viewer = self.deps.admit(token).await.map_err(Close::from)?;
        if !viewer.is_same(&self.viewer) {
            return Err(Close::Unauthenticated.into());
        }
        self.viewer = viewer;
        for open in &mut self.open {
            open.subscription.look_as(self.viewer.eyes());
        }
        self.ready().await
    }

    async fn subscribe(
        &mut self,
        id: String,
        from: From,
        filter: FilterSpec,
        window: usize,
    ) -> Result<(), End> {
        if self.open.iter().any(|open| open.id == id) {
            let refusal = Refusal::already_exists(
                "A subscription with this id is open on this connection. Choose another id.",
            );
            return self.error(Some(&id), &refusal.into()).await;
        }
        if self.open.len() >= SUBSCRIPTIONS {
            return Err(Close::TooManySubscriptions.into());
        }
        let filter = match Filter::new(filter) {
            Ok(filter) => filter,
            Err(invalid) => {
                return self
                    .error(Some(&id), &Problem::malformed(invalid.to_string()))
                    .await;
            }
        };
        let eyes = self.viewer.eyes();
        let start = match resolve(&self.deps.log, from, &filter, eyes.as_ref()).await {
            Ok(start) => start,
            Err(error) => return self.error(Some(&id), &Problem::from(error)).await,
        };
        self.subscribed(&id, start).await?;
        let subscription = Subscription::new(start.after, window.min(WINDOW), filter, eyes);
        let _counted = meters::subscription();
        self.open.push(Open {
            id,
            subscription,
            resume_at: None,
            _counted,
        });
        Ok(())
    }

    async fn subscribed(&mut self, id: &str, start: Start) -> Result<(), End> {
        let earliest = (start.recovered == Recovered::None).then(|| Position::new(1));
        self.send(ServerFrame::Subscribed {
            id,
            from: start.after,
            head: self.deps.log.head(),
            recovered: start.recovered,
            reason: start.reason,
            earliest,
        })
        .await
    }

    async fn ack(&mut self, id: &str, position: Position) -> Result<(), End> {
        let Some(open) = self.open.iter_mut().find(|open| open.id == id) else {
            // The subscription may have ended while the acknowledgement was under way.
            return Ok(());
        };
        if open.subscription.ack(position) {
            return Ok(());
        }
        let problem = Problem::malformed("position: nothing that far has been delivered yet");
        self.error(Some(id), &problem).await
    }

    async fn unsubscribe(&mut self, id: &str) -> Result<(), End> {
        match self.open.iter().position(|open| open.id == id) {
            Some(at) => {
                self.open.remove(at);
                self.send(ServerFrame::Complete {
                    id,
                    reason: "unsubscribed",
                })
                .await
            }
            None => self.error(Some(id), &Problem::not_found()).await,
        }
    }

    /// Once a second: the token, the lineage, the other side's pulse.
    async fn tick(&mut self) -> Result<(), End> {
        if let Err(close) = self.deps.confirm(&self.viewer) {
            if close == Close::TokenExpired {
                self.error(None, &Problem::token_expired()).await?;
            }
            return Err(close.into());
        }
        let now = Instant::now();
        if self
            .heartbeat
            .is_lost(now, |since| self.sender.slow_since(since))
        {
            return Err(Close::NoPong.into());
        }
        if self.heartbeat.is_due(now) {
            self.send(ServerFrame::Ping {
                head: self.deps.log.head(),
            })
            .await?;
        }
        Ok(())
    }

    async fn goodbye(&mut self) -> Result<(), End> {
        // Spread the reconnects of many clients.
        let retry_after_ms = 500 + u64::from(rand::random::<u16>()) % 1500;
        self.send(ServerFrame::Goodbye {
            reason: "shutdown",
            retry_after_ms,
        })
        .await?;
        Ok(self.sender.flush().await?)
    }

    async fn error(&mut self, id: Option<&str>, problem: &Problem) -> Result<(), End> {
        let problem = raw(problem, &self.id);
        self.send(ServerFrame::Error {
            id,
            problem: &problem,
        })
        .await
    }

    async fn send(&mut self, frame: ServerFrame<'_>) -> Result<(), End> {
        Ok(self.sender.text(frame.encode()).await?)
    }
}

fn raw(problem: &Problem, connection: &str) -> Box<RawValue> {
    let text = String::from_utf8(problem.body(connection)).expect("serialised JSON is UTF-8");
    RawValue::from_string(text).expect("a problem's body is JSON")
}
