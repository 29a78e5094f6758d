//! Git, run as a program of its own and without a shell. What comes from outside stands after `--`,
//! nothing outside of `PANTHEON_WORKTREES` is touched, and neither hooks nor other settings than the
//! repository's own are obeyed.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use chrono::{DateTime, Utc};
use pantheon_events::worktrees::{Commit, Tag, worktree_id};
use pantheon_events::{TenantId, WorktreeId};
use tokio::process::Command;

use crate::config::Config;

/// A call may take this long.
const PATIENCE: Duration = Duration::from_secs(25);
/// Most characters of what git says that are kept.
const SAID: usize = 1_000;
/// How much of a message's first line is kept.
const SUBJECT: usize = 1_000;
/// Between fields: no subject and no name of a tag has it.
const FIELD: char = '\u{1f}';

/// The observed repository.
#[derive(Clone, Debug)]
pub struct Repository {
    dir: PathBuf,
    worktrees: PathBuf,
}

/// Why git did not do it.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// It is not there.
    #[error("git cannot be run: {0}")]
    NotRun(#[from] std::io::Error),
    /// It said no.
    #[error("{0}")]
    Refused(String),
    /// It does not end.
    #[error("git did not end in time")]
    TimedOut,
    /// It is none of Pantheon's.
    #[error("{0} is not below PANTHEON_WORKTREES")]
    Outside(String),
}

/// A worktree as git lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Where it is.
    pub path: String,
    /// Its branch.
    pub branch: String,
}

/// A tag and when it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagged {
    /// The tag.
    pub tag: Tag,
    /// When.
    pub at: DateTime<Utc>,
}

impl Repository {
    /// The repository of the settings; `None` = not configured.
    #[must_use]
    pub fn of(config: &Config) -> Option<Self> {
        let dir = config.git_dir.as_ref()?;
        let worktrees = config.worktrees_dir();
        if let Err(error) = std::fs::create_dir_all(&worktrees) {
            tracing::warn!(%error, "the directory of worktrees cannot be made");
        }
        Some(Self {
            dir: real(dir),
            worktrees: real(&worktrees),
        })
    }

    /// Makes an empty repository where there is none.
    ///
    /// # Errors
    /// Git is missing, or refused.
    pub async fn init(dir: &Path) -> Result<(), GitError> {
        let at = Self {
            dir: real(dir.parent().unwrap_or(dir)),
            worktrees: PathBuf::new(),
        };
        at.run(
            ["init", "--quiet", "--initial-branch=main", "--"].map(OsStr::new),
            [dir.as_os_str()],
        )
        .await
        .map(drop)
    }

    /// Its id among all that were ever observed.
    #[must_use]
    pub fn id(&self) -> String {
        let path = self.dir.display().to_string();
        pantheon_events::worktrees::git_id(&path).to_string()
    }

    /// Where the worktree of a tenant's branch is made.
    #[must_use]
    pub fn path_of(&self, tenant: TenantId, branch: &str) -> String {
        let plain = |c: char| match c.is_ascii_alphanumeric() || c == '_' {
            true => c,
            false => '-',
        };
        let name: String = branch.chars().take(60).map(plain).collect();
        let id: WorktreeId = worktree_id(tenant, branch);
        let id = id.to_string();
        let path = self.worktrees.join(format!("{name}-{}", &id[..8]));
        path.display().to_string()
    }

    /// Whether a path is one of Pantheon's own worktrees.
    #[must_use]
    pub fn is_own(&self, path: &str) -> bool {
        let Ok(below) = Path::new(path).strip_prefix(&self.worktrees) else {
            return false;
        };
        let mut parts = below.components();
        let one = matches!(parts.next(), Some(Component::Normal(_)));
        one && parts.next().is_none()
    }

    /// Makes a worktree of a branch, and the branch if there is none. What lies there of an earlier
    /// one goes first.
    ///
    /// # Errors
    /// Git refused.
    pub async fn add(&self, branch: &str, base: &str, path: &str) -> Result<(), GitError> {
        self.remove(path).await?;
        if self.has(&format!("refs/heads/{branch}")).await? {
            return self
                .call(&["worktree", "add", "--quiet"], &[path, branch])
                .await;
        }
        if !self.has("refs").await? {
            // A repository without any commit has nothing that a branch could start from.
            let orphan = ["worktree", "add", "--quiet", "--orphan", "-b", branch];
            return self.call(&orphan, &[path]).await;
        }
        self.call(&["branch", "--no-track"], &[branch, base])
            .await?;
        self.call(&["worktree", "add", "--quiet"], &[path, branch])
            .await
    }

    /// Removes a worktree and whatever is in it; its branch stays. Without one it does nothing.
    ///
    /// # Errors
    /// Git refused, or it is not Pantheon's.
    pub async fn remove(&self, path: &str) -> Result<(), GitError> {
        if !self.is_own(path) {
            return Err(GitError::Outside(path.to_owned()));
        }
        if Path::new(path).exists() {
            self.call(&["worktree", "remove", "--force"], &[path])
                .await?;
        }
        self.call(&["worktree", "prune"], &[]).await
    }

    /// Every worktree with a branch but the main one.
    ///
    /// # Errors
    /// Git refused.
    pub async fn worktrees(&self) -> Result<Vec<Listed>, GitError> {
        let said = self
            .ask(&["worktree", "list", "--porcelain", "-z"], &[])
            .await?;
        Ok(said.split("\0\0").skip(1).filter_map(listed).collect())
    }

    /// The last commits of all branches, oldest first.
    ///
    /// # Errors
    /// Git refused.
    pub async fn commits(&self, most: usize) -> Result<Vec<Commit>, GitError> {
        let most = format!("--max-count={most}");
        let form = format!("--format=%H{FIELD}%ct{FIELD}%s");
        let said = self
            .ask(&["log", "--branches", "-z", &most, &form], &[])
            .await?;
        let mut commits: Vec<_> = said.split('\0').filter_map(commit).collect();
        commits.reverse();
        Ok(commits)
    }

    /// The last tags, oldest first.
    ///
    /// # Errors
    /// Git refused.
    pub async fn tags(&self, most: usize) -> Result<Vec<Tagged>, GitError> {
        let most = format!("--count={most}");
        let form =
            "--format=%(refname:strip=2)%1f%(objectname)%1f%(*objectname)%1f%(creatordate:unix)";
        let sort = "--sort=-creatordate";
        let said = self
            .ask(&["for-each-ref", sort, &most, form], &["refs/tags"])
            .await?;
        let mut tags: Vec<_> = said.lines().filter_map(tagged).collect();
        tags.reverse();
        Ok(tags)
    }

    /// Whether there is any such reference.
    async fn has(&self, name: &str) -> Result<bool, GitError> {
        let form = ["for-each-ref", "--count=1", "--format=%(refname)"];
        let said = self.ask(&form, &[name]).await?;
        Ok(said.lines().next().is_some())
    }

    async fn call(&self, options: &[&str], names: &[&str]) -> Result<(), GitError> {
        self.ask(options, names).await.map(drop)
    }

    async fn ask(&self, options: &[&str], names: &[&str]) -> Result<String, GitError> {
        let options = options.iter().chain(&["--"]).map(OsStr::new);
        self.run(options, names.iter().map(OsStr::new)).await
    }

    async fn run<'a>(
        &self,
        options: impl IntoIterator<Item = &'a OsStr>,
        names: impl IntoIterator<Item = &'a OsStr>,
    ) -> Result<String, GitError> {
        let mut git = Command::new("git");
        git.env_clear();
        git.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        git.envs([
            ("LC_ALL", "C"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_TERMINAL_PROMPT", "0"),
        ]);
        for setting in [
            "core.hooksPath=/dev/null",
            "core.fsmonitor=false",
            "core.quotePath=false",
            // The operator has named it, whoever owns it.
            "safe.directory=*",
        ] {
            git.args(["-c", setting]);
        }
        git.arg("-C").arg(&self.dir).args(options).args(names);
        git.stdin(Stdio::null()).kill_on_drop(true);
        let ended = tokio::time::timeout(PATIENCE, git.output()).await;
        let output = ended.map_err(|_| GitError::TimedOut)??;
        if !output.status.success() {
            return Err(GitError::Refused(said(&output.stderr)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// As git writes it: links followed.
fn real(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    absolute.canonicalize().unwrap_or(absolute)
}

/// What git complains of, in a line.
fn said(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let fatal = lines.clone().find(|line| line.starts_with("fatal: "));
    let line = fatal.or_else(|| lines.next()).unwrap_or("git said nothing");
    line.chars().take(SAID).collect()
}

fn listed(entry: &str) -> Option<Listed> {
    let of = |name: &str| entry.split('\0').find_map(|line| line.strip_prefix(name));
    // Its directory is gone.
    if entry.split('\0').any(|line| line.starts_with("prunable")) {
        return None;
    }
    Some(Listed {
        path: of("worktree ")?.to_owned(),
        branch: of("branch refs/heads/")?.to_owned(),
    })
}

fn commit(entry: &str) -> Option<Commit> {
    let mut fields = entry.splitn(3, FIELD);
    let (commit_sha, seconds) = (fields.next()?.trim(), fields.next()?);
    let subject = fields.next()?.chars().take(SUBJECT).collect();
    Some(Commit {
        commit_sha: commit_sha.to_owned(),
        subject,
        committed_at: at(seconds)?,
    })
}

fn tagged(line: &str) -> Option<Tagged> {
    let mut fields = line.split(FIELD);
    let (name, object, peeled) = (fields.next()?, fields.next()?, fields.next()?);
    let at = at(fields.next()?)?;
    let commit_sha = if peeled.is_empty() { object } else { peeled };
    // A version has that many characters at most.
    let fits = (1..=255).contains(&name.chars().count());
    fits.then(|| Tagged {
        tag: Tag {
            name: name.to_owned(),
            commit_sha: commit_sha.to_owned(),
        },
        at,
    })
}

/// Seconds, as far as our times reach.
fn at(seconds: &str) -> Option<DateTime<Utc>> {
    let at = DateTime::from_timestamp(seconds.trim().parse().ok()?, 0)?;
    pantheon_events::time::parse(&at.to_rfc3339()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository() -> Repository {
        Repository {
            dir: "/srv/repository".into(),
            worktrees: "/srv/worktrees".into(),
        }
    }

    #[test]
    fn a_path_is_below_the_directory_whatever_the_branch_is_called() {
        let repository = repository();
        let tenant = TenantId::default_organization();
        for branch in ["main", "../../etc/passwd", "feature/übung", "a b", "."] {
            let path = repository.path_of(tenant, branch);
            assert!(repository.is_own(&path), "{path}");
            assert!(path.is_ascii(), "{path}");
        }
        for other in [
            "/srv/worktrees",
            "/srv/worktrees/..",
            "/srv/worktrees/a/b",
            "/srv/worktrees/../x",
            "/srv/worktrees2/a",
            "a",
        ] {
            assert!(!repository.is_own(other), "{other}");
        }
    }

    #[test]
    fn two_branches_never_share_a_path() {
        let repository = repository();
        let tenant = TenantId::default_organization();
        let paths = ["a/b", "a-b", "a b"].map(|branch| repository.path_of(tenant, branch));
        assert!(paths[0] != paths[1] && paths[1] != paths[2] && paths[0] != paths[2]);
    }

    #[test]
    fn what_git_lists_is_read_and_what_is_no_worktree_is_left_out() {
        let at = "worktree /w/a\0HEAD 1111111\0branch refs/heads/fix/1";
        let found = listed(at).expect("a worktree");
        assert_eq!((&*found.path, &*found.branch), ("/w/a", "fix/1"));
        assert_eq!(listed("worktree /w/b\0HEAD 1111111\0detached"), None);
        assert_eq!(
            listed("worktree /w/c\0branch refs/heads/c\0prunable gone"),
            None
        );
        assert_eq!(listed(""), None);
    }
}
