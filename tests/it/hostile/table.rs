//! `docs/SECURITY.md` says which tests prove what; here it is held against the tree.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};

use crate::guarantees::table::{functions, root};

/// One row of S01–S12.
#[derive(Debug, Default)]
struct Row {
    state: String,
    tests: BTreeSet<String>,
    missing: String,
}

fn document() -> Result<String> {
    Ok(std::fs::read_to_string(root().join("docs/SECURITY.md"))?)
}

/// What stands between backticks and reads like a test's name: a sentence.
fn sentences(text: &str) -> impl Iterator<Item = String> {
    let quoted = text.split('`').skip(1).step_by(2);
    let is_sentence = |word: &&str| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        word.matches('_').count() >= 3 && word.chars().all(plain)
    };
    // Metrics are words of the program.
    let is_test = |word: &&str| !word.starts_with("pantheon_");
    quoted
        .filter(is_sentence)
        .filter(is_test)
        .map(str::to_owned)
}

fn rows() -> Result<BTreeMap<String, Row>> {
    let mut rows = BTreeMap::new();
    for line in document()?.lines().filter(|line| line.starts_with("| S")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, state, tests, missing] = cells[..] else {
            anyhow::bail!("a row of four columns: {line}");
        };
        let row = Row {
            state: state.to_owned(),
            tests: sentences(tests).collect(),
            missing: missing.to_owned(),
        };
        let twice = rows.insert(name[..3].to_owned(), row);
        ensure!(twice.is_none(), "two rows of {name}");
    }
    Ok(rows)
}

#[test]
fn the_page_of_security_names_the_tests_that_there_are() -> Result<()> {
    let functions = functions()?;
    let named: BTreeSet<String> = sentences(&document()?).collect();
    ensure!(named.len() > 40, "the page names {} tests", named.len());
    for test in named {
        ensure!(
            functions.contains_key(&test),
            "docs/SECURITY.md: there is no test {test}"
        );
    }
    Ok(())
}

#[test]
fn every_row_of_hostile_input_says_how_it_stands() -> Result<()> {
    let rows = rows()?;
    let wanted: Vec<String> = (1..=12).map(|number| format!("S{number:02}")).collect();
    ensure!(
        rows.keys().eq(&wanted),
        "docs/SECURITY.md has {:?}",
        rows.keys()
    );
    for (name, row) in &rows {
        let (tested, lacking) = (!row.tests.is_empty(), !row.missing.is_empty());
        let holds = match row.state.as_str() {
            "shown" => tested && !lacking,
            "in part" => tested && lacking,
            "open" => !tested && lacking,
            _ => false,
        };
        ensure!(holds, "{name} is not what it says: {row:?}");
    }
    for test in functions()?.keys() {
        let Some((number, _)) = test.strip_prefix('s').and_then(|rest| rest.split_once('_')) else {
            continue;
        };
        if number.len() == 2 && number.bytes().all(|digit| digit.is_ascii_digit()) {
            let row = rows.get(&format!("S{number}"));
            let row = row.with_context(|| format!("{test}: there is no such row"))?;
            ensure!(
                row.tests.contains(test),
                "docs/SECURITY.md: S{number} lacks `{test}`"
            );
        }
    }
    Ok(())
}
