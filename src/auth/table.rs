//! THE permission table: what every command and every route asks of its caller (G13).
//!
//! One section per context, in a file of its own. What has no row is denied, and a command or
//! route without a row fails the start and the test suite.

mod access;
mod agent_executions;
mod agents;
mod approvals;
mod core;
mod database;
mod deployments;
mod events;
mod identity;
mod infrastructure;
mod orders;
mod organizations;
mod products;
mod repositories;
mod system;
mod tasks;
mod worktrees;

use std::collections::HashMap;
use std::sync::LazyLock;

pub use events::{EVENTS, EventRow, Reach};

use super::Need;
use super::permission::PERMISSIONS;

/// The sections, one line per context.
pub const SECTIONS: &[Section] = &[
    core::SECTION,
    identity::SECTION,
    access::SECTION,
    organizations::SECTION,
    agents::SECTION,
    agent_executions::SECTION,
    tasks::SECTION,
    products::SECTION,
    orders::SECTION,
    approvals::SECTION,
    deployments::SECTION,
    infrastructure::SECTION,
    database::SECTION,
    repositories::SECTION,
    system::SECTION,
    worktrees::SECTION,
];

/// The rows of one context.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// The context's name.
    pub context: &'static str,
    /// Its commands.
    pub commands: &'static [CommandRow],
    /// Its routes.
    pub routes: &'static [RouteRow],
}

/// What a command needs, at every door.
#[derive(Clone, Copy, Debug)]
pub struct CommandRow {
    /// The aggregate type.
    pub aggregate: &'static str,
    /// The command's name.
    pub command: &'static str,
    /// What it needs.
    pub need: Need,
}

/// What a route needs.
#[derive(Clone, Copy, Debug)]
pub struct RouteRow {
    /// `GET`, `POST` …; `GET` also covers `HEAD`.
    pub method: &'static str,
    /// The whole path as in the router, with `{id}` for an id.
    pub path: &'static str,
    /// What it needs.
    pub need: Need,
}

/// The row of a command.
#[must_use]
pub const fn row(aggregate: &'static str, command: &'static str, need: Need) -> CommandRow {
    CommandRow {
        aggregate,
        command,
        need,
    }
}

macro_rules! methods {
    ($($name:ident $method:literal),+) => {$(
        #[doc = concat!("The row of a `", $method, "` route.")]
        #[must_use]
        pub const fn $name(path: &'static str, need: Need) -> RouteRow {
            RouteRow { method: $method, path, need }
        }
    )+};
}

methods!(get "GET", post "POST", put "PUT", patch "PATCH", delete "DELETE");

type Key = (&'static str, &'static str);

static COMMANDS: LazyLock<HashMap<Key, Need>> = LazyLock::new(|| {
    let rows = SECTIONS.iter().flat_map(|section| section.commands);
    rows.map(|row| ((row.aggregate, row.command), row.need))
        .collect()
});

static ROUTES: LazyLock<HashMap<&'static str, Vec<(&'static str, Need)>>> = LazyLock::new(|| {
    let mut routes: HashMap<_, Vec<_>> = HashMap::new();
    for row in SECTIONS.iter().flat_map(|section| section.routes) {
        routes
            .entry(row.path)
            .or_default()
            .push((row.method, row.need));
    }
    routes
});

/// What a command needs; `None` = no row = denied.
#[must_use]
pub fn command(aggregate: &str, command: &str) -> Option<Need> {
    COMMANDS.get(&(aggregate, command)).copied()
}

/// What a route needs; `None` = no row = denied. `HEAD` goes by the row of `GET`.
#[must_use]
pub fn route(method: &str, path: &str) -> Option<Need> {
    let method = if method == "HEAD" { "GET" } else { method };
    ROUTES
        .get(path)?
        .iter()
        .find(|(name, _)| *name == method)
        .map(|(_, need)| *need)
}

/// Whether the table knows the path under any method.
#[must_use]
pub fn has_path(path: &str) -> bool {
    ROUTES.contains_key(path)
}

/// Every route of the table.
pub fn routes() -> impl Iterator<Item = &'static RouteRow> {
    SECTIONS.iter().flat_map(|section| section.routes)
}

/// Every command of the table.
pub fn commands() -> impl Iterator<Item = &'static CommandRow> {
    SECTIONS.iter().flat_map(|section| section.commands)
}

/// What is wrong with the table itself, as sentences: unknown codes, double rows, a route that
/// names a command without a row.
#[must_use]
pub fn faults() -> Vec<String> {
    let mut faults = Vec::new();
    let total = commands().count();
    if COMMANDS.len() != total {
        faults.push("a command has two rows".to_owned());
    }
    for (path, rows) in ROUTES.iter() {
        let mut names: Vec<_> = rows.iter().map(|(method, _)| *method).collect();
        names.sort_unstable();
        names.dedup();
        if names.len() != rows.len() {
            faults.push(format!("{path} has two rows of one method"));
        }
    }
    for row in commands() {
        check(
            row.need,
            &format!("{}/{}", row.aggregate, row.command),
            &mut faults,
        );
    }
    for row in routes() {
        check(
            row.need,
            &format!("{} {}", row.method, row.path),
            &mut faults,
        );
    }
    faults
}

fn check(need: Need, place: &str, faults: &mut Vec<String>) {
    match need {
        Need::Permission(code) if PERMISSIONS.iter().all(|known| known.code != code) => {
            faults.push(format!("{place} needs {code}, which is no permission code"));
        }
        Need::Command(aggregate, name) if command(aggregate, name).is_none() => {
            faults.push(format!(
                "{place} names {aggregate}/{name}, which has no row"
            ));
        }
        Need::AnyOf(ways) => ways.iter().for_each(|way| check(*way, place, faults)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_has_no_faults() {
        assert_eq!(super::faults(), Vec::<String>::new());
    }
}
