//! Who asks, and of whom.

use pantheon_events::{ActorKind, TenantId, UserId};

use crate::domain::Asked;

/// The person who asks, when a person does.
pub(super) fn asker<C>(asked: &Asked<C>) -> Option<UserId> {
    let actor = &asked.by.actor;
    match actor.kind {
        ActorKind::Human => actor.id.parse().ok(),
        _ => None,
    }
}

/// Whether a part of Pantheon asks, which has checked whom it asks for.
pub(super) fn is_own_part<C>(asked: &Asked<C>) -> bool {
    matches!(asked.by.actor.kind, ActorKind::Policy | ActorKind::System)
}

/// The tenant whose stream this is.
pub(super) fn own_tenant<C>(asked: &Asked<C>) -> bool {
    asked.id.parse::<TenantId>().ok() == Some(asked.by.tenant)
}
