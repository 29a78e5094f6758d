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

/// `$1` = keys as a JSON array of objects → rows.
pub(super) fn load<R: Row>(shape: &[String]) -> String {
    let table = R::TABLE;
    format!(
        "select {} from {} join \"{table}\" t on {}",
        columns::<R>("t."),
        passed::<R>(shape, R::KEY),
        same_key::<R>()
    )
}

/// `$1` = values as a JSON array of objects with one member → rows.
pub(super) fn load_by<R: Row>(shape: &[String], column: &str) -> String {
    let table = R::TABLE;
    format!(
        "select {} from (select distinct \"{column}\" from {}) k join \"{table}\" t using (\"{column}\")",
        columns::<R>("t."),
        passed::<R>(shape, &[column])
    )
}

/// `$1` = keys and these columns of rows that are there, as a JSON array of objects.
pub(super) fn update<R: Row>(shape: &[String], columns: &[&str]) -> String {
    let table = R::TABLE;
    let set = joined(columns, ", ", |column| {
        format!("\"{column}\" = k.\"{column}\"")
    });
    let mut all = R::KEY.to_vec();
    all.extend(columns);
    format!(
        "update \"{table}\" t set {set} from {} where {}",
        passed::<R>(shape, &all),
        same_key::<R>()
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
pub(super) fn delete<R: Row>(shape: &[String]) -> String {
    format!(
        "delete from \"{}\" t using {} where {}",
        R::TABLE,
        passed::<R>(shape, R::KEY),
        same_key::<R>()
    )
}

/// `$1` as rows `k` of these columns.
fn passed<R: Row>(shape: &[String], columns: &[&str]) -> String {
    let typed = joined(columns, ", ", |name| {
        let at = R::COLUMNS
            .iter()
            .position(|column| column.trim_start_matches("r#") == name);
        let of_type = at
            .and_then(|at| shape.get(at))
            .map_or("text", String::as_str);
        format!("\"{name}\" {of_type}")
    });
    format!("json_to_recordset($1::json) as k({typed})")
}

fn same_key<R: Row>() -> String {
    joined(R::KEY, " and ", |key| format!("t.\"{key}\" = k.\"{key}\""))
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
    fn an_update_passes_the_key_and_the_changed_columns_with_their_types() {
        let shape = ["bigint", "text", "text"].map(str::to_owned);
        assert_eq!(
            update::<Pair>(&shape, &["type"]),
            "update \"pairs\" t set \"type\" = k.\"type\" from json_to_recordset($1::json) as \
             k(\"a\" bigint, \"b\" text, \"type\" text) where t.\"a\" = k.\"a\" and t.\"b\" = k.\"b\""
        );
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
