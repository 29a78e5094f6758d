//! `POST /api/v1/tasks/plan`: what would follow. Nothing is stored.

use garde::Validate;
use pantheon_events::InvalidCommand;
use pantheon_events::command::check_fields;
use pantheon_events::plans::PlannedTask;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, Schema};

use super::analysis::GraphAnalysis;
use crate::domain::plans::analysis::Graph;
use crate::http::openapi::named;
use crate::http::{Answer, ApiJson, Problem};

/// Tasks, and which of them waits for which.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PlanQuestion {
    /// At most 1000.
    #[schema(schema_with = planned)]
    #[garde(length(max = 1000), dive)]
    tasks: Vec<PlannedTask>,
}

/// The tasks of a plan, for the document.
pub(super) fn planned() -> Schema {
    let tasks = ArrayBuilder::new().items(named::<PlannedTask>());
    Schema::Array(tasks.max_items(Some(1_000)).build())
}

/// What follows from the tasks.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlanAnswer {
    /// How many there are.
    total_tasks: usize,
    /// How long they take one after the other.
    estimated_duration_minutes: i64,
    #[serde(flatten)]
    analysis: GraphAnalysis,
}

/// What would follow from a plan: levels, circles, the critical path. A circle is an answer.
#[utoipa::path(
    post, path = "/api/v1/tasks/plan", tag = "plans", request_body = PlanQuestion,
    responses((status = 200, description = "what follows", body = PlanAnswer)),
)]
pub async fn analyse(ApiJson(asked): ApiJson<PlanQuestion>) -> Result<Answer, Problem> {
    check_fields(&asked)?;
    let graph = Graph::planned(&asked.tasks).map_err(InvalidCommand::OutOfBounds)?;
    let analysis = GraphAnalysis::from(&graph);
    Answer::plain(PlanAnswer {
        total_tasks: asked.tasks.len(),
        estimated_duration_minutes: analysis.sequential_minutes(),
        analysis,
    })
}
