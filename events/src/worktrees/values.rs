//! The words of worktrees.

use crate::{GitId, TenantId, WorktreeId};

/// The branch that a worktree starts from when nothing is said.
pub const BASE: &str = "main";

/// Longest name of a branch.
pub const LONGEST_BRANCH: usize = 200;

/// The stream of a tenant's worktree of a branch: one, whatever became of those before.
#[must_use]
pub fn worktree_id(tenant: TenantId, branch: &str) -> WorktreeId {
    WorktreeId::of_key(&[&tenant.to_string(), branch])
}

/// The stream of an observed repository.
#[must_use]
pub fn git_id(path: &str) -> GitId {
    GitId::of_key(&[path])
}

/// Whether git takes it as the name of a branch (`git check-ref-format --branch`), and nobody takes
/// it for an option or for one of git's expressions.
#[must_use]
pub fn is_branch(name: &str) -> bool {
    let forbidden = |c: char| c.is_ascii_control() || " ~^:?*[\\".contains(c);
    let component =
        |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    (1..=LONGEST_BRANCH).contains(&name.chars().count())
        && !name.starts_with('-')
        && !name.ends_with('.')
        && !name.contains("..")
        && !name.contains("@{")
        && !["@", "HEAD"].contains(&name)
        && !name.contains(forbidden)
        && name.split('/').all(component)
}
