//! Rebuilds, verifications and replays: the server works on its own, the caller waits for the end
//! however long it takes, over lost connections and restarts.

use std::pin::pin;
use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, interval, sleep};

use crate::cli::client::{Api, ApiError, segment};
use crate::cli::progress::{Beside, Progress};
use crate::cli::{Exit, Failure};

const LOOK: Duration = Duration::from_millis(500);
/// How long a server that has gone is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// One piece of work on a projection.
pub struct Work<'a> {
    /// The projection.
    pub name: &'a str,
    /// What the books call it.
    pub kind: &'static str,
    /// Where it is asked for.
    pub path: &'a str,
    /// How it is asked for.
    pub body: Value,
}

impl Work<'_> {
    /// Has it done and gives the report.
    pub async fn finished(&self, api: &Api) -> Result<Value, Failure> {
        let before = self.status(api).await?;
        let newest = before["rebuilds"][0]["id"].as_i64().unwrap_or(0);
        let total = before["position"].as_str().and_then(|at| at.parse().ok());
        let mut progress = Progress::new("events", total, Beside::Nothing);
        match self.started(api, newest, &mut progress).await {
            Ok(answer) if answer["state"] != "building" => Ok(answer),
            Err(error) if !error.passes() => Err(error.into()),
            _ => {
                eprintln!(
                    "the {} goes on at the server; waiting for its end",
                    self.kind
                );
                self.awaited(api, newest, &mut progress).await
            }
        }
    }

    /// Asks for it, and looks how far it is until there is an answer.
    async fn started(
        &self,
        api: &Api,
        newest: i64,
        progress: &mut Progress,
    ) -> Result<Value, ApiError> {
        let mut asked = pin!(api.post(self.path, &self.body));
        let mut looks = interval(LOOK);
        loop {
            tokio::select! {
                answer = asked.as_mut() => return answer,
                _ = looks.tick() => if let Ok(status) = self.status(api).await {
                    tell(progress, self.line(&status, newest));
                },
            }
        }
    }

    /// Looks at the books until its line there says that it has ended.
    async fn awaited(
        &self,
        api: &Api,
        newest: i64,
        progress: &mut Progress,
    ) -> Result<Value, Failure> {
        let mut heard = Instant::now();
        loop {
            match self.status(api).await {
                Ok(status) => {
                    heard = Instant::now();
                    let line = self.line(&status, newest).ok_or_else(|| {
                        Failure::failed(format!(
                            "the {} was not begun; ask for it again",
                            self.kind
                        ))
                    })?;
                    tell(progress, Some(line));
                    match line["state"].as_str().unwrap_or_default() {
                        "building" => {}
                        "failed" => return Err(failed(line)),
                        _ => return Ok(line["report"].clone()),
                    }
                }
                Err(error) if error.passes() && heard.elapsed() < PATIENCE => {}
                Err(error) => return Err(error.into()),
            }
            sleep(LOOK).await;
        }
    }

    async fn status(&self, api: &Api) -> Result<Value, ApiError> {
        let path = format!("/api/v1/projections/{}", segment(self.name));
        api.get(&path, &[]).await
    }

    /// Its line in the books: the first one of its kind since it was asked for.
    fn line<'s>(&self, status: &'s Value, newest: i64) -> Option<&'s Value> {
        let lines = status["rebuilds"].as_array()?.iter().rev();
        lines
            .filter(|line| line["kind"] == self.kind)
            .find(|line| line["id"].as_i64().is_some_and(|id| id > newest))
    }
}

fn tell(progress: &mut Progress, line: Option<&Value>) {
    let at = line.and_then(|line| line["position"].as_str()?.parse().ok());
    if let Some(at) = at {
        progress.at(at);
    }
}

fn failed(line: &Value) -> Failure {
    let error = line["error"].as_str().unwrap_or("the books do not say why");
    let exit = match error.starts_with("integrity:") {
        true => Exit::Verification,
        false => Exit::Failed,
    };
    Failure::new(exit, error)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn its_line_is_the_first_of_its_kind_since_it_was_asked_for() {
        let work = Work {
            name: "tasks",
            kind: "verify",
            path: "",
            body: Value::Null,
        };
        let line = |id: i64, kind: &str| json!({ "id": id, "kind": kind });
        let status = json!({ "rebuilds": [
            line(9, "verify"), line(8, "verify"), line(7, "rebuild"), line(6, "verify"),
        ] });
        assert_eq!(work.line(&status, 6), Some(&line(8, "verify")));
        assert_eq!(work.line(&status, 9), None);
    }

    #[test]
    fn a_log_with_a_hole_is_no_ordinary_failure() {
        let hole = json!({ "error": "integrity: expected position 3, found 4" });
        assert_eq!(failed(&hole).exit, Exit::Verification);
        let ended = json!({ "error": "its process ended" });
        assert_eq!(failed(&ended).exit, Exit::Failed);
    }
}
