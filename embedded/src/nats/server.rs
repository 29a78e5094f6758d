//! The running server.

use std::fmt;
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::binary::NatsBinary;
use super::options::{NatsOptions, NatsPlaces};
use crate::child::Child;
use crate::lock::DirLock;
use crate::port::free_port;
use crate::startup::{self, Failure, LogFile};
use crate::sys::Signal;

const READY_WITHIN: Duration = Duration::from_secs(30);
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// A private nats-server. Dropping it ends the server; [`stop`](Self::stop) does so cleanly.
pub struct Nats {
    child: Option<Child>,
    options: NatsOptions,
    binary: NatsBinary,
    places: NatsPlaces,
    _lock: DirLock,
}

impl Nats {
    /// Starts nats-server in the options' directory and waits until it takes connections, with
    /// JetStream's files read.
    ///
    /// # Errors
    /// When no new enough nats-server is found, the directory is in use, or the server does not
    /// come up; the message ends with what its log says.
    pub async fn start(options: NatsOptions) -> Result<Nats> {
        fs::create_dir_all(&options.dir)
            .with_context(|| format!("cannot create {}", options.dir.display()))?;
        let dir = fs::canonicalize(&options.dir)?;
        let lock = DirLock::take(&dir)?;
        let binary = NatsBinary::find()?;
        let places = NatsPlaces {
            port: 0,
            http_port: 0,
            store_dir: dir.join("jetstream"),
            dir,
        };
        let mut nats = Nats {
            child: None,
            options,
            binary,
            places,
            _lock: lock,
        };
        nats.start_on_some_port().await?;
        Ok(nats)
    }

    /// `nats://127.0.0.1:<port>`, without credentials.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.places.port)
    }

    /// `http://127.0.0.1:<port>`: the monitoring endpoint.
    #[must_use]
    pub fn http_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.places.http_port)
    }

    /// Ports and directories.
    #[must_use]
    pub fn places(&self) -> &NatsPlaces {
        &self.places
    }

    /// The program in use.
    #[must_use]
    pub fn binary(&self) -> &NatsBinary {
        &self.binary
    }

    /// Whether the server's process is there.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.child
            .as_ref()
            .is_some_and(|child| child.exit_status().is_none())
    }

    /// Resolves when the server has ended, whoever ended it.
    pub async fn ended(&self) {
        if let Some(child) = &self.child {
            child.wait().await;
        }
    }

    /// Stops the server.
    ///
    /// # Errors
    /// When it had to be killed.
    pub async fn stop(&mut self) -> Result<()> {
        match self.child.take() {
            Some(child) => child
                .stop(Signal::Terminate, STOP_WITHIN)
                .await
                .context("nats-server was asked to stop"),
            None => Ok(()),
        }
    }

    /// Kills it with SIGKILL.
    pub async fn kill9(&mut self) {
        if let Some(child) = self.child.take() {
            child.signal(Signal::Kill);
            child.wait().await;
        }
    }

    /// Starts it again on the same ports and store; a running server is stopped first.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn restart(&mut self) -> Result<()> {
        self.stop().await?;
        startup::until_free(async || self.start_once().await).await
    }

    /// Deletes JetStream's files of a stopped server.
    ///
    /// # Errors
    /// When the server runs, or the files cannot be deleted.
    pub fn wipe_store(&self) -> Result<()> {
        if self.is_running() {
            bail!("nats-server still runs: stop or kill it before its store is wiped");
        }
        match fs::remove_dir_all(&self.places.store_dir) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error)
                .with_context(|| format!("cannot remove {}", self.places.store_dir.display())),
            _ => Ok(()),
        }
    }

    /// Writes the configuration anew and has the running server read it. It does so in its own
    /// time; a mistake in it shows in its log alone.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn reload(&self) -> Result<()> {
        self.write_config()?;
        if let Some(child) = &self.child {
            child.signal(Signal::Hangup);
        }
        Ok(())
    }

    /// As [`reload`](Self::reload), with another configuration from now on.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn reload_with(
        &mut self,
        render: impl Fn(&NatsPlaces) -> String + Send + Sync + 'static,
    ) -> Result<()> {
        self.options.config = std::sync::Arc::new(render);
        self.reload()
    }

    /// What the server prints.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.places.dir.join("nats.log")
    }

    async fn start_on_some_port(&mut self) -> Result<()> {
        startup::on_some_port(async |free| {
            self.places.port = self.options.port.unwrap_or(free);
            self.places.http_port = free_port()?;
            self.start_once().await
        })
        .await
    }

    async fn start_once(&mut self) -> Result<(), Failure> {
        self.write_config()?;
        let log = LogFile::at_end(self.log());
        let child = Child::spawn(self.command(), log.path(), Signal::Terminate).await?;
        let ports = self
            .places
            .dir
            .join(format!("nats-server_{}.ports", child.pid()));
        let ready = wait_ready(&child, &ports).await;
        let _ = fs::remove_file(&ports);
        if let Err(error) = ready {
            drop(child);
            return Err(failure(error, &self.places, &log.new_lines()));
        }
        self.child = Some(child);
        Ok(())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.binary.path());
        command
            .arg("--config")
            .arg(self.config_file())
            .arg("--ports_file_dir")
            .arg(&self.places.dir);
        command
    }

    fn config_file(&self) -> PathBuf {
        self.places.dir.join("nats.conf")
    }

    /// The configuration may hold secrets, so the owner alone may read it.
    fn write_config(&self) -> Result<()> {
        let path = self.config_file();
        let unfinished = self.places.dir.join("nats.conf.new");
        let _ = fs::remove_file(&unfinished);
        let write = || -> std::io::Result<()> {
            let mut file = fs::File::options()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&unfinished)?;
            file.write_all((self.options.config)(&self.places).as_bytes())?;
            fs::rename(&unfinished, &path)
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }
}

impl fmt::Debug for Nats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let running = self.is_running();
        f.debug_struct("Nats")
            .field("places", &self.places)
            .field("running", &running)
            .finish_non_exhaustive()
    }
}

fn failure(error: anyhow::Error, places: &NatsPlaces, log: &str) -> Failure {
    if log.contains("address already in use") {
        let NatsPlaces {
            port, http_port, ..
        } = places;
        return Failure::PortTaken(error.context(format!(
            "nats-server cannot listen on 127.0.0.1:{port} or :{http_port}, something else does: \
             stop that, or choose another port"
        )));
    }
    Failure::Other(error.context(format!("nats-server did not start; its log says:\n{log}")))
}

/// Waits for the file in which the server names its ports: it writes it, with its pid in the name,
/// once it listens, which it does after JetStream has recovered.
async fn wait_ready(child: &Child, ports: &Path) -> Result<()> {
    let deadline = Instant::now() + READY_WITHIN;
    loop {
        if fs::metadata(ports).is_ok_and(|meta| meta.len() > 0) {
            return Ok(());
        }
        if let Some(status) = child.exit_status() {
            bail!("nats-server ended ({status})");
        }
        if Instant::now() > deadline {
            bail!("nats-server was not ready within {READY_WITHIN:?}");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
