//! Finding a private Postgres that another process runs.

use std::fs;
use std::path::Path;

use super::Postgres;
use super::cluster::SUPERUSER;

impl Postgres {
    /// The URL of a database on the private Postgres that keeps its files in `dir`, if it runs. For
    /// commands beside the process that started it.
    #[must_use]
    pub fn running(dir: &Path, database: &str) -> Option<String> {
        let pid_file = fs::read_to_string(dir.join("data").join("postmaster.pid")).ok()?;
        let lines: Vec<&str> = pid_file.lines().map(str::trim).collect();
        // The first line is the pid, the fourth the port, the eighth the state.
        let (pid, port) = (lines.first()?, lines.get(3)?.parse::<u16>().ok()?);
        if lines.get(7) != Some(&"ready") || !Path::new("/proc").join(pid).exists() {
            return None;
        }
        let password = fs::read_to_string(dir.join("password")).ok()?;
        Some(format!(
            "postgres://{SUPERUSER}:{}@127.0.0.1:{port}/{database}",
            password.trim()
        ))
    }
}
