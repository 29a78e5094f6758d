//! The running server.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use super::binaries::{self, PostgresBinaries};
use super::cluster::{self, SUPERUSER};
use super::home::Home;
use super::options::PostgresOptions;
use super::orphan;
use crate::child::Child;
use crate::lock::DirLock;
use crate::run_as::RunAs;
use crate::startup::{self, Failure, LogFile};
use crate::sys::Signal;

/// Crash recovery of a large log may take this long.
const READY_WITHIN: Duration = Duration::from_secs(60);
const STOP_WITHIN: Duration = Duration::from_secs(30);

/// A private Postgres. Dropping it stops the server at once; [`stop`](Self::stop) does so cleanly.
pub struct Postgres {
    child: Option<Child>,
    options: PostgresOptions,
    binaries: PostgresBinaries,
    user: RunAs,
    password: String,
    port: u16,
    home: Home,
    socket_dir: PathBuf,
    _short_socket_dir: Option<TempDir>,
    _lock: DirLock,
}

impl Postgres {
    /// Starts Postgres in the options' directory and waits until it takes connections. The first
    /// start makes the cluster, which takes a few seconds.
    ///
    /// # Errors
    /// When Postgres is not installed, the directory is in use or unfit, or the server does not
    /// come up; the message ends with what its log says.
    pub async fn start(options: PostgresOptions) -> Result<Postgres> {
        let user = RunAs::unprivileged()?;
        let home = Home::prepare(&options.dir, &user)?;
        let lock = DirLock::take(home.dir())?;
        let binaries = PostgresBinaries::find_for(binaries::major_of(&home.cluster())?)?;
        let durable = options.setting("fsync") != Some("off");
        let making = (home.clone(), binaries.clone(), user.clone());
        tokio::task::spawn_blocking(move || {
            cluster::ensure(&making.0, &making.1, &making.2, durable)
        })
        .await
        .context("making the cluster was cut short")??;
        orphan::clear(&home.cluster()).await?;
        let password = cluster::password(&home)?;
        let (socket_dir, short) = socket_dir(&home, &user)?;
        let mut postgres = Postgres {
            child: None,
            port: 0,
            options,
            binaries,
            user,
            password,
            home,
            socket_dir,
            _short_socket_dir: short,
            _lock: lock,
        };
        postgres.start_on_some_port().await?;
        postgres.ensure_database()?;
        Ok(postgres)
    }

    /// The loopback port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The connection URL of a database, over TCP, with the password in it.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres://{SUPERUSER}:{}@127.0.0.1:{}/{database}",
            self.password, self.port
        )
    }

    /// As [`url`](Self::url), over the unix socket, which costs less a round trip.
    #[must_use]
    pub fn socket_url(&self, database: &str) -> String {
        let dir = self
            .socket_dir
            .to_string_lossy()
            .replace('%', "%25")
            .replace('/', "%2F");
        format!(
            "postgres://{SUPERUSER}:{}@{dir}:{}/{database}",
            self.password, self.port
        )
    }

    pub(super) fn password(&self) -> &str {
        &self.password
    }

    pub(super) fn first_database(&self) -> Option<&str> {
        self.options.database.as_deref()
    }

    /// The server's version and programs.
    #[must_use]
    pub fn binaries(&self) -> &PostgresBinaries {
        &self.binaries
    }

    /// The directory that really holds the files.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.home.dir()
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

    /// Stops the server: open transactions are rolled back, everything committed is on disk.
    ///
    /// # Errors
    /// When it had to be killed.
    pub async fn stop(&mut self) -> Result<()> {
        match self.child.take() {
            Some(child) => child
                .stop(Signal::Interrupt, STOP_WITHIN)
                .await
                .context("Postgres was asked to stop"),
            None => Ok(()),
        }
    }

    /// Kills the server and every process of it with SIGKILL.
    pub async fn kill9(&mut self) {
        if let Some(child) = self.child.take() {
            orphan::kill_all(child.pid()).await;
            child.wait().await;
        }
    }

    /// Starts it again on the same port and data; a running server is stopped first.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn restart(&mut self) -> Result<()> {
        self.stop().await?;
        orphan::clear(&self.home.cluster()).await?;
        // A source port of somebody's connection may sit on ours for a moment.
        startup::until_free(async || self.start_on(self.port).await).await
    }

    async fn start_on_some_port(&mut self) -> Result<()> {
        let Some(port) = self.options.port else {
            return startup::on_some_port(async |port| self.start_on(port).await).await;
        };
        self.start_on(port).await.map_err(Failure::into_error)
    }

    async fn start_on(&mut self, port: u16) -> Result<(), Failure> {
        let log = LogFile::at_end(self.home.log());
        let child = Child::spawn(self.command(port)?, log.path(), Signal::Quit).await?;
        let ready = wait_ready(&child, &self.home.cluster()).await;
        if let Err(error) = ready {
            drop(child);
            return Err(failure(error, port, &log.new_lines()));
        }
        self.port = port;
        self.child = Some(child);
        Ok(())
    }

    fn command(&self, port: u16) -> Result<Command> {
        let mut command = self.binaries.command("postgres", &self.user)?;
        command.arg("-D").arg(self.home.cluster());
        let fixed = [
            ("listen_addresses", "127.0.0.1".to_owned()),
            ("port", port.to_string()),
            (
                "unix_socket_directories",
                self.socket_dir.display().to_string(),
            ),
            ("unix_socket_permissions", "0700".to_owned()),
            ("fsync", "on".to_owned()),
            ("synchronous_commit", "on".to_owned()),
            ("max_connections", "200".to_owned()),
            ("logging_collector", "off".to_owned()),
            ("log_checkpoints", "off".to_owned()),
            ("timezone", "UTC".to_owned()),
            ("log_timezone", "UTC".to_owned()),
        ];
        for (name, value) in fixed
            .iter()
            .map(|(n, v)| (*n, v))
            .chain(self.options.settings.iter().map(|(n, v)| (n.as_str(), v)))
        {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        Ok(command)
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let running = self.is_running();
        f.debug_struct("Postgres")
            .field("dir", &self.dir())
            .field("port", &self.port)
            .field("running", &running)
            .finish_non_exhaustive()
    }
}

fn failure(error: anyhow::Error, port: u16, log: &str) -> Failure {
    if log.contains("could not create any TCP/IP sockets") {
        return Failure::PortTaken(error.context(format!(
            "Postgres cannot listen on 127.0.0.1:{port}, something else does: stop that, or choose another port"
        )));
    }
    Failure::Other(error.context(format!("Postgres did not start; its log says:\n{log}")))
}

/// Waits until `postmaster.pid` names this child and says that it takes connections.
async fn wait_ready(child: &Child, cluster: &Path) -> Result<()> {
    let file = cluster.join("postmaster.pid");
    let deadline = Instant::now() + READY_WITHIN;
    loop {
        if is_ready(&file, child.pid()) {
            return Ok(());
        }
        if let Some(status) = child.exit_status() {
            bail!("Postgres ended ({status})");
        }
        if Instant::now() > deadline {
            bail!("Postgres was not ready within {READY_WITHIN:?}");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The file's first line is the pid, its eighth the state.
fn is_ready(file: &Path, pid: u32) -> bool {
    let Ok(text) = fs::read_to_string(file) else {
        return false;
    };
    let mut lines = text.lines().map(str::trim);
    lines.next() == Some(pid.to_string().as_str()) && lines.nth(6) == Some("ready")
}

fn socket_dir(home: &Home, user: &RunAs) -> Result<(PathBuf, Option<TempDir>)> {
    if home.fits_sockets() {
        return Ok((home.dir().to_owned(), None));
    }
    let dir = tempfile::Builder::new()
        .prefix("pantheon-")
        .tempdir_in("/tmp")
        .context("cannot create a directory in /tmp")?;
    user.own(dir.path())?;
    Ok((dir.path().to_owned(), Some(dir)))
}
