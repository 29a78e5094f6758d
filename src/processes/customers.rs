//! For whom an order may be placed by somebody else: a customer is a member where the seller is
//! (business.md §4).

use pantheon_events::orders::PlaceOrder;
use pantheon_events::users::AccountRole;
use pantheon_events::{CommandContext, TenantId, UserId};

use crate::domain::RuleError;
use crate::domain::orders::OrderError;
use crate::domain::organizations::Organization;
use crate::domain::users::User;
use crate::store::{DispatchError, Dispatcher};

/// Who has an account and a membership, as committed.
pub struct Customers {
    /// The organisations.
    pub organizations: Dispatcher<Organization>,
    /// The accounts.
    pub users: Dispatcher<User>,
}

impl Customers {
    /// Refuses an order for nobody of the organisation. Whoever orders for themself is somebody.
    pub(super) async fn check(
        &self,
        order: &PlaceOrder,
        by: &CommandContext,
    ) -> Result<(), DispatchError> {
        let named = order.user_id.as_ref().filter(|user| **user != by.actor.id);
        let Some(named) = named else {
            return Ok(());
        };
        let there = match named.parse::<UserId>() {
            Ok(user) => self.is_here(user, by.tenant).await?,
            Err(_) => false,
        };
        match there {
            true => Ok(()),
            false => Err(DispatchError::refused(
                OrderError::UnknownCustomer.refusal(),
            )),
        }
    }

    async fn is_here(&self, user: UserId, tenant: TenantId) -> Result<bool, DispatchError> {
        let account = self.users.load(&user.to_string()).await?.aggregate;
        if !account.exists() || account.inactive {
            return Ok(false);
        }
        // Accounts of developers and admins are in the default organisation without an invitation.
        let by_role =
            tenant == TenantId::default_organization() && account.role != AccountRole::Viewer;
        if by_role || tenant == TenantId::personal(user) {
            return Ok(true);
        }
        let organization = self.organizations.load(&tenant.to_string()).await?;
        Ok(organization.aggregate.is_active_member(user))
    }
}
