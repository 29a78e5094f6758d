//! The words of repositories.

use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{RepositoryId, TenantId};

/// What a full name looks like.
pub const FULL_NAME: &str = r"^[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}$";

/// The stream of a repository: one per tenant, however the name is spelt.
#[must_use]
pub fn repository_id(tenant: TenantId, full_name: &str) -> RepositoryId {
    RepositoryId::of_key(&[&tenant.to_string(), &full_name.to_lowercase()])
}

/// The stream of an issue or a pull request: GitHub numbers both together.
#[must_use]
pub fn issue_id(repository: RepositoryId, number: i64) -> String {
    format!("{repository}#{number}")
}

/// The repository and the number in the name of an issue's stream, in its one spelling.
#[must_use]
pub fn read_issue_id(id: &str) -> Option<(RepositoryId, i64)> {
    let (repository, number) = id.split_once('#')?;
    let (repository, number) = (repository.parse().ok()?, number.parse().ok()?);
    (number >= 1 && issue_id(repository, number) == id).then_some((repository, number))
}

/// Owner and name of a full name; `None` when it is none.
#[must_use]
pub fn split_name(full_name: &str) -> Option<(&str, &str)> {
    let (owner, name) = full_name.split_once('/')?;
    (is_name(owner) && is_name(name)).then_some((owner, name))
}

/// Dots alone would lead elsewhere in GitHub's addresses.
fn is_name(part: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=100).contains(&part.len())
        && part.bytes().all(good)
        && part.bytes().any(|byte| byte != b'.')
}

/// A full name is `owner/name` (`garde` custom rule).
pub fn is_full_name(name: &str, (): &()) -> garde::Result {
    match split_name(name) {
        Some(_) => Ok(()),
        None => Err(garde::Error::new(
            "expected owner/name, each of 1 to 100 letters, digits, '.', '_' and '-'",
        )),
    }
}

/// Why a repository could not be found on GitHub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkFailure {
    /// This installation does not ask GitHub.
    NotConfigured,
    /// GitHub has none of this name, or does not show it.
    NotFound,
    /// GitHub does not take the token.
    Denied,
    /// GitHub did not answer.
    Unreachable,
    /// GitHub answered with what is not expected.
    Unexpected,
}

/// Whether an issue is still to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IssueState {
    /// It is.
    Open,
    /// It is not.
    Closed,
}

impl IssueState {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// A label of an issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct IssueLabel {
    /// GitHub's number for it.
    #[garde(skip)]
    pub id: i64,
    /// Its name.
    #[garde(length(chars, max = 255))]
    pub name: String,
    /// Six hexadecimal digits.
    #[garde(length(chars, max = 16))]
    pub color: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 1024))]
    pub description: Option<String>,
}

/// Somebody who is to look after an issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct IssueAssignee {
    /// GitHub's number for the account.
    #[garde(skip)]
    pub id: i64,
    /// The account's name there.
    #[garde(length(chars, max = 255))]
    pub login: String,
    /// A picture.
    #[garde(length(chars, max = 2048))]
    pub avatar_url: String,
}

/// An issue as GitHub has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct IssueFacts {
    /// One line.
    #[garde(length(chars, max = 255))]
    pub title: String,
    /// Whether it is still to be done.
    #[garde(skip)]
    pub state: IssueState,
    /// Its page.
    #[garde(length(chars, max = 2048))]
    pub html_url: String,
    /// What it says, at most 16 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(bytes, max = 16384))]
    pub body: Option<String>,
    /// Whose it is.
    #[garde(length(chars, max = 255))]
    pub author: String,
    /// How many comments it has.
    #[garde(range(min = 0))]
    pub comments: i64,
    /// At most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[garde(length(max = 100), dive)]
    pub labels: Vec<IssueLabel>,
    /// At most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[garde(length(max = 100), dive)]
    pub assignees: Vec<IssueAssignee>,
    /// When it was made there.
    #[serde(deserialize_with = "crate::time::required")]
    #[garde(skip)]
    pub created_at: DateTime<Utc>,
    /// When it was changed there.
    #[serde(deserialize_with = "crate::time::required")]
    #[garde(skip)]
    pub updated_at: DateTime<Utc>,
    /// When it was closed there.
    #[serde(
        default,
        deserialize_with = "crate::time::optional",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(skip)]
    pub closed_at: Option<DateTime<Utc>>,
}

impl IssueFacts {
    /// `P0` to `P3`, from a label of that name; of several the most urgent.
    #[must_use]
    pub fn priority(&self) -> Option<&'static str> {
        let named = |word: &str| {
            let mut labels = self.labels.iter();
            labels.any(|label| label.name.eq_ignore_ascii_case(word))
        };
        ["P0", "P1", "P2", "P3"]
            .into_iter()
            .find(|word| named(word))
    }
}

/// A pull request as GitHub has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PullRequestFacts {
    /// One line.
    #[garde(length(chars, max = 255))]
    pub title: String,
    /// Whether it waits to be merged.
    #[garde(skip)]
    pub state: IssueState,
    /// Its page.
    #[garde(length(chars, max = 2048))]
    pub html_url: String,
    /// Whose it is.
    #[garde(length(chars, max = 255))]
    pub author: String,
    /// Whether it is not ready yet.
    #[garde(skip)]
    pub draft: bool,
    /// Whether it was merged.
    #[garde(skip)]
    pub merged: bool,
    /// When it was made there.
    #[serde(deserialize_with = "crate::time::required")]
    #[garde(skip)]
    pub created_at: DateTime<Utc>,
    /// When it was changed there.
    #[serde(deserialize_with = "crate::time::required")]
    #[garde(skip)]
    pub updated_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_name_has_an_owner_and_a_name_and_leads_nowhere_else() {
        let long = "x".repeat(100);
        for good in ["octo/cat", "o.c-t_o/.github", &format!("{long}/{long}")] {
            assert!(split_name(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "octo",
            "/cat",
            "octo/",
            "octo/cat/fish",
            "octo/c t",
            "../..",
            "octo/..",
            "./cat",
            "octo/cät",
            &format!("{long}x/cat"),
            "octo/cat\n",
        ] {
            assert!(split_name(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn a_repository_is_the_same_however_it_is_spelt_and_another_one_in_another_tenant() {
        let home = TenantId::default_organization();
        assert_eq!(
            repository_id(home, "Octo/Cat"),
            repository_id(home, "octo/cat")
        );
        let elsewhere = TenantId::of_slug("elsewhere");
        assert_ne!(
            repository_id(home, "octo/cat"),
            repository_id(elsewhere, "octo/cat")
        );
    }

    #[test]
    fn an_issue_s_stream_has_one_name() {
        let repository = repository_id(TenantId::default_organization(), "octo/cat");
        let id = issue_id(repository, 7);
        assert_eq!(read_issue_id(&id), Some((repository, 7)));
        for bad in [
            format!("{repository}#07"),
            format!("{repository}#+7"),
            format!("{repository}#0"),
            format!("{repository}"),
            id.to_uppercase(),
        ] {
            assert_eq!(read_issue_id(&bad), None, "{bad}");
        }
    }
}
