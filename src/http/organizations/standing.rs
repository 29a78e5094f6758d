//! How the caller stands, and whether an answer that shows it is still the answer.

use pantheon_projections::Stand;
use serde::Serialize;

use crate::app::App;
use crate::auth::Principal;
use crate::http::{Answer, Caller, Problem, ReadOptions};

/// The caller as the memberships say it, once this node knows as much of them as the read models hold.
pub(in crate::http) struct Standing {
    /// `None` = nothing there is theirs any more.
    pub principal: Option<Principal>,
    stand: Stand,
    /// Whether time alone can change it, or memory is behind: then no answer is given a second time.
    passing: bool,
}

impl Standing {
    pub async fn at(app: &App, caller: &Caller, read: &ReadOptions, stand: Stand) -> Self {
        let members = app.auth.members();
        let current = members.reached(stand.at, read.wait).await;
        let session = caller.principal.session;
        let membership = session.and_then(|own| members.membership(own.user, caller.tenant));
        // One that has run out counts, too: an answer from before it did must not come back.
        let timed = membership.is_some_and(|of| of.grants.values().any(Option::is_some));
        Self {
            principal: app.auth.standing(&caller.principal, caller.tenant),
            stand,
            passing: timed || !current,
        }
    }

    pub fn not_modified(&self, read: &ReadOptions) -> Option<Answer> {
        match self.passing {
            true => None,
            false => read.not_modified(self.stand),
        }
    }

    pub fn answer(&self, read: &ReadOptions, body: impl Serialize) -> Result<Answer, Problem> {
        match self.passing {
            true => Answer::looked(self.stand.at, body),
            false => Answer::found(read, self.stand, body),
        }
    }
}
