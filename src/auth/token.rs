//! What stands in a token, and how one is checked.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode};
use pantheon_events::{Position, SessionId, TenantId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::keys::TokenKeys;
use super::principal::Session;
use super::{Principal, PrincipalKind, Role};

const ISSUER: &str = "pantheon";
const AUDIENCE: &str = "pantheon";
/// How far clocks may differ, in seconds.
const LEEWAY: i64 = 5;
/// No token of ours is longer.
const LONGEST: usize = 4096;

/// What a token is good for. A token of one kind is never taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Operator,
    Agent,
    Access,
}

/// The claims. All ASCII, no names and no addresses.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    jti: Uuid,
    iat: i64,
    exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "strictly")]
    nbf: Option<i64>,
    typ: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
    /// Missing in a personal space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    org_id: Option<TenantId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    org_role: Option<String>,
    #[serde(default)]
    github_id: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<SessionId>,
    /// Where the log's head was when the token was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pos: Option<Position>,
}

/// A claim that is there must be a number; `null` is not one.
mod strictly {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(v: &Option<i64>, to: S) -> Result<S::Ok, S::Error> {
        v.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
        i64::deserialize(from).map(Some)
    }
}

/// What stands in an access token for its reader's information only.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extra<'a> {
    /// The GitHub account's number; 0 without one.
    pub github_id: i64,
    /// The role in the organisation that the token acts in.
    pub org_role: Option<&'a str>,
}

/// A token that is not valid; why is nobody's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token is not valid")]
pub struct InvalidToken;

/// Signs a token for the principal until `ends`.
pub(super) fn sign(
    keys: &TokenKeys,
    principal: &Principal,
    id: Uuid,
    now: DateTime<Utc>,
    ends: DateTime<Utc>,
    Extra {
        github_id,
        org_role,
    }: Extra<'_>,
) -> String {
    let typ = match principal.kind {
        PrincipalKind::Agent => Kind::Agent,
        PrincipalKind::User => Kind::Access,
        PrincipalKind::Operator | PrincipalKind::System => Kind::Operator,
    };
    let session = principal.session;
    let personal = session.map(|session| TenantId::personal(session.user));
    let claims = Claims {
        iss: ISSUER.to_owned(),
        aud: AUDIENCE.to_owned(),
        sub: principal.id.clone(),
        jti: id,
        iat: now.timestamp(),
        exp: ends.timestamp(),
        nbf: None,
        typ,
        role: session.map_or(principal.role, |session| Some(session.role)),
        org_id: Some(principal.tenant).filter(|tenant| personal != Some(*tenant)),
        org_role: org_role.map(str::to_owned),
        github_id,
        sid: session.map(|session| session.id),
        pos: session.map(|session| session.known),
    };
    let header = Header {
        kid: Some(keys.kid.to_string()),
        ..Header::new(Algorithm::EdDSA)
    };
    encode(&header, &claims, &keys.signing).expect("plain claims and an Ed25519 key sign")
}

/// Checks signature, issuer, audience, kind and times, and says who it is.
pub(super) fn verify(
    keys: &TokenKeys,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Principal, InvalidToken> {
    if token.len() > LONGEST {
        return Err(InvalidToken);
    }
    let header = decode_header(token).map_err(|_| InvalidToken)?;
    let strange = header.crit.is_some() || header.jwk.is_some() || header.jku.is_some();
    let named = header.kid.as_deref().filter(|_| !strange);
    let key = named.and_then(|kid| keys.verifying.get_key_value(kid));
    let (kid, key) = key.ok_or(InvalidToken)?;
    let claims = decode::<Claims>(token, key, &validation());
    let claims = claims.map_err(|_| InvalidToken)?.claims;
    in_time(&claims, now.timestamp())?;
    Ok(Principal {
        key: Some(Arc::clone(kid)),
        ..principal(claims)?
    })
}

/// Times are held against our own clock, afterwards.
fn validation() -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.validate_exp = false;
    validation
}

fn in_time(claims: &Claims, now: i64) -> Result<(), InvalidToken> {
    let begun = claims.nbf.unwrap_or(claims.iat).max(claims.iat);
    let ended = now >= claims.exp.saturating_add(LEEWAY);
    let early = begun > now.saturating_add(LEEWAY);
    if ended || early {
        Err(InvalidToken)
    } else {
        Ok(())
    }
}

fn principal(claims: Claims) -> Result<Principal, InvalidToken> {
    let known = match (claims.typ, claims.role, claims.org_id) {
        (Kind::Operator, Some(role), Some(tenant)) => Principal::operator(claims.sub, tenant, role),
        (Kind::Agent, None, Some(tenant)) => {
            let id = claims.sub.parse().map_err(|_| InvalidToken)?;
            Principal::agent(id, tenant)
        }
        (Kind::Access, Some(role), tenant) => {
            let user = claims.sub.parse().map_err(|_| InvalidToken)?;
            let session = Session {
                id: claims.sid.ok_or(InvalidToken)?,
                user,
                role,
                known: claims.pos.ok_or(InvalidToken)?,
            };
            let tenant = tenant.unwrap_or_else(|| TenantId::personal(user));
            Principal::user(session, tenant)
        }
        _ => return Err(InvalidToken),
    };
    let expires_at = DateTime::from_timestamp(claims.exp, 0).ok_or(InvalidToken)?;
    Ok(Principal {
        token: Some(claims.jti),
        expires_at: Some(expires_at),
        ..known
    })
}
