//! Reports of rebuilds and verifications, for people and programs.

use serde_json::{Value, json};

use crate::cli::output::{Format, line};
use crate::cli::{Exit, Failure};

const TABLES: [&str; 4] = ["table", "rows", "only_live", "only_rebuilt"];
const REBUILDS: [&str; 7] = [
    "id",
    "kind",
    "state",
    "position",
    "started_at",
    "finished_at",
    "error",
];
const PARKED: [&str; 5] = [
    "aggregate_type",
    "aggregate_id",
    "position",
    "attempts",
    "error",
];

/// The report with the tables that differ once more under `differences`, as the API answers it.
pub fn compared(mut report: Value) -> Value {
    if report["differences"].is_array() || !report.is_object() {
        return report;
    }
    let tables = report["tables"].as_array().cloned().unwrap_or_default();
    let differing: Vec<Value> = tables.into_iter().filter(differs).collect();
    report["differences"] = json!(differing);
    report
}

fn differs(table: &Value) -> bool {
    ["only_live", "only_rebuilt"]
        .iter()
        .any(|side| table[*side].as_i64().is_some_and(|rows| rows > 0))
}

/// Prints a report; as a table, every difference with its examples.
pub fn print(report: &Value, format: Format) -> Result<(), Failure> {
    if format != Format::Table {
        return Ok(format.one(report)?);
    }
    let tables = under(report, "tables");
    format.one(&without(report, &["tables", "differences"]))?;
    line("")?;
    format.list(&tables, &TABLES)?;
    for table in under(report, "differences") {
        for (side, name) in [("live", "only live"), ("rebuilt", "only rebuilt")] {
            for row in under(&table["examples"], side) {
                line(&format!(
                    "{} {name}: {row}",
                    table["table"].as_str().unwrap_or("-")
                ))?;
            }
        }
    }
    Ok(())
}

/// Prints how a projection is; as a table, its parked streams and rebuilds below.
pub fn status(status: &Value, format: Format) -> Result<(), Failure> {
    if format != Format::Table {
        return Ok(format.one(status)?);
    }
    format.one(&without(status, &["parked_streams", "rebuilds"]))?;
    for (name, columns) in [("parked_streams", &PARKED[..]), ("rebuilds", &REBUILDS)] {
        let items = under(status, name);
        if !items.is_empty() {
            line("")?;
            format.list(&items, columns)?;
        }
    }
    Ok(())
}

/// Whether the live rows are what the log gives.
pub fn verdict(report: &Value) -> Result<(), Failure> {
    let count = |side: &str| -> i64 {
        let tables = under(report, "differences");
        tables.iter().filter_map(|table| table[side].as_i64()).sum()
    };
    match (count("only_live"), count("only_rebuilt")) {
        (0, 0) => Ok(()),
        (live, rebuilt) => Err(Failure::new(
            Exit::Verification,
            format!(
                "the model is not what the log gives: {live} rows are only in it, {rebuilt} are \
                 missing from it"
            ),
        )),
    }
}

fn under(value: &Value, name: &str) -> Vec<Value> {
    value[name].as_array().cloned().unwrap_or_default()
}

fn without(value: &Value, names: &[&str]) -> Value {
    let mut rest = value.clone();
    if let Some(fields) = rest.as_object_mut() {
        fields.retain(|name, _| !names.contains(&name.as_str()));
    }
    rest
}
