//! `POST /api/v1/commands/{aggregate}/{command}`: any command.

use axum::extract::State;
use pantheon_events::{CommandId, Sequence};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::Verdict;
use crate::app::App;
use crate::auth::{Grant, Need};
use crate::http::openapi::maybe;
use crate::http::{Answer, ApiJson, ApiPath, Caller, CommandHeaders, Problem};
use crate::processes::generic::execute;

/// A command for the generic door.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// The aggregate's id; left out for a new aggregate, it is derived from the command id.
    #[serde(default)]
    pub id: Option<String>,
    /// The command's data, by the schema in the catalogue.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Object)]
    pub data: Option<Box<RawValue>>,
    /// The stream's sequence that the caller decided on.
    #[serde(default)]
    #[schema(schema_with = maybe::<Sequence>)]
    pub expected_sequence: Option<Sequence>,
    /// The idempotency key, when it is not in the header.
    #[serde(default)]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub command_id: Option<CommandId>,
}

/// What is there, also when it is `null`: that is no command's data.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(Some)
}

/// Sends any command of any aggregate, under the permission that its own door would ask for.
#[utoipa::path(post, path = "/api/v1/commands/{aggregate}/{command}", tag = "commands",
    params(("aggregate" = String, Path), ("command" = String, Path)), request_body = Sent,
    responses((status = 200, description = "The verdict", body = ref("#/components/schemas/CommandVerdict"))))]
pub async fn send(
    State(app): State<App>,
    caller: Caller,
    mut headers: CommandHeaders,
    ApiPath((aggregate, command)): ApiPath<(String, String)>,
    ApiJson(sent): ApiJson<Sent>,
) -> Result<Answer, Problem> {
    let known = app
        .commands
        .specs()
        .find(|s| s.aggregate == aggregate && s.name == command);
    let Some(spec) = known else {
        return Err(Problem::not_found());
    };
    if headers.command_id.is_some()
        && sent
            .command_id
            .is_some_and(|id| headers.command_id != Some(id))
    {
        return Err(Problem::malformed_field(
            "command_id",
            "differs from the Idempotency-Key",
        ));
    }
    headers.command_id = headers.command_id.or(sent.command_id);
    headers.expected = headers.expected.or(sent.expected_sequence);
    let mut by = headers.context(&caller);
    let id = match sent.id {
        Some(id) => id,
        None if spec.creates => by.command_id.created(spec.aggregate).to_string(),
        None => return Err(Problem::invalid("id", "name the aggregate's id")),
    };
    let need = Need::Command(spec.aggregate, spec.name);
    let grant = caller.may(need, Some(&id))?;
    by.own_only = grant == Grant::Own && caller.principal.agent.is_none();
    let data = sent.data.as_deref().map_or("{}", RawValue::get);
    let receipt = execute(&app, (&aggregate, &command), &id, data.as_bytes(), by).await?;
    Answer::stamped_with(&receipt, &Verdict::of(&aggregate, &receipt))
}
