//! The query API as a function of AWS Lambda: the router of `serve` behind API Gateway's HTTP API or a
//! function URL. Commands are refused, nothing is appended, and there is no bus.

mod event;
mod runtime;
mod says;

use std::collections::BTreeMap;
use std::process::ExitCode;

use tokio::time::Instant;
use tower::ServiceExt;

use self::runtime::{Invocation, Runtime};
use self::says::Answered;
use crate::config::{Config, Mode, Sources};
use crate::http::{Problem, Route};
use crate::node::Queries;

/// Where Lambda says that its runtime API is.
const RUNTIME: &str = "AWS_LAMBDA_RUNTIME_API";

/// Serves until Lambda ends the process.
#[must_use]
pub fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let served = match runtime {
        Ok(runtime) => runtime.block_on(run()),
        Err(error) => Err(error.into()),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pantheon-lambda: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    let Ok(address) = std::env::var(RUNTIME) else {
        anyhow::bail!(
            "{RUNTIME} is not set: this program runs on AWS Lambda; elsewhere, run `pantheon serve`"
        );
    };
    let runtime = Runtime::at(&address);
    let queries = match open().await {
        Ok(queries) => queries,
        Err(error) => {
            runtime.fail_to_start(&format!("{error:#}")).await?;
            return Err(error);
        }
    };
    let mut cold_start = true;
    loop {
        let invocation = runtime.next().await?;
        serve(&runtime, &queries, invocation, cold_start).await?;
        cold_start = false;
    }
}

async fn open() -> anyhow::Result<Queries> {
    let flags = BTreeMap::from([("role", "api".to_owned())]);
    let config = Config::load(&Sources::process(Mode::Serve, flags))?;
    crate::telemetry::start_log(&config.log, config.log_format)?;
    Queries::open(config).await
}

async fn serve(
    runtime: &Runtime,
    queries: &Queries,
    invocation: Invocation,
    cold_start: bool,
) -> anyhow::Result<()> {
    let started = Instant::now();
    let request = match event::request(&invocation.event) {
        Ok(request) => request,
        Err(error) => return runtime.fail(&invocation.id, &error.to_string()).await,
    };
    let response = match queries.catch_up().await {
        true => {
            let Ok(response) = queries.router().oneshot(request).await;
            response
        }
        false => unavailable(&invocation.id),
    };
    let route = response.extensions().get::<Route>();
    let route = route.map(|route| route.0.as_str().to_owned());
    let status = response.status().as_u16();
    let answer = event::answer(response).await;
    runtime.answer(&invocation.id, &answer).await?;
    let answered = Answered {
        request_id: &invocation.id,
        route: route.as_deref().unwrap_or_default(),
        status,
        took: started.elapsed(),
        cold_start,
        at: queries.now().timestamp_millis(),
    };
    println!("{}", answered.line());
    println!("{}", answered.metrics());
    Ok(())
}

/// Nobody is answered by what was true some time ago.
fn unavailable(id: &str) -> axum::response::Response {
    let detail = "The database does not answer. Nothing was changed; ask again.";
    Problem::unavailable("database_unavailable", detail, 1).render(id, None)
}
