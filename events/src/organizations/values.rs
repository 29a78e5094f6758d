//! The words of organisations.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a member is in an organisation.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum OrgRole {
    /// Looks at it.
    Viewer,
    /// Works with it.
    #[default]
    Member,
    /// Looks after it.
    Admin,
    /// Whose it is. There is one.
    Owner,
}

impl OrgRole {
    /// Every role, the least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Member, Self::Admin, Self::Owner];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

/// A text that is no role of an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected owner, admin, member or viewer")]
pub struct UnknownOrgRole;

impl FromStr for OrgRole {
    type Err = UnknownOrgRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let role = Self::ALL.into_iter().find(|role| role.as_str() == text);
        role.ok_or(UnknownOrgRole)
    }
}

/// How a membership stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MemberStatus {
    /// Asked to join.
    Invited,
    /// In.
    Active,
    /// In, but shut out for now.
    Suspended,
}

impl MemberStatus {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }
}

/// What an organisation may hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// 5 members, 10 repositories, 10 agents.
    #[default]
    Free,
    /// 20 members, 100 repositories, 100 agents.
    Pro,
    /// Without limits.
    Enterprise,
}

impl Plan {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Pro => "pro",
            Self::Enterprise => "enterprise",
        }
    }

    /// Members at most; −1 = without a limit.
    #[must_use]
    pub const fn max_members(self) -> i64 {
        match self {
            Self::Free => 5,
            Self::Pro => 20,
            Self::Enterprise => -1,
        }
    }

    /// Repositories at most; −1 = without a limit.
    #[must_use]
    pub const fn max_repositories(self) -> i64 {
        match self {
            Self::Free => 10,
            Self::Pro => 100,
            Self::Enterprise => -1,
        }
    }

    /// Agents at most; −1 = without a limit.
    #[must_use]
    pub const fn max_agents(self) -> i64 {
        self.max_repositories()
    }
}

/// What reaches the installation's own machines, and is off outside the default organisation until
/// the operator turns it on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Features {
    /// The database console, export and import.
    pub sql_console: bool,
    /// Worktrees, observed commits and tags.
    pub git: bool,
    /// Docker, AWS and services.
    pub infrastructure: bool,
    /// Deployments.
    pub deployments: bool,
}

impl Features {
    /// Everything on.
    pub const ALL: Self = Self {
        sql_console: true,
        git: true,
        infrastructure: true,
        deployments: true,
    };
}

/// An organisation's name in addresses: 1–63 of `a-z`, `0-9` and `-`. It is never given to a second
/// organisation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Slug(#[schemars(regex(pattern = r"^[a-z0-9-]{1,63}$"))] String);

impl Slug {
    /// The slug as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The slug of a name: lower case, spaces to `-`, everything else left out. `None` when nothing
    /// is left.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let plain = name.trim().chars().flat_map(char::to_lowercase);
        let plain = plain.map(|c| if c.is_whitespace() { '-' } else { c });
        let kept = plain.filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-');
        kept.take(63).collect::<String>().parse().ok()
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is no slug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to 63 lower-case letters, digits and -")]
pub struct InvalidSlug;

impl FromStr for Slug {
    type Err = InvalidSlug;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        match (1..=63).contains(&text.len()) && text.bytes().all(good) {
            true => Ok(Self(text.to_owned())),
            false => Err(InvalidSlug),
        }
    }
}

impl<'de> Deserialize<'de> for Slug {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A console puts it into its pages: `javascript:` and `data:` are no addresses of pictures. Empty takes
/// the picture away.
pub(super) fn web_address<'de, D: serde::Deserializer<'de>>(
    from: D,
) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    match text.as_deref().is_none_or(is_web_address) {
        true => Ok(text),
        false => Err(serde::de::Error::custom(
            "expected an address that begins with https:// or http://",
        )),
    }
}

fn is_web_address(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let plain = |c: char| !c.is_whitespace() && !c.is_control();
    let host = |rest: &str| !rest.starts_with(['/', '?', '#']) && !rest.is_empty();
    text.is_empty() || rest.is_some_and(|rest| host(rest) && rest.chars().all(plain))
}

/// A name on GitHub.
pub(super) fn login<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    match text.as_ref().is_none_or(|text| text.chars().all(plain)) {
        true => Ok(text),
        false => Err(serde::de::Error::custom("expected letters, digits and -")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Slug, is_web_address};

    #[test]
    fn a_picture_lies_on_the_web() {
        for good in ["https://a.example/me.png", "http://localhost:1/x", ""] {
            assert!(is_web_address(good), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//a.example/x",
            "https:///x",
            "https://a b",
            "me.png",
        ] {
            assert!(!is_web_address(bad), "{bad}");
        }
    }

    #[test]
    fn a_slug_is_made_from_a_name() {
        let of = |name: &str| Slug::of_name(name).map(|slug| slug.to_string());
        assert_eq!(
            of("  Lovelace & Söhne 7 ").as_deref(),
            Some("lovelace--shne-7")
        );
        assert_eq!(of("株式会社"), None);
        assert_eq!(of(&"x".repeat(200)).map(|slug| slug.len()), Some(63));
    }
}
