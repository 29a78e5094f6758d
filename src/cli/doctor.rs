//! `pantheon doctor`: what is wrong here, and how to mend it.

mod checks;

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::{Exit, Failure, Global};
use crate::config::{Config, Mode, Sources};

/// Checks what Pantheon needs.
#[derive(Debug, Args)]
pub struct Doctor {
    /// The data directory to look at.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// What the settings are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// `pantheon dev` and looking around: what is not named is private.
    Development,
    /// `pantheon serve`: what is not named is not there.
    Production,
}

/// One finding.
pub(super) struct Finding {
    name: &'static str,
    result: Result<String, Trouble>,
}

/// What is wrong and the way out.
pub(super) struct Trouble {
    what: String,
    fix: String,
    exit: Exit,
}

impl Doctor {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let dir = self.data_dir.map(|dir| dir.display().to_string());
        let flags = dir.map(|dir| ("data_dir", dir)).into_iter().collect();
        let config = Config::load(&Sources::process(Mode::Dev, flags))?;
        let findings = checks::all(&config, Purpose::Development).await;
        let items: Vec<Value> = findings.iter().map(Finding::shown).collect();
        global
            .output
            .list(&items, &["check", "status", "detail", "fix"])?;
        verdict(&findings)
    }
}

/// The same for `serve --check`: prints to stderr, fails on the first trouble.
pub(super) async fn check(config: &Config) -> Result<(), Failure> {
    let findings = checks::all(config, Purpose::Production).await;
    for finding in &findings {
        match &finding.result {
            Ok(detail) => eprintln!("ok    {}: {detail}", finding.name),
            Err(trouble) => eprintln!(
                "FAIL  {}: {}\n      {}",
                finding.name, trouble.what, trouble.fix
            ),
        }
    }
    verdict(&findings)
}

fn verdict(findings: &[Finding]) -> Result<(), Failure> {
    let failed: Vec<_> = findings
        .iter()
        .filter_map(|f| f.result.as_ref().err())
        .collect();
    match failed.first() {
        None => Ok(()),
        Some(first) => Err(Failure::new(
            first.exit,
            format!("{} checks failed", failed.len()),
        )),
    }
}

impl Finding {
    fn shown(&self) -> Value {
        match &self.result {
            Ok(detail) => {
                json!({ "check": self.name, "status": "ok", "detail": detail, "fix": "" })
            }
            Err(trouble) => json!({
                "check": self.name,
                "status": "failed",
                "detail": trouble.what,
                "fix": trouble.fix,
            }),
        }
    }
}
