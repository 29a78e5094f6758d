//! The handle that everybody else holds.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use pantheon_events::CommandId;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::session::writer_session;
use crate::writer::queue::{Queue, Queued};
use crate::writer::strain::Strain;
use crate::writer::task::{Line, Task};
use crate::{Append, AppendError, Log, Recorded, Verdict};

/// Limits of the writer.
#[derive(Clone, Debug)]
pub struct WriterOptions {
    /// Commands that may wait (full = [`AppendError::Overloaded`](crate::AppendError)).
    pub queue: usize,
    /// Bytes that may wait in these commands (full = the same).
    pub queue_bytes: usize,
    /// Most commands, and most events, in one batch.
    pub batch_events: usize,
    /// Most bytes in one batch.
    pub batch_bytes: usize,
    /// How long a caller waits for a database that does not answer.
    pub patience: Duration,
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self {
            queue: 8_192,
            queue_bytes: 32 << 20,
            batch_events: 1_024,
            batch_bytes: 4 << 20,
            patience: Duration::from_secs(5),
        }
    }
}

/// The handle of the node's one writer task. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Writer {
    queue: Arc<Queue>,
    strain: Arc<Strain>,
    log: Log,
}

impl Writer {
    /// Starts the writer task on a connection of its own, in the log's epoch. When `stop` is
    /// cancelled it takes no more commands, commits what waits, and ends.
    pub fn start(
        connect: PgConnectOptions,
        log: &Log,
        options: WriterOptions,
        stop: CancellationToken,
    ) -> (Self, JoinHandle<()>) {
        let queue = Arc::new(Queue::new(options.queue, options.queue_bytes));
        let strain = Arc::new(Strain::default());
        let line = Line {
            connect: writer_session(connect),
            connection: None,
            epoch: log.epoch(),
        };
        let task = Task {
            queue: Arc::clone(&queue),
            strain: Arc::clone(&strain),
            line,
            log: log.clone(),
            options,
            stop: stop.clone(),
        };
        let closing = Arc::clone(&queue);
        let handle = tokio::spawn(async move {
            let close = async {
                stop.cancelled().await;
                closing.close(AppendError::ShuttingDown);
                std::future::pending::<()>().await;
            };
            tokio::select! {
                () = task.run() => {}
                () = close => {}
            }
        });
        (
            Self {
                queue,
                strain,
                log: log.clone(),
            },
            handle,
        )
    }

    /// Puts a command into the queue at once. Queue order is commit order.
    ///
    /// # Errors
    /// The queue is full or the node is stopping: the command is not in the queue.
    pub fn try_append(&self, append: Append) -> Result<Pending, AppendError> {
        let (reply, verdict) = oneshot::channel();
        self.queue.push(Queued::new(append, reply))?;
        Ok(Pending(verdict))
    }

    /// Puts a command into the queue and waits for its verdict. Dropping the future does not take
    /// the command back.
    ///
    /// # Errors
    /// There is no verdict; the same command id may be sent again.
    pub async fn append(&self, append: Append) -> Result<Verdict, AppendError> {
        self.try_append(append)?.await
    }

    /// How long the database has owed an answer to what was sent, and why; nothing while it answers.
    #[must_use]
    pub fn owed(&self) -> Option<(Duration, &'static str)> {
        self.strain.now()
    }

    /// What the log keeps of a command, and its fingerprint.
    ///
    /// # Errors
    /// Postgres is not reachable.
    pub async fn lookup(&self, id: CommandId) -> Result<Option<(Recorded, [u8; 32])>, AppendError> {
        self.log.command(id).await
    }
}

/// The verdict to come. Dropping it does not take the command back.
#[derive(Debug)]
pub struct Pending(oneshot::Receiver<Result<Verdict, AppendError>>);

impl Future for Pending {
    type Output = Result<Verdict, AppendError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0)
            .poll(cx)
            // The task is gone without an answer: nobody knows what became of the command.
            .map(|verdict| verdict.unwrap_or(Err(AppendError::Unavailable)))
    }
}
