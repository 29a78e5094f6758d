//! The list of the installation's active admins. It is one stream, so that of two demotions at the
//! same moment one sees the other.

use std::collections::BTreeSet;

use pantheon_events::UserId;
use pantheon_events::users::{AdminAdded, AdminListCommand, AdminListEvent, AdminRemoved};
use serde::{Deserialize, Serialize};

use super::UserError;
use crate::aggregate;
use crate::domain::Asked;

/// The id of the only such stream.
pub const ADMINS: &str = "installation";

/// Who administers the installation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AdminList {
    /// Their accounts.
    pub admins: BTreeSet<UserId>,
}

impl AdminList {
    fn decide(&self, asked: &Asked<AdminListCommand>) -> Result<Vec<AdminListEvent>, UserError> {
        match &asked.command {
            AdminListCommand::AddAdmin(add) if self.admins.contains(&add.user_id) => Ok(vec![]),
            AdminListCommand::AddAdmin(add) => Ok(vec![
                AdminAdded {
                    user_id: add.user_id,
                }
                .into(),
            ]),
            AdminListCommand::RemoveAdmin(remove) if !self.admins.contains(&remove.user_id) => {
                Ok(vec![])
            }
            AdminListCommand::RemoveAdmin(_) if self.admins.len() == 1 => Err(UserError::LastAdmin),
            AdminListCommand::RemoveAdmin(remove) => Ok(vec![
                AdminRemoved {
                    user_id: remove.user_id,
                }
                .into(),
            ]),
        }
    }

    fn evolve(&mut self, event: AdminListEvent) {
        match event {
            AdminListEvent::AdminAdded(added) => self.admins.insert(added.user_id),
            AdminListEvent::AdminRemoved(removed) => self.admins.remove(&removed.user_id),
        };
    }

    fn valid_id(id: &str) -> bool {
        id == ADMINS
    }
}

aggregate!(AdminList: AdminListCommand => AdminListEvent, UserError);

#[cfg(test)]
mod tests {
    use pantheon_events::users::{AddAdmin, RemoveAdmin};

    use super::super::decide::given::{asked, history, somebody};
    use super::*;

    fn added(n: u128) -> AdminListEvent {
        AdminAdded {
            user_id: somebody(n),
        }
        .into()
    }

    #[tokio::test]
    async fn the_last_admin_stays() {
        let remove = RemoveAdmin {
            user_id: somebody(1),
        };
        let last = history::<AdminList>(vec![added(1)]);
        let last = last.when_async(asked(remove.clone())).await;
        last.then_expect_error(UserError::LastAdmin);
        let of_two = history::<AdminList>(vec![added(1), added(2)]);
        let removed = AdminRemoved {
            user_id: somebody(1),
        };
        let of_two = of_two.when_async(asked(remove)).await;
        of_two.then_expect_events(vec![removed.into()]);
    }

    #[tokio::test]
    async fn an_admin_is_listed_once() {
        let again = AddAdmin {
            user_id: somebody(1),
        };
        let listed = history::<AdminList>(vec![added(1)]);
        let listed = listed.when_async(asked(again)).await;
        listed.then_expect_events(vec![]);
    }
}
