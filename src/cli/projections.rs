//! `pantheon projections`: the read models.

mod report;
mod work;

use clap::Subcommand;
use clap::builder::NonEmptyStringValueParser;
use serde_json::{Value, json};

use super::client::{Api, segment};
use super::{Exit, Failure, Global};
pub(super) use work::Work;

const COLUMNS: [&str; 7] = [
    "name", "state", "position", "head", "lag", "parked", "error",
];

/// Looks after the read models.
#[derive(Debug, Subcommand)]
pub enum Projections {
    /// All of them and how far they are.
    List,
    /// One of them with its parked streams and last rebuilds.
    Status(Name),
    /// Build it anew beside the live one, compare, swap.
    Rebuild {
        #[command(flatten)]
        name: Name,
        /// Put the model from before the last rebuild back.
        #[arg(long)]
        rollback: bool,
    },
    /// Stop following.
    Pause(Name),
    /// Follow again.
    Resume(Name),
    /// Build it anew beside the live one and compare; exit 6 when they differ.
    Verify(Name),
    /// Try the parked streams again; exit 6 when some still cannot be applied.
    ReplayParked(Name),
}

/// Which one.
#[derive(Clone, Debug, clap::Args)]
pub struct Name {
    /// The projection.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    name: String,
}

impl Name {
    fn path(&self, verb: &str) -> String {
        format!("/api/v1/projections/{}{verb}", segment(&self.name))
    }

    /// Work that may take long; its report.
    async fn work(&self, api: &Api, kind: &'static str) -> Result<Value, Failure> {
        let work = Work {
            name: &self.name,
            kind,
            path: &self.path(&format!("/{kind}")),
            body: json!({}),
        };
        work.finished(api).await.map(report::compared)
    }
}

impl Projections {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let (api, format) = (Api::new(global)?, global.output);
        match self {
            Self::List => {
                let answer = api.get("/api/v1/projections", &[]).await?;
                format.page(&answer, &COLUMNS)?;
            }
            Self::Status(name) => {
                report::status(&api.get(&name.path(""), &[]).await?, format)?;
            }
            Self::Rebuild {
                name,
                rollback: true,
            } => {
                let body = json!({ "rollback": true });
                format.one(&api.post(&name.path("/rebuild"), &body).await?)?;
            }
            Self::Rebuild { name, .. } => {
                report::print(&name.work(&api, "rebuild").await?, format)?;
            }
            Self::Verify(name) => {
                let report = name.work(&api, "verify").await?;
                report::print(&report, format)?;
                return report::verdict(&report);
            }
            Self::Pause(name) => format.one(&api.post(&name.path("/pause"), &json!({})).await?)?,
            Self::Resume(name) => {
                format.one(&api.post(&name.path("/resume"), &json!({})).await?)?;
            }
            Self::ReplayParked(name) => {
                let answer = api.post(&name.path("/replay-parked"), &json!({})).await?;
                format.one(&answer)?;
                return healed(&answer);
            }
        }
        Ok(())
    }
}

fn healed(answer: &Value) -> Result<(), Failure> {
    let replayed = answer["replayed"].as_array().map_or(&[][..], Vec::as_slice);
    match replayed.iter().filter(|one| one["healed"] != true).count() {
        0 => Ok(()),
        sick => Err(Failure::new(
            Exit::Verification,
            format!("{sick} streams still cannot be applied and stay parked"),
        )),
    }
}
