//! What a node has to know of repositories: the step before they are taken up.

mod places;

use std::sync::Arc;

use self::places::Places;
use super::turns::Turns;
use crate::app::App;

/// Which of Postgres' two-part advisory locks these are.
const LOCKS: i32 = 0x7265_706f;

/// Sets what goes before the commands of repositories.
pub fn prepare(app: &App) {
    app.commands.repositories.prepare_with(Arc::new(Places {
        organizations: app.commands.organizations.clone(),
        log: app.log.clone(),
        reads: app.reads.clone(),
        turns: Turns::new(app.log.pool().clone(), LOCKS),
    }));
}
