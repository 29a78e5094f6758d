//! One child process and the thread that keeps it.
//!
//! The kernel ties "die with your parent" to the *thread* that spawned the child, and a runtime may
//! retire its threads at any time. So each child gets a thread of its own that spawns it, waits for
//! it, and says how it ended.

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::sync::{oneshot, watch};

use crate::sys::{self, Signal};

/// A running child. Dropping it sends `at_drop`, waits at most two seconds, then kills.
pub struct Child {
    pid: u32,
    at_drop: Signal,
    ended: Arc<Ended>,
    watch: watch::Receiver<Option<ExitStatus>>,
}

#[derive(Default)]
struct Ended {
    flag: Mutex<bool>,
    condition: Condvar,
}

impl Ended {
    fn lock(&self) -> MutexGuard<'_, bool> {
        self.flag.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Child {
    /// Spawns the command in a process group of its own, without stdin, its output appended to
    /// `log`. When this process dies, however it dies, the child gets `at_drop`.
    pub async fn spawn(mut command: Command, log: &Path, at_drop: Signal) -> Result<Child> {
        use std::os::unix::process::CommandExt;
        let output = File::options()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("cannot open the log file {}", log.display()))?;
        let program = command.get_program().to_owned();
        command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0);
        sys::die_with_parent(&mut command, at_drop);
        let (started, starting) = oneshot::channel();
        std::thread::Builder::new()
            .name("child-keeper".to_owned())
            .spawn(move || keep(command, at_drop, started))
            .context("cannot start a thread for a child process")?;
        starting
            .await
            .context("the child's keeper thread ended early")?
            .with_context(|| format!("cannot run {}", Path::new(&program).display()))
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// How it ended, or `None` while it runs.
    pub fn exit_status(&self) -> Option<ExitStatus> {
        *self.watch.borrow()
    }

    /// Sends a signal; nothing happens when the child has ended.
    pub fn signal(&self, signal: Signal) {
        let ended = self.ended.lock();
        if !*ended {
            let _ = sys::send(self.pid, signal);
        }
    }

    /// Resolves when the child has ended.
    pub async fn wait(&self) {
        let mut watch = self.watch.clone();
        // An error means that the keeper is gone, and it goes only after the child.
        let _ = watch.wait_for(Option::is_some).await;
    }

    /// Sends `signal` and waits. After `patience` the child is killed and an error says so.
    pub async fn stop(&self, signal: Signal, patience: Duration) -> Result<()> {
        self.signal(signal);
        if tokio::time::timeout(patience, self.wait()).await.is_ok() {
            return Ok(());
        }
        self.signal(Signal::Kill);
        self.wait().await;
        bail!(
            "process {} did not end within {patience:?} and was killed",
            self.pid
        )
    }

    fn wait_blocking(&self, patience: Duration) -> bool {
        let waited = self
            .ended
            .condition
            .wait_timeout_while(self.ended.lock(), patience, |e| !*e);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.signal(self.at_drop);
        if !self.wait_blocking(Duration::from_secs(2)) {
            self.signal(Signal::Kill);
            self.wait_blocking(Duration::from_secs(2));
        }
    }
}

fn keep(mut command: Command, at_drop: Signal, started: oneshot::Sender<io::Result<Child>>) {
    let mut process = match command.spawn() {
        Ok(process) => process,
        Err(error) => {
            // Nobody listens when the caller has given up.
            let _ = started.send(Err(error));
            return;
        }
    };
    drop(command);
    let ended = Arc::new(Ended::default());
    let (status, watch) = watch::channel(None);
    let child = Child {
        pid: process.id(),
        at_drop,
        ended: Arc::clone(&ended),
        watch,
    };
    // A caller that gave up drops the child here, which ends the process; it must not wait for
    // this very thread, so hand the unwanted child to another one.
    if let Err(Ok(unwanted)) = started.send(Ok(child)) {
        std::thread::spawn(move || drop(unwanted));
    }
    sys::wait_unreaped(process.id());
    let mut flag = ended.lock();
    let exit = process.wait();
    *flag = true;
    drop(flag);
    status.send_replace(exit.ok());
    ended.condition.notify_all();
}
