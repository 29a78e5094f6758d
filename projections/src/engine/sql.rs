//! The statements that are generated from a row's declaration. Names come from the programme's own
//! constants only. Their argument is text that Postgres reads as `json`: read once and used once, it
//! costs a third less than `jsonb`.

use serde::Serialize;

use super::{ProjectError, Record, Row};

/// The argument of these statements.
pub(super) fn argument<R: Record>(values: &[impl Serialize]) -> Result<String, ProjectError> {
    serde_json::to_string(values)
        .map_err(|error| ProjectError::Broken(format!("a row of {}: {error}", R::TABLE)))
}

/// `$1` = keys as a JSON array of objects → rows as JSON text.
pub(super) fn load<R: Row>() -> String {
    let table = R::TABLE;
    let on = joined(R::KEY, " and ", |key| format!("t.\"{key}\" = k.\"{key}\""));
    format!(
        "select to_json(r)::text from (select {} from json_populate_recordset(null::\"{table}\", $1::json) k \
         join \"{table}\" t on {on}) r",
        columns::<R>("t.")
    )
}

/// `$1` = values as a JSON array of objects with one member → rows as JSON text.
pub(super) fn load_by<R: Row>(column: &str) -> String {
    let table = R::TABLE;
    format!(
        "select to_json(r)::text from (select {} from (select distinct \"{column}\" from \
         json_populate_recordset(null::\"{table}\", $1::json)) k join \"{table}\" t using (\"{column}\")) r",
        columns::<R>("t.")
    )
}

/// `$1` = rows as a JSON array.
pub(super) fn insert<R: Record>() -> String {
    let table = R::TABLE;
    format!(
        "insert into \"{table}\" ({}) select {} from json_populate_recordset(null::\"{table}\", $1::json)",
        columns::<R>(""),
        columns::<R>("")
    )
}

/// `$1` = rows as a JSON array.
pub(super) fn upsert<R: Row>() -> String {
    let rest: Vec<_> = R::COLUMNS
        .iter()
        .copied()
        .filter(|c| !R::KEY.contains(c))
        .collect();
    let conflict = joined(R::KEY, ", ", |key| format!("\"{key}\""));
    let set = joined(&rest, ", ", |column| {
        format!("\"{column}\" = excluded.\"{column}\"")
    });
    let action = if rest.is_empty() {
        "nothing".to_owned()
    } else {
        format!("update set {set}")
    };
    format!("{} on conflict ({conflict}) do {action}", insert::<R>())
}

/// `$1` = keys as a JSON array of objects.
pub(super) fn delete<R: Row>() -> String {
    let table = R::TABLE;
    let on = joined(R::KEY, " and ", |key| format!("t.\"{key}\" = k.\"{key}\""));
    format!(
        "delete from \"{table}\" t using json_populate_recordset(null::\"{table}\", $1::json) k where {on}"
    )
}

fn columns<R: Record>(prefix: &str) -> String {
    joined(R::COLUMNS, ", ", |column| format!("{prefix}\"{column}\""))
}

fn joined(names: &[&str], separator: &str, each: impl Fn(&str) -> String) -> String {
    names
        .iter()
        .map(|name| each(name.trim_start_matches("r#")))
        .collect::<Vec<_>>()
        .join(separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::row! {
        struct Pair in "pairs" key (a: i64, b: String) { a: i64, b: String, r#type: String }
    }

    #[test]
    fn an_upsert_is_one_statement_over_the_declared_columns() {
        assert_eq!(
            upsert::<Pair>(),
            "insert into \"pairs\" (\"a\", \"b\", \"type\") select \"a\", \"b\", \"type\" from \
             json_populate_recordset(null::\"pairs\", $1::json) on conflict (\"a\", \"b\") \
             do update set \"type\" = excluded.\"type\""
        );
    }
}
