//! Which entries somebody wants: in SQL (`query.rs`) and here the same.

use chrono::{DateTime, Utc};

use super::LogRow;

/// Which entries. What is left out does not restrict.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// `INFO`, `DEBUG`, `WARN` or `ERROR`.
    pub level: Option<String>,
    /// An id in the catalogue.
    pub agent_type: Option<String>,
    /// About this issue.
    pub issue_number: Option<i64>,
    /// The message has this in it, in letters of any case.
    pub search: Option<String>,
    /// Not before.
    pub start_time: Option<DateTime<Utc>>,
    /// Not after.
    pub end_time: Option<DateTime<Utc>>,
    /// `agent`, `execution`, `git` or `deployment`.
    pub source: Option<String>,
}

impl Filter {
    /// Whether the entry is wanted.
    #[must_use]
    pub fn matches(&self, row: &LogRow) -> bool {
        let is = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        let has = |part: &String| row.message.to_lowercase().contains(&part.to_lowercase());
        is(&self.level, Some(&row.level))
            && is(&self.agent_type, row.agent_type.as_deref())
            && is(&self.source, Some(&row.source))
            && self
                .issue_number
                .is_none_or(|number| row.issue_number == Some(number))
            && self.start_time.is_none_or(|start| row.logged_at >= start)
            && self.end_time.is_none_or(|end| row.logged_at <= end)
            && self.search.as_ref().is_none_or(has)
    }
}
