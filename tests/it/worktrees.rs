//! Worktrees and the observed repository (`systems/console.md` §8, §9, §12), with the real git.

mod observed;
mod requested;
mod words;
