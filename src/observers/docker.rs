//! The observer `docker`: the containers of the Docker that `DOCKER_HOST` names, through its Engine
//! API. What containers are given (environment, labels, mounts) is neither asked for nor recorded.

use std::time::Duration;

use async_trait::async_trait;
use axum::http::{Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::rt::TokioIo;
use pantheon_events::infrastructure::{Container, LOCAL, ObserveContainers, infrastructure_id};
use pantheon_events::{Actor, CommandContext, CommandId, TenantId};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use super::{Observer, Unseen};
use crate::app::App;

const NAME: &str = "docker";
const EVERY: Duration = Duration::from_secs(30);
/// Docker is not waited for longer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most bytes of an answer.
const LONGEST: usize = 8 * 1024 * 1024;
/// Most containers that are recorded.
const MOST: usize = 2_000;
const LIST: &str = "/containers/json?all=true";

/// Looks at Docker.
pub(super) struct Docker {
    app: App,
    host: String,
}

/// A container as Docker lists it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    id: String,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    image: String,
    state: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    ports: Vec<Port>,
}

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "PascalCase")]
struct Port {
    private_port: u16,
    #[serde(default)]
    public_port: Option<u16>,
    #[serde(rename = "IP", default)]
    ip: Option<String>,
    #[serde(rename = "Type", default)]
    protocol: String,
}

impl Docker {
    pub(super) fn new(app: App, host: &str) -> Self {
        Self {
            app,
            host: host.to_owned(),
        }
    }
}

#[async_trait]
impl Observer for Docker {
    fn name(&self) -> &'static str {
        NAME
    }

    fn every(&self) -> Duration {
        EVERY
    }

    async fn look(&self) -> Result<(), Unseen> {
        let listed = tokio::time::timeout(PATIENCE, ask(&self.host)).await;
        let listed = listed.unwrap_or_else(|_| Err(Unseen("Docker does not answer".to_owned())))?;
        let containers = read(&listed)?;
        let tenant = TenantId::default_organization();
        let id = infrastructure_id(tenant, LOCAL).to_string();
        let dispatcher = &self.app.commands.infrastructure;
        let known = dispatcher.load(&id).await?;
        let before = &known.aggregate.containers;
        let same = before.len() == containers.len()
            && containers
                .iter()
                .all(|one| before.get(&one.name) == Some(one));
        if same {
            return Ok(());
        }
        let seen = ObserveContainers { containers };
        let written = serde_json::to_vec(&seen).map_err(Unseen::because)?;
        let digest = format!("{:x}", Sha256::digest(written));
        let key = [NAME, &id, &known.sequence.to_string(), &digest];
        let by = CommandContext::new(tenant, Actor::system(NAME), Some(CommandId::of_key(&key)));
        dispatcher.dispatch(&id, seen, by).await?;
        Ok(())
    }
}

/// Docker's list of containers.
async fn ask(host: &str) -> Result<Bytes, Unseen> {
    match host.split_once("://") {
        Some(("unix", path)) => {
            let stream = UnixStream::connect(path).await;
            exchange(stream.map_err(|error| unreachable(host, &error))?).await
        }
        Some(("tcp" | "http", address)) => {
            let stream = TcpStream::connect(address.trim_end_matches('/')).await;
            exchange(stream.map_err(|error| unreachable(host, &error))?).await
        }
        _ => Err(Unseen(
            "DOCKER_HOST is neither unix:///a/path nor tcp://host:port".to_owned(),
        )),
    }
}

fn unreachable(host: &str, error: &std::io::Error) -> Unseen {
    Unseen(format!("Docker is not reached at {host}: {error}"))
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
) -> Result<Bytes, Unseen> {
    let connected = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = connected.map_err(Unseen::because)?;
    let request = Request::get(LIST).header(header::HOST, NAME);
    let request = request
        .body(Empty::<Bytes>::new())
        .map_err(Unseen::because)?;
    let asked = async {
        let answer = sender
            .send_request(request)
            .await
            .map_err(Unseen::because)?;
        if answer.status() != StatusCode::OK {
            return Err(Unseen(format!("Docker answers {}", answer.status())));
        }
        let body = Limited::new(answer.into_body(), LONGEST).collect().await;
        Ok(body.map_err(Unseen::because)?.to_bytes())
    };
    tokio::pin!(asked);
    // The connection ends with the look, whoever of the two is done first.
    tokio::select! {
        answer = &mut asked => answer,
        ended = connection => match ended {
            Ok(()) => asked.await,
            Err(error) => Err(Unseen::because(error)),
        },
    }
}

fn read(listed: &[u8]) -> Result<Vec<Container>, Unseen> {
    let listed: Vec<Listed> = serde_json::from_slice(listed)
        .map_err(|error| Unseen(format!("Docker's answer cannot be read: {error}")))?;
    Ok(listed.into_iter().take(MOST).map(container).collect())
}

fn container(listed: Listed) -> Container {
    let name = listed
        .names
        .first()
        .map(|name| name.trim_start_matches('/'));
    let name = name.filter(|name| !name.is_empty()).unwrap_or(&listed.id);
    let mut ports = listed.ports;
    ports.sort();
    let ports = ports.iter().map(written).collect();
    Container {
        name: shortened(name, 255),
        status: shortened(&listed.state, 64),
        health: health(&listed.status).to_owned(),
        ports,
        image: (!listed.image.is_empty()).then(|| shortened(&listed.image, 512)),
    }
}

/// `Up 2 hours (healthy)`; the time in it changes at every look.
fn health(status: &str) -> &'static str {
    let words = [
        ("(healthy)", "healthy"),
        ("(unhealthy)", "unhealthy"),
        ("(health: starting)", "starting"),
    ];
    let found = words.into_iter().find(|(said, _)| status.ends_with(said));
    found.map_or("none", |(_, word)| word)
}

fn written(port: &Port) -> String {
    let inside = format!("{}/{}", port.private_port, port.protocol);
    match (&port.ip, port.public_port) {
        (Some(ip), Some(public)) if ip.contains(':') => format!("[{ip}]:{public}->{inside}"),
        (Some(ip), Some(public)) => format!("{ip}:{public}->{inside}"),
        (None, Some(public)) => format!("{public}->{inside}"),
        (_, None) => inside,
    }
}

fn shortened(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_is_read_as_docker_ps_writes_it() {
        let listed =
            br#"[{ "Id": "4f0c", "Names": ["/web"], "Image": "nginx:1", "State": "running",
            "Status": "Up 2 hours (healthy)", "Labels": {"secret": "no"}, "Ports": [
                { "PrivatePort": 443, "Type": "tcp" },
                { "IP": "0.0.0.0", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp" },
                { "IP": "::", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp" }] },
            { "Id": "77aa", "State": "exited", "Status": "Exited (0) 3 days ago" }]"#;
        let seen = read(listed).expect("Docker's answer");
        let web = Container {
            name: "web".to_owned(),
            status: "running".to_owned(),
            health: "healthy".to_owned(),
            ports: ["0.0.0.0:8080->80/tcp", "[::]:8080->80/tcp", "443/tcp"]
                .map(str::to_owned)
                .to_vec(),
            image: Some("nginx:1".to_owned()),
        };
        let nameless = Container {
            name: "77aa".to_owned(),
            status: "exited".to_owned(),
            health: "none".to_owned(),
            ports: Vec::new(),
            image: None,
        };
        assert_eq!(seen, [web, nameless]);
    }

    #[test]
    fn what_is_no_list_of_containers_is_not_read() {
        for other in ["{}", "[{}]", "<html>", ""] {
            assert!(read(other.as_bytes()).is_err(), "{other}");
        }
    }
}
