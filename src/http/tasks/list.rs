//! `GET /api/v1/tasks`

use axum::extract::State;
use pantheon_events::agents::catalogue_type;
use pantheon_events::tasks::{Priority, TaskStatus};
use pantheon_projections::tasks::{self, TaskFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::representation::Task;
use crate::app::App;
use crate::http::cursor::Limit;
use crate::http::openapi::named;
use crate::http::{Answer, ApiQuery, Caller, Problem, ReadOptions};

const LIMIT: i64 = 20;
/// Further down pages are reached by cursor only.
const DEEPEST: i64 = 10_000;

/// Which tasks are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct TaskQuery {
    /// `pending`, `running`, `completed`, `failed` or `cancelled`.
    #[param(schema_with = named::<TaskStatus>, required = false)]
    status: Option<TaskStatus>,
    /// `P0`, `P1` or `P2`.
    #[param(schema_with = named::<Priority>, required = false)]
    priority: Option<Priority>,
    /// The repository they are about.
    repository_id: Option<Uuid>,
    /// A catalogue id, `<id>-agent` or the long name.
    agent_type: Option<String>,
    /// The issue they are about.
    issue_number: Option<i64>,
    /// The plan they belong to.
    plan_id: Option<Uuid>,
    /// Who is to do, does or did them.
    assigned_to: Option<String>,
    /// Only what the caller made.
    mine: bool,
    /// A part of the name or the description.
    #[param(max_length = 255)]
    search: Option<String>,
    /// From 1.
    #[param(minimum = 1)]
    page: Option<u32>,
    /// 1 to 200 (20).
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200)]
    limit: Option<Limit>,
    /// The `next_cursor` of the page before; wins over `page`.
    cursor: Option<String>,
}

impl TaskQuery {
    pub(crate) fn filter(&self, caller: &Caller) -> Result<TaskFilter, Problem> {
        if self
            .search
            .as_ref()
            .is_some_and(|text| text.chars().count() > 255)
        {
            return Err(Problem::malformed_field("search", "at most 255 characters"));
        }
        Ok(TaskFilter {
            status: self.status.map(TaskStatus::as_str),
            priority: self.priority.map(Priority::as_str),
            repository_id: self.repository_id,
            agent_type: self.agent_type.as_deref().map(stored_name),
            issue_number: self.issue_number,
            plan_id: self.plan_id,
            assigned_to: self.assigned_to.as_deref().map(stored_name),
            user_id: self.mine.then(|| tasks::creator(&caller.principal.id)),
            search: self.search.clone().filter(|text| !text.is_empty()),
        })
    }

    /// The place of a page, where none is given out: it has to be one all the same.
    pub(crate) fn check_place(&self) -> Result<(), Problem> {
        if let Some(after) = &self.cursor {
            tasks::check_cursor(after)?;
        }
        self.place().map(drop)
    }

    fn place(&self) -> Result<(i64, i64), Problem> {
        let page = i64::from(self.page.unwrap_or(1));
        let limit = self.limit.map_or(LIMIT, Limit::get);
        if page < 1 {
            return Err(Problem::malformed_field("page", "pages count from 1"));
        }
        if self.cursor.is_none() && page * limit > DEEPEST {
            let message =
                "pages end at 10 000 tasks; go on with `cursor` (the answer's next_cursor)";
            return Err(Problem::malformed_field("page", message));
        }
        Ok((page, limit))
    }
}

/// The id that is stored for a name; a name of no known type is looked for as it is.
fn stored_name(name: &str) -> String {
    catalogue_type(name).map_or_else(|| name.to_owned(), |known| known.id.to_owned())
}

/// One page of tasks.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskList {
    /// P0, P1, P2, then newest.
    tasks: Vec<Task>,
    /// How many there are in all.
    total: i64,
    /// This page.
    page: i64,
    /// Tasks on a page.
    limit: i64,
    /// The next page's cursor; `null` on the last page.
    next_cursor: Option<String>,
}

/// Tasks, the most urgent first.
#[utoipa::path(
    get, path = "/api/v1/tasks", tag = "tasks", params(TaskQuery),
    responses((status = 200, description = "one page", body = TaskList)),
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(query): ApiQuery<TaskQuery>,
) -> Result<Answer, Problem> {
    let filter = query.filter(&caller)?;
    let (number, limit) = query.place()?;
    let reached = read.stand(&app.reads, tasks::NAME, caller.tenant).await?;
    if let Some(unchanged) = read.not_modified(reached) {
        return Ok(unchanged);
    }
    let page = match &query.cursor {
        Some(after) => tasks::page(&app.reads, caller.tenant, &filter, Some(after), limit).await?,
        None => tasks::page_number(&app.reads, caller.tenant, &filter, number, limit).await?,
    };
    let total = tasks::total(&app.reads, caller.tenant, &filter).await?;
    let list = TaskList {
        tasks: page.items.into_iter().map(Task::from).collect(),
        total,
        page: number,
        limit,
        next_cursor: page.next_cursor,
    };
    Answer::found(&read, reached, list)
}
