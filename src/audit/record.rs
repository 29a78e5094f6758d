//! Putting on record: addresses and user agents are sealed first.

use axum::http::HeaderValue;
use pantheon_events::access::{
    AccessCommand, RecordDenial, RecordExport, RecordTokenIssue, Visitor, Visits, trail_id,
};
use pantheon_events::{Actor, ActorKind, CommandContext, Sealed, TenantId, UserId};
use uuid::Uuid;

use super::deed::{Deed, Kind, Origin};
use super::fold::Times;
use crate::app::App;
use crate::auth::Issued;
use crate::domain::access::Trail;
use crate::identity::{IdentityError, installation};
use crate::store::{DispatchError, Dispatcher};

const PART: &str = "access_trail";
/// Most of a user agent that is kept.
const LONGEST: usize = 512;
/// Most of a name that is kept.
const LONGEST_ID: usize = 255;

/// Records what somebody did so many times.
pub(super) async fn visits(
    app: &App,
    kind: &Kind,
    from: &Origin,
    times: Times,
) -> Result<(), IdentityError> {
    let who = visitor(app, kind, from).await?;
    let visits = Visits {
        method: kind.method.clone(),
        route: kind.route.clone(),
        count: times.count,
        first_at: times.first,
        last_at: times.last,
    };
    let id = trail_id(kind.tenant, who.kind, &who.id);
    let command: AccessCommand = match kind.deed {
        Deed::Denied(code) => RecordDenial {
            who,
            visits,
            code: code.to_owned(),
        }
        .into(),
        Deed::Exported(what) => RecordExport {
            who,
            visits,
            what: what.to_owned(),
        }
        .into(),
    };
    let by = by(kind.tenant, &kind.id);
    let trails = &app.commands.trails;
    trails.dispatch(&id.to_string(), command, by).await?;
    Ok(())
}

/// Records that a token was given. Operators' tokens are the installation's.
pub async fn token_issued(
    trails: &Dispatcher<Trail>,
    issued: &Issued,
    subject: &str,
    role: &str,
    tenant: TenantId,
) -> Result<(), DispatchError> {
    let command = RecordTokenIssue {
        token_id: issued.id,
        subject: subject.to_owned(),
        role: role.to_owned(),
        tenant,
        expires_at: issued.expires_at,
    };
    let id = trail_id(installation(), ActorKind::Human, subject);
    let by = by(installation(), subject);
    trails.dispatch(&id.to_string(), command, by).await?;
    Ok(())
}

fn by(tenant: TenantId, of: &str) -> CommandContext {
    let actor = Actor {
        on_behalf_of: Some(of.to_owned()),
        ..Actor::system(PART)
    };
    CommandContext::new(tenant, actor, None)
}

async fn visitor(app: &App, kind: &Kind, from: &Origin) -> Result<Visitor, IdentityError> {
    let id: String = kind.id.chars().take(LONGEST_ID).collect();
    let account = kind.id.parse::<UserId>().ok().filter(|_| kind.account);
    let word = if kind.agent { "agent" } else { "operator" };
    let subject = account.unwrap_or_else(|| UserId::of_key(&[word, &kind.id]));
    let subject = subject.as_uuid();
    let address = from.address.map(|address| address.to_string());
    let user_agent = from.user_agent.as_ref().and_then(text);
    Ok(Visitor {
        kind: match kind.agent {
            true => ActorKind::Agent,
            false => ActorKind::Human,
        },
        id,
        subject,
        ip_address: sealed(app, subject, address).await?,
        user_agent: sealed(app, subject, user_agent).await?,
    })
}

fn text(header: &HeaderValue) -> Option<String> {
    let text = header.to_str().ok()?;
    Some(text.chars().take(LONGEST).collect())
}

async fn sealed(
    app: &App,
    subject: Uuid,
    text: Option<String>,
) -> Result<Option<Sealed>, IdentityError> {
    match text {
        Some(text) => Ok(Some(app.personal.seal(subject, &text).await?)),
        None => Ok(None),
    }
}
