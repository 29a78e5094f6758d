//! `pantheon completions`.

use std::io::Write;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Failure};

/// Prints a shell's completions.
#[derive(Debug, Args)]
pub struct Completions {
    /// Which shell.
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "pantheon", &mut script);
        Ok(std::io::stdout().lock().write_all(&script)?)
    }
}
