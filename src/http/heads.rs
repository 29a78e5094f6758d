//! How long a request's head may take on a connection that is kept: hyper's own timer runs from the end
//! of the last answer and allows for an idle client, and so for one that sends its next head byte by byte.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep};

/// A head must be there so long after its first byte.
const HEAD: Duration = Duration::from_secs(5);

/// Whether a request is in hand, from its head to the end of its answer. Shared by the connection and
/// its service.
#[derive(Clone, Debug, Default)]
pub(super) struct InHand(Arc<AtomicBool>);

impl InHand {
    /// A head is there.
    pub(super) fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// The body of its answer, at whose end nothing is in hand any more.
    pub(super) fn until_the_end_of(&self, body: Body) -> Answered {
        Answered {
            body,
            in_hand: self.clone(),
        }
    }

    fn is_there(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// An answer's body.
pub(super) struct Answered {
    body: Body,
    in_hand: InHand,
}

impl Drop for Answered {
    fn drop(&mut self) {
        self.in_hand.0.store(false, Ordering::Relaxed);
    }
}

impl hyper::body::Body for Answered {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The time since the first byte of a head that is not whole yet.
#[derive(Default)]
pub(super) struct Heads {
    in_hand: InHand,
    since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Heads {
    pub(super) fn in_hand(&self) -> InHand {
        self.in_hand.clone()
    }

    /// Notes what a read came to; one that waits too long for the rest of a head fails. `elsewhere`: the
    /// connection speaks another protocol by now.
    pub(super) fn judge(
        &mut self,
        cx: &mut Context<'_>,
        read: Poll<io::Result<()>>,
        bytes: bool,
        elsewhere: bool,
    ) -> Poll<io::Result<()>> {
        if elsewhere || self.in_hand.is_there() {
            (self.since, self.timer) = (None, None);
            return read;
        }
        if bytes {
            self.since.get_or_insert_with(Instant::now);
        }
        let Some(since) = self.since.filter(|_| read.is_pending()) else {
            return read;
        };
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(since + HEAD)));
        ready!(timer.as_mut().poll(cx));
        metrics::counter!("pantheon_connections_stalled_total").increment(1);
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}
