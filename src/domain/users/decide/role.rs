//! Giving an account another role. The list of admins said yes before, where it had to.

use pantheon_events::users::{ChangeRole, UserEvent, UserRoleChanged};

use super::super::User;

pub(in super::super) fn change_role(user: &User, command: &ChangeRole) -> Vec<UserEvent> {
    if user.role == command.role {
        return vec![];
    }
    let changed = UserRoleChanged {
        from: user.role,
        to: command.role,
    };
    vec![changed.into()]
}
