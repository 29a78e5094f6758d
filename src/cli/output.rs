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
    /// One indented document.
    Json,
    /// One document a line.
    Ndjson,
}

impl Format {
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
            Self::Json => document(item),
            Self::Ndjson => line(&item.to_string()),
        }
    }
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
    table.set_header(columns.iter().map(|name| name.to_uppercase()));
    for item in items {
        table.add_row(columns.iter().map(|name| cell(&item[*name])));
    }
    table.trim_fmt()
}

fn fields(item: &Value) -> String {
    let mut table = plain();
    match item {
        Value::Object(fields) => {
            for (name, value) in fields {
                table.add_row([name.clone(), cell(value)]);
            }
        }
        other => {
            table.add_row([cell(other)]);
        }
    }
    table.trim_fmt()
}

fn plain() -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
