//! Where replayed events go.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::str::FromStr;

use serde_json::Value;

use crate::cli::{Failure, output};

/// A target as it is named on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// One line an event.
    Stdout,
    /// The same into a new file.
    File(PathBuf),
    /// One message an event below this subject.
    Subject(String),
    /// A scratch copy of a read model, held against the live one.
    Projection(String),
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "stdout" => Ok(Self::Stdout),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("subject", prefix)) if safe(prefix) => Ok(Self::Subject(prefix.to_owned())),
            Some(("projection", name)) if !name.is_empty() => Ok(Self::Projection(name.to_owned())),
            _ => Err(
                "expected stdout, file:<path>, subject:<prefix> outside pantheon.>, or \
                      projection:<name>"
                    .to_owned(),
            ),
        }
    }
}

/// Replayed events never go where live ones do.
fn safe(prefix: &str) -> bool {
    !prefix.is_empty()
        && prefix != "pantheon"
        && !prefix.starts_with("pantheon.")
        && !prefix.starts_with('$')
        && !prefix.contains(['*', '>', ' '])
}

/// An open target.
pub(super) enum Sink {
    Stdout,
    File(BufWriter<File>),
    Subject {
        client: async_nats::Client,
        prefix: String,
    },
}

impl Target {
    /// Opens it; a file that is there is not written over.
    pub(super) async fn open(&self, nats: Option<&str>) -> Result<Sink, Failure> {
        match self {
            Self::Stdout | Self::Projection(_) => Ok(Sink::Stdout),
            Self::File(path) => {
                let file = File::create_new(path).map_err(|error| {
                    Failure::failed(format!("{} cannot be made: {error}", path.display()))
                })?;
                Ok(Sink::File(BufWriter::new(file)))
            }
            Self::Subject(prefix) => {
                let url = nats.ok_or_else(|| Failure::usage("a subject needs --nats"))?;
                let client = async_nats::connect(url)
                    .await
                    .map_err(|error| Failure::unreachable(format!("{url}: {error}")))?;
                Ok(Sink::Subject {
                    client,
                    prefix: prefix.clone(),
                })
            }
        }
    }
}

impl Sink {
    pub(super) async fn write(&mut self, event: &Value) -> Result<(), Failure> {
        match self {
            Self::Stdout => output::line(&event.to_string())?,
            Self::File(file) => writeln!(file, "{event}")?,
            Self::Subject { client, prefix } => {
                let kind = event["type"].as_str().unwrap_or("unknown");
                client
                    .publish(format!("{prefix}.{kind}"), event.to_string().into())
                    .await
                    .map_err(|error| Failure::unreachable(error.to_string()))?;
            }
        }
        Ok(())
    }

    pub(super) async fn close(self) -> Result<(), Failure> {
        match self {
            Self::Stdout => {}
            Self::File(mut file) => file.flush()?,
            Self::Subject { client, .. } => {
                client
                    .flush()
                    .await
                    .map_err(|error| Failure::unreachable(error.to_string()))?;
            }
        }
        Ok(())
    }
}
