//! `POST /api/v1/database/import`: commands, one a line, each under the caller's own permissions.
//! Read models are folds of the log; nothing else writes them.

use axum::extract::State;
use pantheon_events::database::RecordImport;
use pantheon_events::{CommandContext, CommandId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::auth::{Grant, Need};
use crate::http::{Answer, ApiLines, ApiQuery, Caller, CommandHeaders, Problem};
use crate::processes::database::allowed;
use crate::processes::generic::execute;

/// Most lines of an import.
const MOST: usize = 10_000;

/// How.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct How {
    /// Only look: say which lines could not be carried out as they are.
    dry_run: bool,
}

/// One line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    command_id: CommandId,
    aggregate: String,
    command: String,
    id: String,
    data: Box<RawValue>,
}

/// What became of a line.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportedLine)]
pub struct Told {
    /// From 1.
    line: usize,
    status: Status,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportedLineStatus)]
enum Status {
    Accepted,
    Duplicate,
    Rejected,
}

/// What became of an import.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DatabaseImport)]
pub struct Imported {
    accepted: i64,
    duplicate: i64,
    rejected: i64,
    lines: Vec<Told>,
}

/// Brings commands in, line by line: `{command_id, aggregate, command, id, data}`. A line that was
/// carried out before is a duplicate.
#[utoipa::path(post, path = "/api/v1/database/import", tag = "database", params(How),
    request_body(content = String, content_type = "application/x-ndjson"),
    responses((status = 200, description = "What became of each line", body = Imported)))]
pub async fn import(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiQuery(how): ApiQuery<How>,
    ApiLines(body): ApiLines,
) -> Result<Answer, Problem> {
    allowed(&app.commands.organizations, caller.tenant).await?;
    let lines: Vec<&[u8]> = body
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .collect();
    if lines.iter().filter(|line| !line.is_empty()).count() > MOST {
        let message = format!("at most {MOST} lines; send the rest in another import");
        return Err(Problem::invalid("lines", message));
    }
    let mut told = Vec::new();
    for (n, text) in (1..).zip(lines).filter(|(_, text)| !text.is_empty()) {
        let (status, code) = match line(&app, &caller, &headers, text, how.dry_run).await {
            Ok(false) => (Status::Accepted, None),
            Ok(true) => (Status::Duplicate, None),
            // What is away now says nothing of the line: those before it are duplicates next time.
            Err(problem) if problem.status.is_server_error() => return Err(problem),
            Err(problem) => (Status::Rejected, Some(problem.code.into_owned())),
        };
        told.push(Told {
            line: n,
            status,
            code,
        });
    }
    let count = |wanted| told.iter().filter(|told| told.status == wanted).count() as i64;
    let imported = Imported {
        accepted: count(Status::Accepted),
        duplicate: count(Status::Duplicate),
        rejected: count(Status::Rejected),
        lines: told,
    };
    if how.dry_run {
        return Answer::plain(imported);
    }
    let note = RecordImport {
        accepted: imported.accepted,
        duplicate: imported.duplicate,
        rejected: imported.rejected,
    };
    let by = headers.context(&caller);
    let stream = caller.tenant.to_string();
    let receipt = app.commands.databases.dispatch(&stream, note, by).await?;
    Answer::done(&receipt, imported)
}

/// Carries out a line; whether it had been carried out before.
async fn line(
    app: &App,
    caller: &Caller,
    headers: &CommandHeaders,
    text: &[u8],
    dry_run: bool,
) -> Result<bool, Problem> {
    let line: Line = pantheon_events::json::read_json(text)?;
    let known = app
        .commands
        .specs()
        .find(|spec| spec.aggregate == line.aggregate && spec.name == line.command);
    let spec = known.ok_or_else(Problem::not_found)?;
    let need = Need::Command(spec.aggregate, spec.name);
    let grant = caller.may(need, Some(&line.id))?;
    let by = CommandContext {
        own_only: grant == Grant::Own && caller.principal.agent.is_none(),
        expected_sequence: None,
        ..CommandHeaders {
            command_id: Some(line.command_id),
            ..headers.clone()
        }
        .context(caller)
    };
    let names = (spec.aggregate, spec.name);
    let data = line.data.get().as_bytes();
    if dry_run {
        app.commands.check(names, data)?;
        return Ok(false);
    }
    let receipt = execute(app, names, &line.id, data, by).await?;
    Ok(receipt.replayed)
}
