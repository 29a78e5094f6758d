//! `pantheon command`: the generic door.

use clap::Args;
use serde_json::{Value, json};

use super::client::{Api, segment};
use super::{Failure, Global};

/// Sends any command to any aggregate.
#[derive(Debug, Args)]
pub struct Send {
    /// The aggregate type, as in `task`.
    aggregate: String,
    /// The command's name, as in `create_task`.
    command: String,
    /// The aggregate's id.
    id: String,
    /// The data: JSON text, `@file`, or `-` for standard input.
    #[arg(long, default_value = "{}")]
    data: String,
    /// The idempotency key; the server makes one up when left out.
    #[arg(long)]
    command_id: Option<String>,
    /// The stream's sequence that the command insists on.
    #[arg(long)]
    expected_sequence: Option<String>,
}

impl Send {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let data: Value = serde_json::from_str(&text(self.data).await?)
            .map_err(|error| Failure::usage(format!("--data is not JSON: {error}")))?;
        let mut body = json!({ "id": self.id, "data": data });
        if let Some(sequence) = self.expected_sequence {
            body["expected_sequence"] = Value::String(sequence);
        }
        if let Some(id) = self.command_id {
            body["command_id"] = Value::String(id);
        }
        let path = format!(
            "/api/v1/commands/{}/{}",
            segment(&self.aggregate),
            segment(&self.command)
        );
        let answer = Api::new(global)?.post(&path, &body).await?;
        Ok(global.output.one(&answer)?)
    }
}

async fn text(data: String) -> Result<String, Failure> {
    if data == "-" {
        // Nobody may ever write there: the wait must not keep a signal out.
        let read = tokio::task::spawn_blocking(|| std::io::read_to_string(std::io::stdin()));
        return Ok(read
            .await
            .map_err(|error| Failure::failed(error.to_string()))??);
    }
    match data.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| Failure::usage(format!("{path} cannot be read: {error}"))),
        None => Ok(data),
    }
}
