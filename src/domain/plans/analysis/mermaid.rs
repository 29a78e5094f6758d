//! A graph as text that people's tools draw.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Graph;

/// Words that mean something else in the drawing's language.
const RESERVED: [&str; 8] = [
    "end",
    "graph",
    "subgraph",
    "style",
    "linkStyle",
    "class",
    "classDef",
    "click",
];

/// `graph TD`, a line for each task and an arrow from what is waited for to what waits.
pub(super) fn drawing(graph: &Graph) -> String {
    let names = names(graph);
    let mut text = String::from("graph TD\n");
    for (name, node) in names.iter().zip(graph.nodes()) {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "    {name}[\"{}\"]", label(&node.name));
    }
    for (task, name) in names.iter().enumerate() {
        for on in graph.before(task) {
            let _ = writeln!(text, "    {} --> {name}", names[*on]);
        }
    }
    text
}

/// The tasks' ids with letters, digits and `_` only; ids that are the same then get a number.
fn names(graph: &Graph) -> Vec<String> {
    let mut used = BTreeSet::new();
    let mut names = Vec::with_capacity(graph.nodes().len());
    for node in graph.nodes() {
        let mut plain = plain(&node.id);
        if RESERVED.contains(&plain.as_str()) {
            plain.push('_');
        }
        let numbered = (2..).map(|n| format!("{plain}_{n}"));
        let free = std::iter::once(plain.clone())
            .chain(numbered)
            .find(|name| !used.contains(name))
            .unwrap_or(plain);
        used.insert(free.clone());
        names.push(free);
    }
    names
}

fn plain(id: &str) -> String {
    let letter = |letter: char| match letter.is_ascii_alphanumeric() {
        true => letter,
        false => '_',
    };
    id.chars().map(letter).collect()
}

/// Nothing in a label ends it, begins markup or another line.
fn label(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter {
            '"' => text.push_str("#quot;"),
            '#' => text.push_str("#35;"),
            '<' => text.push_str("#lt;"),
            '>' => text.push_str("#gt;"),
            '&' => text.push_str("#amp;"),
            '`' => text.push_str("#96;"),
            letter if letter.is_control() => text.push(' '),
            letter => text.push(letter),
        }
    }
    text
}
