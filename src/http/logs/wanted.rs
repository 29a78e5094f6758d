//! Which entries: the same words for the list and for those who listen.

use chrono::{DateTime, Utc};
use pantheon_events::agents::{LogLevel, catalogue_type};
use pantheon_events::{Epoch, time};
use pantheon_projections::logs::Filter;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::http::Problem;
use crate::http::openapi::named;

/// Longest text to look for, in characters.
const LONGEST: usize = 200;

/// Where an entry comes from.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LogSource)]
pub enum Source {
    /// An agent.
    Agent,
    /// An execution.
    Execution,
    /// The observed repository.
    Git,
    /// A deployment.
    Deployment,
}

/// The words of a filter, and those beside them. A query string is read field by field, so that the
/// two routes cannot share a struct inside their own.
macro_rules! query {
    ($(#[$meta:meta])* $Name:ident { $($rest:tt)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, Deserialize, IntoParams)]
        #[serde(default)]
        #[into_params(parameter_in = Query)]
        pub struct $Name {
            /// `INFO`, `DEBUG`, `WARN` or `ERROR`.
            #[param(schema_with = named::<LogLevel>, required = false)]
            pub level: Option<LogLevel>,
            /// A kind of agent, under any of its names.
            pub agent_type: Option<String>,
            /// About this issue.
            pub issue_number: Option<i64>,
            /// In the message, in letters of any case (200 characters).
            #[param(max_length = 200)]
            pub search: Option<String>,
            /// Not before.
            #[serde(deserialize_with = "time::optional")]
            pub start_time: Option<DateTime<Utc>>,
            /// Not after.
            #[serde(deserialize_with = "time::optional")]
            pub end_time: Option<DateTime<Utc>>,
            /// Where from.
            #[param(inline)]
            pub source: Option<Source>,
            $($rest)*
        }

        impl $Name {
            /// The filter that these words mean.
            pub fn filter(&self) -> Result<Filter, Problem> {
                let search = self.search.clone().filter(|text| !text.is_empty());
                if search
                    .as_ref()
                    .is_some_and(|text| text.chars().count() > LONGEST)
                {
                    return Err(Problem::malformed_field("search", "at most 200 characters"));
                }
                Ok(Filter {
                    level: self.level.map(|level| level.to_string()),
                    agent_type: self.agent_type.as_deref().map(stored_name),
                    issue_number: self.issue_number,
                    search,
                    start_time: self.start_time,
                    end_time: self.end_time,
                    source: self.source.map(Source::word),
                })
            }
        }
    };
}

query! {
    /// A page of entries.
    Listed {
        /// 1 to 1000 (200).
        #[param(minimum = 1, maximum = 1000)]
        pub limit: Option<i64>,
        /// Where the page before ended.
        pub cursor: Option<String>,
    }
}

query! {
    /// Entries from a place on.
    Followed {
        /// The id of the last entry that the client has (`<position>:<n>`), or a position; without it
        /// the stream begins now.
        pub after: Option<String>,
        /// The epoch that the place was read in.
        #[param(value_type = Option<String>)]
        pub epoch: Option<Epoch>,
    }
}

impl Source {
    fn word(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

/// The id that is stored for a name; a name of no known type is looked for as it is.
fn stored_name(name: &str) -> String {
    catalogue_type(name).map_or_else(|| name.to_owned(), |known| known.id.to_owned())
}
