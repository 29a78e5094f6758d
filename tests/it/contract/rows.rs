//! `docs/CONTRACT.md` says which tests prove each row of the console's contract; here it is held
//! against the tree.

use anyhow::{Result, ensure};

use crate::guarantees::table::{functions, root};

/// The rows of the contract.
const ROWS: usize = 90;

/// What stands between backticks.
fn quoted(text: &str) -> Vec<String> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.map(str::to_owned).collect()
}

#[test]
fn every_row_of_the_consoles_contract_names_its_tests_or_says_why_it_is_open() -> Result<()> {
    let functions = functions()?;
    let text = std::fs::read_to_string(root().join("docs/CONTRACT.md"))?;
    let rows: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("| CON-"))
        .collect();
    ensure!(
        rows.len() == ROWS,
        "docs/CONTRACT.md has {} rows",
        rows.len()
    );
    for (number, row) in (1..).zip(rows) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [name, capability, state, tests, missing] = cells[..] else {
            anyhow::bail!("a row of five columns: {row}");
        };
        ensure!(
            name == format!("CON-{number:02}"),
            "{name} stands in the place of {number}"
        );
        ensure!(!capability.is_empty(), "{name} says what it is about");
        let named = quoted(tests);
        for test in &named {
            ensure!(
                functions.contains_key(test),
                "{name}: there is no test {test}"
            );
        }
        let holds = match state {
            "shown" => !named.is_empty() && missing.is_empty(),
            "in part" => !named.is_empty() && !missing.is_empty(),
            "open" => named.is_empty() && !missing.is_empty(),
            _ => false,
        };
        ensure!(holds, "{name} is not what it says: {row}");
    }
    Ok(())
}
