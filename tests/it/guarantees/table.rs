//! `docs/RELIABILITY.md` says which tests prove each guarantee; here it is held against the tree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// The guarantees that this build makes. G12 comes with the audit.
const GUARANTEES: [u8; 13] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14];

/// Where tests are.
const FOLDERS: [&str; 7] = [
    "tests",
    "src",
    "log",
    "nats",
    "projections",
    "events",
    "embedded",
];

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, found)?;
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// The name of every function, and whether it is in this folder.
pub fn functions() -> Result<BTreeMap<String, bool>> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        sources(&root().join(folder), &mut files)?;
    }
    let mut all = BTreeMap::new();
    for file in files {
        let here = file.starts_with(root().join("tests/it/guarantees"));
        for line in std::fs::read_to_string(&file)?.lines() {
            let Some((before, after)) = line.split_once("fn ") else {
                continue;
            };
            let name: String = after
                .chars()
                .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
                .collect();
            if ["", "async "].contains(&before.trim_start()) || before.ends_with("pub ") {
                all.insert(name, here);
            }
        }
    }
    Ok(all)
}

/// The number in a test's name, as in `g05_…`.
fn number(name: &str) -> Option<u8> {
    let (number, rest) = name.strip_prefix('g')?.split_once('_')?;
    (number.len() == 2 && !rest.is_empty()).then(|| number.parse().ok())?
}

/// The tests that the document names, by guarantee.
fn named() -> Result<BTreeMap<u8, BTreeSet<String>>> {
    let text = std::fs::read_to_string(root().join("docs/RELIABILITY.md"))?;
    let mut rows = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| G")) {
        let digits: String = line
            .chars()
            .skip(3)
            .take_while(char::is_ascii_digit)
            .collect();
        let tests = line.split('`').skip(1).step_by(2).map(str::to_owned);
        let twice = rows.insert(digits.parse()?, tests.collect());
        ensure!(twice.is_none(), "two rows of G{digits}");
    }
    Ok(rows)
}

#[test]
fn the_table_of_guarantees_names_the_tests_that_there_are() -> Result<()> {
    let (functions, named) = (functions()?, named()?);
    let rows: Vec<u8> = named.keys().copied().collect();
    ensure!(
        rows == GUARANTEES,
        "docs/RELIABILITY.md has rows for {rows:?}"
    );
    for (guarantee, tests) in &named {
        for test in tests {
            ensure!(
                functions.contains_key(test),
                "G{guarantee}: there is no test {test}"
            );
            let other = number(test).filter(|number| number != guarantee);
            ensure!(other.is_none(), "{test} stands in the row of G{guarantee}");
        }
    }
    for (test, number) in functions
        .keys()
        .filter_map(|name| Some((name, number(name)?)))
    {
        let row = named
            .get(&number)
            .with_context(|| format!("{test}: there is no such guarantee"))?;
        ensure!(
            row.contains(test),
            "docs/RELIABILITY.md: the row of G{number} lacks `{test}`"
        );
    }
    for guarantee in GUARANTEES {
        let whole = |(name, here): (&String, &bool)| *here && number(name) == Some(guarantee);
        ensure!(
            functions.iter().any(whole),
            "G{guarantee} has no test on a whole installation"
        );
    }
    Ok(())
}
