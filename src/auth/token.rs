//! What stands in a token, and how one is checked.

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode};
use pantheon_events::TenantId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::keys::TokenKeys;
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
    org_id: TenantId,
    #[serde(default)]
    github_id: u64,
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
) -> String {
    let typ = if principal.kind == PrincipalKind::Agent {
        Kind::Agent
    } else {
        Kind::Operator
    };
    let claims = Claims {
        iss: ISSUER.to_owned(),
        aud: AUDIENCE.to_owned(),
        sub: principal.id.clone(),
        jti: id,
        iat: now.timestamp(),
        exp: ends.timestamp(),
        nbf: None,
        typ,
        role: principal.role,
        org_id: principal.tenant,
        github_id: 0,
    };
    let header = Header {
        kid: Some(keys.kid.clone()),
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
    let key = header
        .kid
        .as_ref()
        .and_then(|kid| keys.verifying.get(kid))
        .filter(|_| !strange);
    let claims = decode::<Claims>(token, key.ok_or(InvalidToken)?, &validation());
    let claims = claims.map_err(|_| InvalidToken)?.claims;
    in_time(&claims, now.timestamp())?;
    principal(claims)
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
    let known = match (claims.typ, claims.role) {
        (Kind::Operator, Some(role)) => Principal::operator(claims.sub, claims.org_id, role),
        (Kind::Agent, None) => {
            let id = claims.sub.parse().map_err(|_| InvalidToken)?;
            Principal::agent(id, claims.org_id)
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
