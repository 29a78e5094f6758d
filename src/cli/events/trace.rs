//! `pantheon events trace`: command → event → process → command, as a tree.

use serde_json::Value;

use crate::cli::Failure;
use crate::cli::events::summary;
use crate::cli::output::{Format, items, line};

/// Prints what the API answers; as a table, the tree.
pub fn print(answer: &Value, format: Format) -> Result<(), Failure> {
    if format != Format::Table {
        return Ok(format.one(answer)?);
    }
    for text in lines(items(answer)) {
        line(&text)?;
    }
    if answer["truncated"] == true {
        eprintln!("there are more effects than one answer holds");
    }
    Ok(())
}

fn lines(roots: &[Value]) -> Vec<String> {
    let mut lines = Vec::new();
    branch(roots, 0, &mut lines);
    lines
}

/// Events of one command stand together under it; what a part of Pantheon sent because of an event
/// stands under that event.
fn branch(nodes: &[Value], depth: usize, lines: &mut Vec<String>) {
    let mut command = None;
    for node in nodes {
        let event = &node["event"];
        let id = event["commandid"].as_str().unwrap_or("-");
        if command != Some(id) {
            command = Some(id);
            let by = match event["actor"].as_str().unwrap_or("-").split_once(':') {
                Some(("system" | "policy", part)) => format!("process {part}"),
                Some((kind, who)) => format!("{kind} {who}"),
                None => "-".to_owned(),
            };
            lines.push(format!("{}{by} → command {id}", "  ".repeat(depth)));
        }
        lines.push(format!("{}{}", "  ".repeat(depth + 1), summary(event)));
        let effects = node["effects"].as_array().map_or(&[][..], Vec::as_slice);
        branch(effects, depth + 2, lines);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(position: u32, actor: &str, command: &str, effects: Value) -> Value {
        json!({
            "event": { "position": position.to_string(), "actor": actor, "commandid": command },
            "effects": effects,
        })
    }

    #[test]
    fn the_tree_goes_from_command_to_event_to_process_to_command() {
        let effect = event(4, "policy:task_takers", "c-2", json!([]));
        let roots = [
            event(2, "human:carol", "c-1", json!([effect])),
            event(3, "human:carol", "c-1", json!([])),
        ];
        let lines = lines(&roots);
        let starts: Vec<_> = lines
            .iter()
            .map(|line| (line.len() - line.trim_start().len(), line.trim_start()))
            .map(|(indent, text)| (indent, text.split("  ").next().unwrap_or(text)))
            .collect();
        assert_eq!(
            starts,
            [
                (0, "human carol → command c-1"),
                (9, "2"),
                (4, "process task_takers → command c-2"),
                (13, "4"),
                (9, "3"),
            ]
        );
    }
}
