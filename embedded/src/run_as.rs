//! The user a child runs as. Postgres refuses to run as root.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::sys;

/// A user: the caller itself, or the unprivileged one that stands in for root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunAs {
    name: String,
    uid: u32,
    gid: u32,
    switch: bool,
}

impl RunAs {
    /// The caller; for root `postgres` if that user exists, else `nobody`.
    ///
    /// # Errors
    /// When root has neither user to switch to.
    pub fn unprivileged() -> Result<RunAs> {
        let (uid, gid) = (sys::effective_uid(), sys::effective_gid());
        if uid != 0 {
            return Ok(RunAs {
                name: format!("uid {uid}"),
                uid,
                gid,
                switch: false,
            });
        }
        let passwd = fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
        ["postgres", "nobody"].into_iter().find_map(|name| entry(&passwd, name)).context(
            "Postgres does not run as root, and there is no user 'postgres' or 'nobody' to run it as: \
             create one with `useradd --system postgres`",
        )
    }

    /// The name, for messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Makes the command run as this user.
    pub(crate) fn apply(&self, command: &mut Command) {
        if self.switch {
            command.uid(self.uid).gid(self.gid);
        }
    }

    /// Gives the path to this user.
    pub(crate) fn own(&self, path: &Path) -> Result<()> {
        if !self.switch {
            return Ok(());
        }
        chown(path, Some(self.uid), Some(self.gid))
            .with_context(|| format!("cannot give {} to user {}", path.display(), self.name))
    }

    /// Whether this user can reach what lies in `dir`: each directory on the way lets it pass.
    #[must_use]
    pub fn can_reach(&self, dir: &Path) -> bool {
        !self.switch || dir.ancestors().all(|dir| self.may_search(dir))
    }

    /// A directory for temporary files that this user can reach.
    #[must_use]
    pub fn temp_dir(&self) -> PathBuf {
        let usual = std::env::temp_dir();
        if self.can_reach(&usual) {
            usual
        } else {
            PathBuf::from("/tmp")
        }
    }

    fn may_search(&self, dir: &Path) -> bool {
        fs::metadata(dir).is_ok_and(|meta| {
            let bit = match () {
                () if meta.uid() == self.uid => 0o100,
                () if meta.gid() == self.gid => 0o010,
                () => 0o001,
            };
            meta.mode() & bit != 0
        })
    }
}

fn entry(passwd: &str, name: &str) -> Option<RunAs> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then_some(())?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(RunAs {
            name: name.to_owned(),
            uid,
            gid,
            switch: true,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let passwd = "postgresql:x:7:8::/:/bin/sh\npostgres:x:101:104:,,,:/var:/bin/bash\n";
        let user = entry(passwd, "postgres").expect("the line is there");
        assert_eq!((user.uid, user.gid), (101, 104));
        assert_eq!(entry(passwd, "nobody"), None);
    }

    #[test]
    fn a_user_cannot_reach_what_lies_in_somebody_elses_closed_directory() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a temporary directory");
        let stranger = RunAs {
            name: "stranger".into(),
            uid: 54_321,
            gid: 54_321,
            switch: true,
        };
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o700)).expect("chmod");
        assert!(!stranger.can_reach(dir.path()));
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o711)).expect("chmod");
        assert_eq!(
            stranger.can_reach(dir.path()),
            stranger.can_reach(&std::env::temp_dir())
        );
    }
}
