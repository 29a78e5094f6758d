//! One line of JSON per answer, for log queries, and one in CloudWatch's embedded metric format, for
//! alarms.

use std::time::Duration;

use serde_json::{Value, json};

/// What is said of one answer.
#[derive(Clone, Debug)]
pub struct Answered<'a> {
    /// The invocation.
    pub request_id: &'a str,
    /// The route, with `{id}` for an id; the empty text for none.
    pub route: &'a str,
    /// The status.
    pub status: u16,
    /// How long it took.
    pub took: Duration,
    /// Whether it is the first of this process.
    pub cold_start: bool,
    /// Milliseconds since the Unix epoch.
    pub at: i64,
}

impl Answered<'_> {
    /// The line for log queries.
    #[must_use]
    pub fn line(&self) -> Value {
        json!({
            "level": if self.status >= 500 { "ERROR" } else { "INFO" },
            "message": "answered",
            "request_id": self.request_id,
            "route": self.route,
            "status": self.status,
            "latency_ms": self.latency(),
            "cold_start": self.cold_start,
        })
    }

    /// The line for alarms.
    #[must_use]
    pub fn metrics(&self) -> Value {
        let counted = |yes: bool| i32::from(yes);
        json!({
            "_aws": {
                "Timestamp": self.at,
                "CloudWatchMetrics": [{
                    "Namespace": "Pantheon/Lambda",
                    "Dimensions": [[]],
                    "Metrics": [
                        { "Name": "Requests", "Unit": "Count" },
                        { "Name": "ClientErrors", "Unit": "Count" },
                        { "Name": "ServerErrors", "Unit": "Count" },
                        { "Name": "Latency", "Unit": "Milliseconds" },
                    ],
                }],
            },
            "Requests": 1,
            "ClientErrors": counted((400..500).contains(&self.status)),
            "ServerErrors": counted(self.status >= 500),
            "Latency": self.latency(),
        })
    }

    fn latency(&self) -> f64 {
        (self.took.as_secs_f64() * 10_000.0).round() / 10.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_one_line_and_one_set_of_figures() {
        let answered = Answered {
            request_id: "r",
            route: "/api/v1/tasks/{id}",
            status: 404,
            took: Duration::from_micros(1_260),
            cold_start: true,
            at: 7,
        };
        let line = answered.line();
        assert_eq!(line["route"], "/api/v1/tasks/{id}");
        assert_eq!(
            (&line["latency_ms"], &line["cold_start"]),
            (&json!(1.3), &json!(true))
        );
        let figures = answered.metrics();
        assert_eq!(
            (&figures["ClientErrors"], &figures["ServerErrors"]),
            (&json!(1), &json!(0))
        );
        let named = figures["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array();
        for metric in named.expect("metrics") {
            let name = metric["Name"].as_str().expect("a name");
            assert!(figures[name].is_number(), "{name}");
        }
    }
}
