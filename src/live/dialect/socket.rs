//! One socket of a dialect.
//!
//! Shape: like a session of `pantheon.live.v1`, with one subscription, a dialect's frames and
//! WebSocket pings.
//! Ordering: the first frames, then events after their position, by position.
//! Delivery: nothing is dropped while the socket is open; a slow one reads at its own pace.
//! On failure: what the client sends is ignored unless it signs in or is too large; an unreachable
//! database is waited for.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use bytes::Bytes;
use pantheon_events::Position;
use tokio::sync::mpsc;

use super::super::close::Close;
use super::super::deps::{LiveDeps, Viewer};
use super::super::filter::Filter;
use super::super::heartbeat::Heartbeat;
use super::super::meters;
use super::super::session::End;
use super::super::socket::{Received, Receiver, Sender, Socket};
use super::super::subscription::{StepError, Subscription};
use super::super::wake::{moved, replaced};
use super::{Audience, Dialect};

/// How long a socket leaves the database alone after it was not reachable.
const READ_PAUSE: Duration = Duration::from_secs(1);

/// Serves a socket. `audience` is known when a header or a ticket came with the request, or when
/// nobody has to sign in. `after` is the place that the client remembers.
pub async fn run<D, F>(
    socket: Socket,
    deps: LiveDeps,
    audience: Option<Audience>,
    after: Option<Position>,
    dialect: F,
) where
    D: Dialect,
    F: Fn(Audience) -> D + Send,
{
    let Socket {
        mut receiver,
        mut sender,
    } = socket;
    let (inbox, mut heard) = mpsc::channel(16);
    let _open = meters::connection();
    let serve = serve(&mut sender, &mut heard, &deps, audience, after, dialect);
    let end = tokio::select! {
        () = receive(&mut receiver, inbox) => End::Gone,
        Err(end) = serve => end,
    };
    Socket { receiver, sender }.finish(end.said()).await;
}

async fn serve<D, F>(
    sender: &mut Sender,
    heard: &mut mpsc::Receiver<Received>,
    deps: &LiveDeps,
    audience: Option<Audience>,
    mut after: Option<Position>,
    dialect: F,
) -> Result<Infallible, End>
where
    D: Dialect,
    F: Fn(Audience) -> D + Send,
{
    let mut audience = match audience {
        Some(audience) => audience,
        None => Audience::Known(introduce::<D>(sender, heard, deps).await?),
    };
    loop {
        let line = Line {
            sender: &mut *sender,
            deps,
            dialect: dialect(audience.clone()),
            audience,
        };
        // Whoever signs in begins anew: with all that was kept from them so far.
        audience = Audience::Known(line.run(heard, after).await?);
        after = None;
    }
}

async fn receive(receiver: &mut Receiver, inbox: mpsc::Sender<Received>) {
    loop {
        let received = receiver.receive().await;
        let last = matches!(received, Received::Bad(_));
        if received == Received::Closed || inbox.send(received).await.is_err() {
            return;
        }
        if last {
            return std::future::pending().await;
        }
    }
}

/// Waits for a frame that signs in. Nothing of the log is sent before it.
async fn introduce<D: Dialect>(
    sender: &mut Sender,
    heard: &mut mpsc::Receiver<Received>,
    deps: &LiveDeps,
) -> Result<Viewer, End> {
    let asked = tokio::time::timeout(deps.config.init_timeout, async {
        loop {
            match heard.recv().await {
                Some(Received::Text(text)) => match signs_in::<D>(deps, &text).await {
                    Ok(Some(viewer)) => break Ok(viewer),
                    Ok(None) => say(sender, D::refusal("unauthenticated", FIRST)).await?,
                    Err(close) => {
                        say(sender, D::refusal("unauthenticated", REFUSED)).await?;
                        break Err(close.into());
                    }
                },
                Some(Received::Alive) => {}
                Some(Received::Bad(_)) => break Err(End::Close(Close::BadFrame)),
                Some(Received::Closed) | None => break Err(End::Gone),
            }
        }
    });
    asked.await.map_err(|_| Close::InitTimeout)?
}

const FIRST: &str = "Sign in first.";
const REFUSED: &str = "The token is not accepted. Come back with a fresh one.";

async fn say(sender: &mut Sender, frame: Option<Bytes>) -> Result<(), End> {
    if let Some(frame) = frame {
        sender.text(frame).await?;
        sender.flush().await?;
    }
    Ok(())
}

/// Whom a frame that signs in speaks for; nobody in any other frame.
async fn signs_in<D: Dialect>(deps: &LiveDeps, text: &str) -> Result<Option<Viewer>, Close> {
    match D::token(text) {
        Some(token) => Ok(Some(deps.admit(&token).await?)),
        None => Ok(None),
    }
}

struct Line<'a, D> {
    sender: &'a mut Sender,
    deps: &'a LiveDeps,
    audience: Audience,
    dialect: D,
}

impl<D: Dialect> Line<'_, D> {
    /// Until the end, or until somebody who was not signed in signs in.
    async fn run(
        mut self,
        heard: &mut mpsc::Receiver<Received>,
        after: Option<Position>,
    ) -> Result<Viewer, End> {
        let mut heartbeat = Heartbeat::new(&self.deps.config);
        let mut head = self.deps.log.watch_head();
        let mut lineage = self.deps.log.watch_lineage();
        let began = self.deps.log.lineage().epoch;
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut subscription = self.begin(after).await?;
        self.ended().await?;
        let _counted = meters::subscription();
        let mut wrote = Instant::now();
        let mut resume_at = None;
        loop {
            head.borrow_and_update();
            let mut more = false;
            if resume_at
                .take_if(|until| *until <= Instant::now())
                .is_some()
                || resume_at.is_none()
            {
                match subscription.step(&self.deps.log, Instant::now()).await {
                    Ok(delivery) => {
                        more = delivery.more;
                        if delivery.fell_behind {
                            let behind = self.dialect.behind();
                            self.send(behind).await?;
                        }
                        for event in &delivery.items {
                            let frames = self.dialect.translate(event).await;
                            wrote = Instant::now();
                            self.send(frames).await?;
                            self.ended().await?;
                        }
                        if let Some(first) = delivery.items.first() {
                            meters::delivered(first, delivery.items.len(), self.deps.clock.now());
                        }
                    }
                    Err(StepError::Unavailable) => resume_at = Some(Instant::now() + READ_PAUSE),
                    Err(StepError::Integrity(detail)) => {
                        tracing::error!(detail, "a dialect's socket has stopped");
                        return Err(Close::EpochChanged.into());
                    }
                }
            }
            self.sender.flush().await?;
            let gather = wrote + self.deps.linger();
            tokio::select! {
                biased;
                () = self.deps.stop.cancelled() => return Err(Close::Shutdown.into()),
                () = replaced(&mut lineage, began) => return Err(Close::EpochChanged.into()),
                received = heard.recv() => {
                    heartbeat.heard(Instant::now());
                    match received {
                        None => return Err(End::Gone),
                        Some(Received::Bad(_)) => return Err(Close::BadFrame.into()),
                        Some(Received::Text(text)) if self.audience.is_anonymous() => {
                            if let Some(viewer) = signs_in::<D>(self.deps, &text).await? {
                                return Ok(viewer);
                            }
                        }
                        Some(Received::Text(text)) => {
                            let answer = self.dialect.hear(&text);
                            self.send(answer).await?;
                        }
                        Some(_) => {}
                    }
                }
                _ = tick.tick() => self.tick(&mut heartbeat).await?,
                () = std::future::ready(()), if more => {}
                () = moved(&mut head, gather), if !more => {}
            }
        }
    }

    /// Says the first frames and begins after their position, or after the client's.
    async fn begin(&mut self, after: Option<Position>) -> Result<Subscription, End> {
        let greeting = loop {
            match self.dialect.greet().await {
                Ok(greeting) => break greeting,
                Err(_) => tokio::select! {
                    () = self.deps.stop.cancelled() => return Err(Close::Shutdown.into()),
                    () = tokio::time::sleep(READ_PAUSE) => {}
                },
            }
        };
        self.send(greeting.frames).await?;
        // A place that is not in this log is no place: the first frames have told everything.
        let after = after.filter(|after| *after <= self.deps.log.head());
        let filter = Filter::new(self.dialect.filter()).expect("a dialect's own filter is valid");
        let eyes = self.dialect.eyes(self.audience.viewer());
        Ok(Subscription::new(
            after.unwrap_or(greeting.position),
            0,
            filter,
            eyes,
        ))
    }

    async fn tick(&mut self, heartbeat: &mut Heartbeat) -> Result<(), End> {
        if let Audience::Known(viewer) = &self.audience {
            self.deps.confirm(viewer)?;
        }
        let now = Instant::now();
        if heartbeat.is_lost(now, |since| self.sender.slow_since(since)) {
            return Err(Close::NoPong.into());
        }
        if heartbeat.is_due(now) {
            self.sender.ping().await?;
        }
        let held = self.dialect.tick().await;
        self.send(held).await
    }

    /// Whether the dialect has come to its end: then everything that was said arrives first.
    async fn ended(&mut self) -> Result<(), End> {
        match self.dialect.end() {
            Some(close) => {
                self.sender.flush().await?;
                Err(close.into())
            }
            None => Ok(()),
        }
    }

    async fn send(&mut self, frames: Vec<Bytes>) -> Result<(), End> {
        for frame in frames {
            self.sender.text(frame).await?;
        }
        Ok(())
    }
}
