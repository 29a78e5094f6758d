//! What was measured, as a table and as JSON.

use std::path::Path;

use anyhow::{Context, Result};
use comfy_table::{Table, presets};
use serde::Serialize;

/// One line of the table.
#[derive(Debug, Serialize)]
pub struct Measure {
    /// The row, e.g. `P1`; a second comparison of the same row has a suffix.
    pub id: String,
    /// What Pantheon does, in `unit`; nothing when it could not be measured.
    pub value: Option<f64>,
    pub unit: &'static str,
    /// What the peer does, in the same unit; nothing when the bar is no ratio.
    pub baseline: Option<f64>,
    /// `value` by `baseline`.
    pub ratio: Option<f64>,
    /// What the ratio is held against, or the value when there is no ratio.
    pub bar: f64,
    pub ok: bool,
    /// Which peer, and how it was measured.
    pub note: String,
}

/// On which side of its bar a measure has to be.
#[derive(Clone, Copy, Debug)]
pub enum Bar {
    AtLeast(f64),
    AtMost(f64),
}

impl Bar {
    fn get(self) -> f64 {
        let (Self::AtLeast(bar) | Self::AtMost(bar)) = self;
        bar
    }

    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bar) => value >= bar,
            Self::AtMost(bar) => value <= bar,
        }
    }
}

impl Measure {
    /// The ratio of the value to the baseline is held against the bar.
    pub fn ratio(
        id: impl Into<String>,
        unit: &'static str,
        (value, baseline): (f64, f64),
        bar: Bar,
        note: impl Into<String>,
    ) -> Self {
        let ratio = value / baseline;
        Self {
            id: id.into(),
            value: Some(rounded(value)),
            unit,
            baseline: Some(rounded(baseline)),
            ratio: Some(rounded(ratio)),
            bar: rounded(bar.get()),
            ok: bar.holds(ratio),
            note: note.into(),
        }
    }

    /// The value itself is held against the bar.
    pub fn value(
        id: impl Into<String>,
        unit: &'static str,
        value: f64,
        bar: Bar,
        note: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            value: Some(rounded(value)),
            unit,
            baseline: None,
            ratio: None,
            bar: rounded(bar.get()),
            ok: bar.holds(value),
            note: note.into(),
        }
    }

    /// A row that broke off. It counts as missed, and the other rows go on.
    pub fn failed(id: impl Into<String>, error: &anyhow::Error) -> Self {
        Self {
            id: id.into(),
            value: None,
            unit: "",
            baseline: None,
            ratio: None,
            bar: 0.0,
            ok: false,
            note: format!("not measured: {error:#}"),
        }
    }

    /// Further holds that a row makes; it is missed when one of them is.
    #[must_use]
    pub fn and(mut self, holds: bool) -> Self {
        self.ok &= holds;
        self
    }
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
            row.id.clone(),
            row.value.map_or_else(|| "–".to_owned(), shown),
            row.unit.to_owned(),
            row.baseline.map_or_else(|| "–".to_owned(), shown),
            row.ratio
                .map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}")),
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

const BEGIN: &str = "<!-- the last run -->";
const END: &str = "<!-- so far -->";

/// Puts the table into a document, between its marks.
pub fn publish(measures: &[Measure], heading: &str, path: &Path) -> Result<()> {
    let document =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let (before, rest) = document.split_once(BEGIN).context("no mark of a table")?;
    let (_, after) = rest.split_once(END).context("no end of a table")?;
    let table = table(measures);
    let text = format!("{before}{BEGIN}\n{heading}\n\n{table}\n{END}{after}");
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_held_against_its_bar_in_the_right_direction() {
        let both = (50.0, 100.0);
        assert!(Measure::ratio("P4", "µs", both, Bar::AtMost(0.7), "").ok);
        assert!(!Measure::ratio("P1", "commands/s", both, Bar::AtLeast(8.0), "").ok);
        assert!(Measure::value("P15", "ms", 300.0, Bar::AtMost(1000.0), "").ok);
        assert!(
            !Measure::value("P15", "ms", 300.0, Bar::AtMost(1000.0), "")
                .and(false)
                .ok
        );
    }

    #[test]
    fn the_median_of_an_odd_number_of_rounds_is_the_middle_one() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
    }
}
