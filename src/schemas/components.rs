//! Schemas as parts of a document: what a schema defines inside itself moves to the document's
//! `components/schemas`, where every name means one schema.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, schema_for};
use serde_json::{Map, Value, json};

const PLACE: &str = "#/components/schemas/";

/// The schemas of a document, by name.
#[derive(Clone, Debug, Default)]
pub struct Components {
    named: BTreeMap<String, Value>,
    /// Names that would mean two schemas.
    pub clashes: Vec<String>,
}

impl Components {
    /// Adds a type and all that it is made of; gives the reference to it.
    pub fn of<T: JsonSchema>(&mut self) -> Value {
        self.add(schema_for!(T))
    }

    /// Adds a schema that says its own name as `title`, and all that it defines; gives the reference
    /// to it.
    pub fn add(&mut self, schema: Schema) -> Value {
        let mut schema = schema.to_value();
        let Some(members) = schema.as_object_mut() else {
            return schema;
        };
        members.remove("$schema");
        let name = members.remove("title");
        let defined = members.remove("$defs");
        if let Some(Value::Object(defined)) = defined {
            for (name, schema) in defined {
                self.put(&name, schema);
            }
        }
        match name {
            Some(Value::String(name)) => {
                self.put(&name, schema);
                reference(&name)
            }
            _ => rewritten(schema),
        }
    }

    /// Adds a schema under a name.
    pub fn put(&mut self, name: &str, schema: Value) {
        let schema = rewritten(schema);
        match self.named.get(name) {
            Some(known) if *known != schema => self.clashes.push(name.to_owned()),
            Some(_) => {}
            None => {
                self.named.insert(name.to_owned(), schema);
            }
        }
    }

    /// The schema of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.named.get(name)
    }

    /// All of them, ordered by name.
    #[must_use]
    pub fn into_json(self) -> Value {
        Value::Object(Map::from_iter(self.named))
    }
}

/// `{"$ref": …}` to a schema of the document.
#[must_use]
pub fn reference(name: &str) -> Value {
    json!({ "$ref": format!("{PLACE}{name}") })
}

/// The names of the schemas that a value refers to and that stand in `components/schemas`.
pub fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(target) if name == "$ref" => {
                        found.extend(target.strip_prefix(PLACE).map(str::to_owned));
                    }
                    other => references(other, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// The schema with its inner references turned into references to the document's schemas.
fn rewritten(mut value: Value) -> Value {
    match &mut value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                match member {
                    Value::String(target) if name == "$ref" => {
                        if let Some(inner) = target.strip_prefix("#/$defs/") {
                            *target = format!("{PLACE}{inner}");
                        }
                    }
                    other => *other = rewritten(other.take()),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                *item = rewritten(item.take());
            }
        }
        _ => {}
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its shape is looked at")]
    struct Outer {
        inner: Inner,
        all: Vec<Inner>,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its shape is looked at")]
    struct Inner {
        name: String,
    }

    #[test]
    fn what_a_schema_defines_gets_a_place_of_its_own() {
        let mut components = Components::default();
        assert_eq!(components.of::<Outer>(), reference("Outer"));
        assert_eq!(components.of::<Inner>(), reference("Inner"));
        let outer = components.get("Outer").expect("it is there").clone();
        assert_eq!(outer["properties"]["inner"], reference("Inner"));
        let mut found = Vec::new();
        references(&outer, &mut found);
        assert_eq!(found, ["Inner", "Inner"]);
        assert!(components.clashes.is_empty());
    }

    #[test]
    fn a_name_that_means_two_things_is_noticed() {
        let mut components = Components::default();
        components.put("A", json!({ "type": "string" }));
        components.put("A", json!({ "type": "integer" }));
        assert_eq!(components.clashes, ["A"]);
    }
}
