//! A repository of a test's own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pantheon_harness::eventually;
use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;

use crate::world::{World, reply};

/// Longer than any call of git on a loaded machine.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// A repository on `main`, with a directory beside it.
pub struct Repository {
    pub dir: PathBuf,
    _all: TempDir,
}

impl Repository {
    pub fn new() -> Self {
        let all = tempfile::tempdir().expect("a folder");
        let root = all.path().canonicalize().expect("a path");
        let dir = root.join("repository");
        std::fs::create_dir(&dir).expect("a folder");
        let made = Self { dir, _all: all };
        made.git(&["init", "--quiet", "--initial-branch=main"]);
        made
    }

    /// A path beside the repository.
    pub fn beside(&self, name: &str) -> String {
        let path = self.dir.with_file_name(name);
        path.display().to_string()
    }

    /// The setting that names it; settings of a world live as long as the program.
    pub fn setting(&self) -> (&'static str, &'static str) {
        let dir = self.dir.display().to_string();
        ("PANTHEON_GIT_DIR", Box::leak(dir.into_boxed_str()))
    }

    pub fn commit(&self, subject: &str) -> String {
        self.git(&["commit", "--quiet", "--allow-empty", "-m", subject]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// What git says, which has to agree.
    pub fn git(&self, arguments: &[&str]) -> String {
        let output = run(&self.dir, arguments);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {complaint}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

/// Git as somebody else would run it.
pub fn run(dir: &Path, arguments: &[&str]) -> Output {
    let people = [
        ("GIT_AUTHOR_NAME", "Ada"),
        ("GIT_AUTHOR_EMAIL", "ada-canary@example.org"),
        ("GIT_COMMITTER_NAME", "Ada"),
        ("GIT_COMMITTER_EMAIL", "ada-canary@example.org"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
    ];
    let mut git = Command::new("git");
    git.current_dir(dir).args(arguments).envs(people);
    git.output().expect("git runs")
}

impl World {
    /// Has every observer look now.
    pub async fn look(&self) {
        let asked = reply(self.request(Method::POST, "/infrastructure/sync")).await;
        assert_eq!(asked.status, 202, "{}", asked.body);
    }

    /// The worktree of a branch, once it is as wanted.
    pub async fn worktree(&self, branch: &str, wanted: impl Fn(Option<&Value>) -> bool) {
        eventually(PATIENCE, async || {
            let list = self.current("/worktrees").await;
            let all = list["worktrees"].as_array().expect("worktrees");
            match wanted(all.iter().find(|one| one["branch"] == branch)) {
                true => Ok(()),
                false => Err(list.to_string()),
            }
        })
        .await;
    }
}
