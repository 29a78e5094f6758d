//! Printing data: a table for people, JSON for programs.

use std::io::{self, Write};

use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

/// How data are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Columns.
    Table,
    /// One indented document: what the API answers.
    Json,
    /// One document a line: the items of a list.
    Ndjson,
}

impl Format {
    /// Prints a page of the API: its items as lines, or the whole answer.
    pub fn page(self, answer: &Value, columns: &[&str]) -> io::Result<()> {
        match self {
            Self::Json => document(answer),
            _ => self.list(items(answer), columns),
        }
    }

    /// Prints a list; in a table with these fields as columns.
    pub fn list(self, items: &[Value], columns: &[&str]) -> io::Result<()> {
        match self {
            Self::Table => line(&table(items, columns)),
            Self::Json => document(&Value::Array(items.to_vec())),
            Self::Ndjson => items.iter().try_for_each(|item| line(&item.to_string())),
        }
    }

    /// Prints one thing; in a table one line a field.
    pub fn one(self, item: &Value) -> io::Result<()> {
        match self {
            Self::Table => line(&fields(item)),
            _ => self.document(item),
        }
    }

    /// Prints what is JSON by nature and has no table.
    pub fn document(self, value: &Value) -> io::Result<()> {
        match self {
            Self::Ndjson => line(&value.to_string()),
            _ => document(value),
        }
    }
}

/// The items of a page.
pub fn items(answer: &Value) -> &[Value] {
    answer["items"].as_array().map_or(&[], Vec::as_slice)
}

fn document(value: &Value) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
    line(&text)
}

/// Writes one line to stdout. A reader that has gone (`| head`) is an error, not a panic.
pub fn line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}

fn table(items: &[Value], columns: &[&str]) -> String {
    let mut table = plain();
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(columns.iter().map(|name| name.to_uppercase()));
    for item in items {
        table.add_row(columns.iter().map(|name| cell(&item[*name])));
    }
    table.trim_fmt()
}

/// One line a field, never wrapped: a token or a key is copied from here.
fn fields(item: &Value) -> String {
    let mut table = plain();
    let mut rows = Vec::new();
    flatten("", item, &mut rows);
    table.add_rows(rows);
    table.trim_fmt()
}

fn flatten(name: &str, value: &Value, rows: &mut Vec<[String; 2]>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (field, value) in fields {
                match name {
                    "" => flatten(field, value, rows),
                    name => flatten(&format!("{name}.{field}"), value, rows),
                }
            }
        }
        other => rows.push([name.to_owned(), cell(other)]),
    }
}

fn plain() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_thing_has_one_line_a_field_however_long_and_deep() {
        let token = "t".repeat(900);
        let text = fields(&json!({ "id": "a", "credentials": { "token": token, "url": null } }));
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(lines[1].starts_with("credentials.token") && lines[1].ends_with(&token));
        assert!(lines[2].ends_with(" -"), "{text}");
    }
}
