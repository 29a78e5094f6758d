//! What was measured, as a table and as JSON.

use std::path::Path;

use anyhow::{Context, Result};
use comfy_table::{Table, presets};
use serde::Serialize;

/// One line of the table.
#[derive(Debug, Serialize)]
pub struct Measure {
    /// The row, e.g. `P1`; a second comparison of the same row has a suffix.
    pub id: &'static str,
    /// What Pantheon does, in `unit`.
    pub value: f64,
    pub unit: &'static str,
    /// What the peer does, in the same unit.
    pub baseline: f64,
    /// `value` by `baseline`.
    pub ratio: f64,
    /// What the ratio is held against.
    pub bar: f64,
    pub ok: bool,
    /// Which peer, and how it was measured.
    pub note: String,
}

impl Measure {
    /// More is better.
    pub fn at_least(id: &'static str, unit: &'static str, of: Of, bar: f64, note: String) -> Self {
        let mut measure = Self::of(id, unit, of, bar, note);
        measure.ok = measure.ratio >= bar;
        measure
    }

    /// Less is better.
    pub fn at_most(id: &'static str, unit: &'static str, of: Of, bar: f64, note: String) -> Self {
        let mut measure = Self::of(id, unit, of, bar, note);
        measure.ok = measure.ratio <= bar;
        measure
    }

    fn of(id: &'static str, unit: &'static str, of: Of, bar: f64, note: String) -> Self {
        Self {
            id,
            value: rounded(of.value),
            unit,
            baseline: rounded(of.baseline),
            ratio: rounded(of.value / of.baseline),
            bar,
            ok: false,
            note,
        }
    }
}

/// A value and what it is compared with.
#[derive(Clone, Copy)]
pub struct Of {
    pub value: f64,
    pub baseline: f64,
}

/// To three digits behind the point.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// The middle value; 0 of none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// For people.
pub fn table(measures: &[Measure]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header([
        "id", "value", "unit", "baseline", "ratio", "bar", "ok", "note",
    ]);
    for row in measures {
        table.add_row([
            row.id.to_owned(),
            shown(row.value),
            row.unit.to_owned(),
            shown(row.baseline),
            format!("{:.2}", row.ratio),
            row.bar.to_string(),
            if row.ok { "yes" } else { "NO" }.to_owned(),
            row.note.clone(),
        ]);
    }
    table
}

fn shown(value: f64) -> String {
    if value < 100.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.0}")
    }
}

/// For programs.
pub fn write(measures: &[Measure], path: &Path) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let text = serde_json::to_string_pretty(measures)? + "\n";
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_held_against_its_bar_in_the_right_direction() {
        let of = Of {
            value: 50.0,
            baseline: 100.0,
        };
        assert!(Measure::at_most("P4", "µs", of, 0.7, String::new()).ok);
        assert!(!Measure::at_least("P1", "commands/s", of, 8.0, String::new()).ok);
    }

    #[test]
    fn the_median_of_an_odd_number_of_rounds_is_the_middle_one() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
    }
}
