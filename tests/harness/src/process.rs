//! The real binary as a process.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use pantheon_embedded::{Signal, send_signal};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

type Lines = watch::Receiver<Vec<String>>;

/// A program under test with what it has printed. Dropping it kills it.
#[derive(Debug)]
pub struct Process {
    child: Child,
    stdout: Lines,
    stderr: Lines,
}

impl Process {
    /// Starts `program`, usually `env!("CARGO_BIN_EXE_pantheon")`, without stdin and without the
    /// caller's `DATABASE_URL`, `NATS_URL` and `PANTHEON_…` variables.
    ///
    /// # Errors
    /// When it cannot be run.
    pub fn start<A, E, K, V>(program: impl AsRef<Path>, args: A, env: E) -> Result<Process>
    where
        A: IntoIterator<Item: AsRef<OsStr>>,
        E: IntoIterator<Item = (K, V)>,
        K: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        let program = program.as_ref();
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_ours(name)) {
            command.env_remove(name);
        }
        command.args(args).envs(env).kill_on_drop(true);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot run {}", program.display()))?;
        let stdout = child.stdout.take().context("stdout is piped")?;
        let stderr = child.stderr.take().context("stderr is piped")?;
        Ok(Process {
            child,
            stdout: collect(stdout),
            stderr: collect(stderr),
        })
    }

    /// The process id, until it has ended.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// The lines on stdout so far.
    #[must_use]
    pub fn stdout(&self) -> Vec<String> {
        self.stdout.borrow().clone()
    }

    /// The lines on stderr so far.
    #[must_use]
    pub fn stderr(&self) -> Vec<String> {
        self.stderr.borrow().clone()
    }

    /// Waits for a line on stdout and returns it.
    ///
    /// # Errors
    /// When the time is up or the program has ended without it; the message has its stderr.
    pub async fn line(&self, within: Duration, wanted: impl Fn(&str) -> bool) -> Result<String> {
        let mut lines = self.stdout.clone();
        let found = |lines: &Vec<String>| lines.iter().find(|line| wanted(line)).cloned();
        let wait = lines.wait_for(|lines| found(lines).is_some());
        match tokio::time::timeout(within, wait).await {
            Ok(Ok(lines)) => found(&lines).context("the line was there a moment ago"),
            Ok(Err(_)) => bail!("the program ended without that line; {}", self.said()),
            Err(_) => bail!("no such line within {within:?}; {}", self.said()),
        }
    }

    /// The URL in its line `ready http://…`.
    ///
    /// # Errors
    /// As [`line`](Self::line).
    pub async fn ready(&self, within: Duration) -> Result<String> {
        let line = self.line(within, |line| line.starts_with("ready ")).await?;
        Ok(line.trim_start_matches("ready ").trim().to_owned())
    }

    /// Sends a signal.
    ///
    /// # Errors
    /// When it has ended.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let pid = self.pid().context("the program has ended")?;
        send_signal(pid, signal).context("cannot signal the program")
    }

    /// Kills it with SIGKILL.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub async fn kill9(&mut self) -> Result<()> {
        self.child.kill().await.context("cannot kill the program")
    }

    /// Sends SIGTERM and waits.
    ///
    /// # Errors
    /// When it has not ended within that time; it is killed then.
    pub async fn terminate(&mut self, within: Duration) -> Result<ExitStatus> {
        self.signal(Signal::Terminate)?;
        self.wait(within).await
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it has not ended within that time; it is killed then.
    pub async fn wait(&mut self, within: Duration) -> Result<ExitStatus> {
        match tokio::time::timeout(within, self.child.wait()).await {
            Ok(status) => Ok(status?),
            Err(_) => {
                self.kill9().await?;
                bail!("the program did not end within {within:?}; {}", self.said())
            }
        }
    }

    /// Everything on stdout and on stderr, once it has ended and closed both.
    pub async fn printed(&self) -> (String, String) {
        let text = async |lines: &Lines| {
            let mut lines = lines.clone();
            // An error is the end of the lines.
            let _ = lines.wait_for(|_| false).await;
            lines.borrow().join("\n")
        };
        tokio::join!(text(&self.stdout), text(&self.stderr))
    }

    fn said(&self) -> String {
        let stderr = self.stderr();
        format!(
            "its stderr:\n{}",
            stderr[stderr.len().saturating_sub(40)..].join("\n")
        )
    }
}

fn is_ours(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else {
        return false;
    };
    match name {
        "PANTHEON_PG_BIN" | "PANTHEON_NATS_BIN" => false,
        "DATABASE_URL" | "NATS_URL" => true,
        name => name.starts_with("PANTHEON_"),
    }
}

fn collect(output: impl AsyncRead + Unpin + Send + 'static) -> Lines {
    let (sender, receiver) = watch::channel(Vec::new());
    tokio::spawn(async move {
        let mut reader = BufReader::new(output).split(b'\n');
        while let Ok(Some(line)) = reader.next_segment().await {
            let line = String::from_utf8_lossy(&line).into_owned();
            sender.send_modify(|lines| lines.push(line));
        }
    });
    receiver
}
