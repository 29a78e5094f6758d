//! Who speaks at a door.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use pantheon_events::organizations::OrgRole;
use pantheon_events::{
    Actor, AgentId, CommandContext, CommandId, Position, SessionId, TenantId, UserId,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Powers, is_of_installation};

/// What kind of credential somebody came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// A person or a script with an operator token.
    Operator,
    /// A person who signed in to an account.
    User,
    /// A member of the fleet, as itself.
    Agent,
    /// A part of Pantheon. Never made from anything that comes in through a door.
    System,
}

/// An account's role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything in the tenant of the token.
    Admin,
    /// Works with it.
    Developer,
    /// Looks at it.
    Viewer,
    /// Reads everything, the log and the audit included, and changes nothing.
    Auditor,
}

impl Role {
    /// The word in tokens and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Developer => "developer",
            Self::Viewer => "viewer",
            Self::Auditor => "auditor",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is not a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of admin, developer, viewer, auditor")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Admin, Self::Developer, Self::Viewer, Self::Auditor]
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or(UnknownRole)
    }
}

/// An authenticated caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The kind of credential.
    pub kind: PrincipalKind,
    /// A user's UUID, an agent's id, or the name of a part of Pantheon.
    pub id: String,
    /// Where the credential acts.
    pub tenant: TenantId,
    /// What somebody counts as where they act, in one word; agents and strangers have none.
    pub role: Option<Role>,
    /// What they are in the organisation, when they are a member.
    pub org_role: Option<OrgRole>,
    /// What they hold where they act.
    pub powers: Powers,
    /// The agent, when it is one.
    pub agent: Option<AgentId>,
    /// The token's `jti`, when a token was shown.
    pub token: Option<Uuid>,
    /// The key that the token was signed with.
    pub key: Option<Arc<str>>,
    /// When the credential ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// The session behind it, when somebody signed in.
    pub session: Option<Session>,
}

/// The sign-in behind an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// The account's role, wherever the token acts.
    pub role: Role,
    /// Where the log's head was when the token was made: what happened later can take it back.
    pub known: Position,
}

impl Principal {
    /// An operator with a role in a tenant. The installation is administered from the default
    /// organisation only.
    pub fn operator(id: impl Into<String>, tenant: TenantId, role: Role) -> Self {
        let powers = match tenant == TenantId::default_organization() {
            true => Powers::of_role(role),
            false => Powers::of_role(role).without(is_of_installation),
        };
        Self {
            role: Some(role),
            powers,
            ..Self::of(PrincipalKind::Operator, id.into(), tenant)
        }
    }

    /// An agent as itself.
    #[must_use]
    pub fn agent(agent: AgentId, tenant: TenantId) -> Self {
        let id = agent.as_str().to_owned();
        Self {
            agent: Some(agent),
            ..Self::of(PrincipalKind::Agent, id, tenant)
        }
    }

    /// A person who signed in, and holds nothing before the memberships were asked.
    #[must_use]
    pub fn user(session: Session, tenant: TenantId) -> Self {
        Self {
            session: Some(session),
            ..Self::of(PrincipalKind::User, session.user.to_string(), tenant)
        }
    }

    /// Whether somebody who signed in is no active member where they act: nothing is there for them.
    #[must_use]
    pub fn is_stranger(&self) -> bool {
        self.kind == PrincipalKind::User && self.role.is_none()
    }

    /// A part of Pantheon.
    pub fn system(part: impl Into<String>, tenant: TenantId) -> Self {
        Self::of(PrincipalKind::System, part.into(), tenant)
    }

    fn of(kind: PrincipalKind, id: String, tenant: TenantId) -> Self {
        Self {
            kind,
            id,
            tenant,
            role: None,
            org_role: None,
            powers: Powers::NONE,
            agent: None,
            token: None,
            key: None,
            expires_at: None,
            session: None,
        }
    }

    /// The context of a command that this caller sends in a tenant; the same at every door.
    #[must_use]
    pub fn asks(&self, tenant: TenantId, command: Option<CommandId>) -> CommandContext {
        CommandContext {
            role: self.role.map(Role::as_str),
            ..CommandContext::new(tenant, self.actor(), command)
        }
    }

    /// The actor on the events that this caller brings about.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match self.kind {
            PrincipalKind::Operator | PrincipalKind::User => Actor::human(&self.id),
            PrincipalKind::Agent => Actor::agent(&self.id),
            PrincipalKind::System => Actor::system(&self.id),
        }
    }
}
