//! A value that fits a JSON Schema.

use serde_json::{Map, Value, json};

/// Gives another leaf, or none.
pub type Leaf<'a> = dyn FnMut(&Value, &str) -> Option<Value> + 'a;

/// The schemas of a document, to follow references in.
#[derive(Clone, Copy)]
pub struct Book<'a>(pub &'a Value);

impl<'a> Book<'a> {
    /// The schema itself, references followed; of alternatives the first that says something.
    pub fn open(self, schema: &'a Value) -> &'a Value {
        if let Some(target) = schema["$ref"].as_str() {
            let at = target.strip_prefix('#').expect("a place in this document");
            return self.open(self.0.pointer(at).expect("it leads somewhere"));
        }
        for key in ["anyOf", "oneOf"] {
            let ways = schema[key].as_array().into_iter().flatten();
            let said = ways
                .map(|way| self.open(way))
                .find(|way| way["type"] != "null");
            if let Some(way) = said {
                return way;
            }
        }
        schema
    }

    /// The JSON types that fit; none = any.
    pub fn types(self, schema: &'a Value) -> Vec<&'a str> {
        if let Some(target) = schema["$ref"].as_str() {
            let at = target.strip_prefix('#').expect("a place in this document");
            return self.types(self.0.pointer(at).expect("it leads somewhere"));
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(ways) = schema[key].as_array() {
                return ways.iter().flat_map(|way| self.types(way)).collect();
            }
        }
        match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
            _ if schema["const"].is_string() || schema["enum"].is_array() => vec!["string"],
            _ => Vec::new(),
        }
    }

    /// A value that fits, with every field that an object knows.
    pub fn example(self, schema: &'a Value) -> Value {
        self.made(schema, &mut |_, _| None)
    }

    /// The same, with other leaves where `leaf` has one for a schema and a type.
    pub fn made(self, schema: &'a Value, leaf: &mut Leaf<'_>) -> Value {
        let schema = self.open(schema);
        if !schema["const"].is_null() {
            return schema["const"].clone();
        }
        let types = self.types(schema);
        let kind = types.iter().find(|kind| **kind != "null");
        if let Some(value) = kind.and_then(|kind| leaf(schema, kind)) {
            return value;
        }
        if let Some(first) = schema["enum"].as_array().and_then(|all| all.first()) {
            return first.clone();
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let parts = parts.iter().map(|part| self.made(part, leaf));
            return parts.reduce(merged).unwrap_or_default();
        }
        match kind {
            Some(&"string") => text(schema).into(),
            Some(&"integer") => schema["minimum"].as_i64().unwrap_or(0).max(1).into(),
            Some(&"number") => json!(1.0),
            Some(&"boolean") => true.into(),
            Some(&"array") => match schema.get("items") {
                Some(items) => json!([self.made(items, leaf)]),
                None => json!([]),
            },
            Some(&"object") => self.object(schema, leaf),
            Some(_) => Value::Null,
            None => json!({ "any": ["thing", 1, null] }),
        }
    }

    fn object(self, schema: &'a Value, leaf: &mut Leaf<'_>) -> Value {
        let fields = schema["properties"].as_object();
        let fields = fields.into_iter().flatten();
        let fields = fields.map(|(name, field)| (name.clone(), self.made(field, leaf)));
        Value::Object(fields.collect::<Map<_, _>>())
    }
}

fn merged(mut one: Value, other: Value) -> Value {
    if let (Some(one), Value::Object(other)) = (one.as_object_mut(), other) {
        one.extend(other);
    }
    one
}

/// A SHA-256 in hex.
const DIGEST: &str = "0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d";

fn text(schema: &Value) -> String {
    match (schema["format"].as_str(), schema["pattern"].as_str()) {
        (Some("uuid"), _) => "0198c7a0-0000-7000-8000-0000000000aa",
        (Some("date-time"), _) => "2026-01-31T12:00:00Z",
        (_, Some(pattern)) if pattern.contains("{64}") => DIGEST,
        (_, Some(pattern)) if pattern.contains("https?") => "https://a.example/x",
        (_, Some(pattern)) if pattern.contains('/') => "octo/cat",
        (_, Some(pattern)) if pattern.contains("A-Z") => "EUR",
        (_, Some(pattern)) if pattern.contains("a-z0-9") => "codegen",
        (_, Some(pattern)) if pattern.contains("[0-9]") => "1",
        _ => "x",
    }
    .to_owned()
}

#[test]
fn an_example_has_every_field_and_follows_references() {
    let document = json!({
        "A": { "type": "object", "properties": {
            "id": { "type": "string", "format": "uuid" },
            "inner": { "anyOf": [{ "$ref": "#/B" }, { "type": "null" }] },
            "many": { "type": ["array", "null"], "items": { "type": "integer", "minimum": 3 } },
        } },
        "B": { "type": "object", "properties": { "word": { "enum": ["yes", "no"] } } },
    });
    let book = Book(&document);
    let expected = json!({
        "id": "0198c7a0-0000-7000-8000-0000000000aa", "inner": { "word": "yes" }, "many": [3],
    });
    assert_eq!(book.example(&document["A"]), expected);
    assert_eq!(
        book.types(&document["A"]["properties"]["inner"]),
        ["object", "null"]
    );
}
