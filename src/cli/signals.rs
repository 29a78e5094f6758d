//! Ctrl-C and SIGTERM.

use std::future::Future;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Exit, Failure};

/// Resolves at the first SIGINT or SIGTERM from now on: they are caught from this call, not from
/// the first look at what it gives.
pub fn interrupted() -> impl Future<Output = Failure> {
    let signals = Signals::catch();
    async {
        match signals {
            Ok(signals) => signals.first().await,
            Err(error) => error.into(),
        }
    }
}

/// Runs a command until it ends or is interrupted.
pub fn interruptible<'a, T: 'a>(
    command: impl Future<Output = Result<T, Failure>> + 'a,
) -> impl Future<Output = Result<T, Failure>> + 'a {
    // On the heap: what a command holds while it waits may be large.
    let (command, interrupted) = (Box::pin(command), interrupted());
    async move {
        tokio::select! {
            ended = command => ended,
            interrupted = interrupted => Err(interrupted),
        }
    }
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn catch() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn first(mut self) -> Failure {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        Failure::new(Exit::Interrupted, "interrupted")
    }
}
