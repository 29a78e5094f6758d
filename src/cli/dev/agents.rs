//! Enrolling the simulated agents, the way any agent is enrolled.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use pantheon_events::agents::{CATALOGUE, EnrollAgent, MemberKind};
use pantheon_events::{Actor, AgentId, CommandContext, TenantId};
use pantheon_nats::AgentCredentials;

use crate::app::App;
use crate::cli::Failure;
use crate::processes::settle;

/// Enrols so many agents: the catalogue's, then second and further ones of each kind. Their keys
/// are kept beside the data, so that the next start continues with the same agents.
pub(super) async fn enroll(app: &App, count: usize) -> Result<Vec<AgentCredentials>, Failure> {
    let keys = app.config.data_dir.join("agents");
    std::fs::create_dir_all(&keys)?;
    let mut all = Vec::with_capacity(count);
    for n in 0..count {
        let kind = &CATALOGUE[n % CATALOGUE.len()];
        let round = n / CATALOGUE.len() + 1;
        let id = if round == 1 {
            kind.id.to_owned()
        } else {
            format!("{}-{round}", kind.id)
        };
        let agent: AgentId = id
            .parse()
            .map_err(|error| Failure::failed(format!("{id}: {error}")))?;
        let credentials = credentials(&keys, agent)?;
        admit(app, kind.id, &credentials).await?;
        all.push(credentials);
    }
    Ok(all)
}

/// The command id is derived from the key, so a second start changes nothing.
async fn admit(app: &App, kind: &str, credentials: &AgentCredentials) -> Result<(), Failure> {
    let id = pantheon_events::CommandId::of_key(&["dev enrol", &credentials.public_key]);
    let by = CommandContext::new(
        TenantId::default_organization(),
        Actor::system("dev"),
        Some(id),
    );
    let command = EnrollAgent {
        public_key: credentials.public_key.clone(),
        agent_type: kind.to_owned(),
        kind: MemberKind::Agent,
        name: None,
        layer: None,
        capabilities: Vec::new(),
    };
    let enrolled = app
        .commands
        .agents
        .dispatch(credentials.agent.as_str(), command, by)
        .await;
    settle(enrolled).map_err(|error| Failure::failed(error.to_string()))
}

fn credentials(dir: &Path, agent: AgentId) -> Result<AgentCredentials, Failure> {
    let failed = |error: pantheon_nats::BusError| Failure::failed(error.to_string());
    let path = dir.join(format!("{agent}.seed"));
    if path.exists() {
        let seed = std::fs::read_to_string(&path)?;
        return AgentCredentials::from_seed(agent, seed.trim().to_owned()).map_err(failed);
    }
    let credentials = AgentCredentials::generate(agent).map_err(failed)?;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)?;
    writeln!(file, "{}", credentials.seed)?;
    Ok(credentials)
}
