//! Where replayed events go.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use async_nats::HeaderMap;
use pantheon_nats::{Bus, BusKeys, BusOptions, Credentials};
use serde_json::Value;

use crate::cli::client::Api;
use crate::cli::{Failure, output};
use crate::config::{Config, Mode, Sources};

const REACHED_WITHIN: Duration = Duration::from_secs(5);

/// A target as it is named on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// One line an event.
    Stdout,
    /// The same into a new file.
    File(PathBuf),
    /// One message an event below this subject.
    Subject(String),
    /// A scratch copy of a read model.
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
    let word = |token: &str| {
        !token.is_empty()
            && token
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    prefix.split('.').all(word) && prefix.split('.').next() != Some("pantheon")
}

/// An open target.
pub(super) enum Sink {
    Stdout,
    File(BufWriter<File>),
    Subject { bus: Bus, prefix: String },
}

impl Target {
    /// Opens it; a file that is there is not written over.
    pub(super) async fn open(&self, api: &Api) -> Result<Sink, Failure> {
        match self {
            Self::Stdout | Self::Projection(_) => Ok(Sink::Stdout),
            Self::File(path) => {
                let file = File::create_new(path).map_err(|error| match error.kind() {
                    std::io::ErrorKind::AlreadyExists => Failure::usage(format!(
                        "--target: {} is there already; choose another path, or remove it",
                        path.display()
                    )),
                    _ => Failure::failed(format!("{} cannot be made: {error}", path.display())),
                })?;
                Ok(Sink::File(BufWriter::new(file)))
            }
            Self::Subject(prefix) => Ok(Sink::Subject {
                bus: bus(api).await?,
                prefix: prefix.clone(),
            }),
        }
    }
}

/// Pantheon's own connection: the NATS of the settings, else the one of the server, with the keys
/// of the data directory.
async fn bus(api: &Api) -> Result<Bus, Failure> {
    let config = Config::load(&Sources::process(Mode::Dev, Default::default()))?;
    let url = match &config.nats_url {
        Some(url) => url.expose().to_owned(),
        None => {
            let known = api.get("/api/v1/bus", &[]).await?;
            let url = known["url"].as_str().map(str::to_owned);
            url.ok_or_else(|| Failure::usage("NATS_URL is not set, and the server names no bus"))?
        }
    };
    let path = config.bus_keys();
    let keys = BusKeys::load(&path).map_err(anyhow::Error::from)?;
    let credentials = keys.map_or(Credentials::None, |keys| keys.server_credentials());
    let options = BusOptions::new(url, credentials, "pantheon-replay");
    let away = |error: pantheon_nats::BusError| {
        Failure::unreachable(format!(
            "{error}. Check NATS_URL, and the keys in {}",
            path.display()
        ))
    };
    let bus = Bus::start(options).await.map_err(away)?;
    bus.ready(REACHED_WITHIN).await.map_err(away)?;
    Ok(bus)
}

impl Sink {
    pub(super) async fn write(&mut self, event: &Value) -> Result<(), Failure> {
        match self {
            Self::Stdout => output::line(&event.to_string())?,
            Self::File(file) => writeln!(file, "{event}")?,
            Self::Subject { bus, prefix } => {
                let kind = event["type"].as_str().unwrap_or("unknown");
                let mut headers = HeaderMap::new();
                headers.insert("Nats-Msg-Id", event["id"].as_str().unwrap_or_default());
                let (subject, payload) = (format!("{prefix}.{kind}"), event.to_string());
                bus.client()
                    .publish_with_headers(subject, headers, payload.into())
                    .await
                    .map_err(|error| Failure::unreachable(error.to_string()))?;
            }
        }
        Ok(())
    }

    pub(super) async fn close(self) -> Result<(), Failure> {
        match self {
            Self::Stdout => {}
            Self::File(file) => {
                let file = file
                    .into_inner()
                    .map_err(std::io::IntoInnerError::into_error)?;
                file.sync_all()?;
            }
            Self::Subject { bus, .. } => {
                // The server answers a request only after it has taken what came before.
                bus.client()
                    .flush()
                    .await
                    .map_err(|error| Failure::unreachable(error.to_string()))?;
                bus.close().await;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_goes_nowhere_near_the_subjects_of_the_living() {
        for good in ["replay", "replay.of-today", "pantheonic.x"] {
            assert!(safe(good), "{good}");
        }
        for bad in [
            "",
            "pantheon",
            "pantheon.evt",
            "$JS",
            "a..b",
            ".a",
            "a.",
            "a.>",
            "a *",
            "é",
        ] {
            assert!(!safe(bad), "{bad}");
        }
    }
}
