//! Spoilt bodies: everything that is not what a schema wants, made from an example that is.

use serde_json::{Value, json};

use super::example::Book;

/// A body that is to be refused.
pub struct Spoilt {
    pub what: String,
    pub bytes: Vec<u8>,
    /// The field that the answer has to name; none = not said.
    pub field: Option<String>,
    /// Whether it can be read, and only breaks a limit.
    pub readable: bool,
    /// Whether a field that has to be there is left out.
    pub lacks: bool,
}

impl Spoilt {
    /// What it is refused with, unless it can be read.
    pub fn wanted(&self) -> (u16, &'static str) {
        match self.lacks {
            true => (422, "validation_failed"),
            false => (400, "malformed_request"),
        }
    }
}

/// How deep objects inside the body are spoilt too.
const LEVELS: usize = 4;
/// More characters, bytes or items than any field takes.
const LONG: usize = 70_000;
const MANY: usize = 10_001;

/// Every spoilt form of a body with this schema.
pub fn spoilt(book: Book<'_>, schema: &Value) -> Vec<Spoilt> {
    spoilt_of(book, schema, &book.example(schema))
}

/// Every spoilt form of this body.
pub fn spoilt_of(book: Book<'_>, schema: &Value, good: &Value) -> Vec<Spoilt> {
    let mut all = whole(good);
    all.extend(doubled(good));
    fields(book, schema, good, &mut Vec::new(), &mut all);
    all
}

fn broken(what: &str, bytes: impl Into<Vec<u8>>) -> Spoilt {
    Spoilt {
        what: what.to_owned(),
        bytes: bytes.into(),
        field: None,
        readable: false,
        lacks: false,
    }
}

/// What is no JSON object at all.
fn whole(good: &Value) -> Vec<Spoilt> {
    let text = good.to_string();
    let cut = &text[..text.len() - 1];
    let deep = |open: &str, close: &str| {
        let inner = format!("{}1{}", open.repeat(40), close.repeat(40));
        format!("{{\"deep\":{inner}}}")
    };
    let mut utf16: Vec<u8> = vec![0xff, 0xfe];
    utf16.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    vec![
        broken("a cut body", cut),
        broken("a list", format!("[{text}]")),
        broken("null", "null"),
        broken("a number", "7"),
        broken("a text", "\"x\""),
        broken("something behind it", format!("{text} {{}}")),
        broken("a byte order mark", format!("\u{feff}{text}")),
        broken("UTF-16", utf16),
        broken("bytes that are no UTF-8", b"{\"a\":\"\xff\xfe\"}".to_vec()),
        broken("a NUL byte", b"{\"a\":\"\x00\"}".to_vec()),
        broken("single quotes", "{'a':1}"),
        broken("NaN", "{\"a\":NaN}"),
        broken("deep lists", deep("[", "]")),
        broken("deep objects", deep("{\"a\":", "}")),
        broken(
            "many values",
            format!("{{\"a\":[{}1]}}", "1,".repeat(60_000)),
        ),
        broken("a form", "name=a&value=b"),
    ]
}

/// The same field twice.
fn doubled(good: &Value) -> Vec<Spoilt> {
    let text = good.to_string();
    let members = good.as_object().into_iter().flatten();
    let twice = members.map(|(name, value)| {
        let rest = &text[1..];
        let bytes = format!("{{{}:{value},{rest}", Value::from(name.as_str()));
        broken(&format!("{name} twice"), bytes)
    });
    twice.collect()
}

/// What is wrong field by field, also inside.
fn fields(
    book: Book<'_>,
    schema: &Value,
    good: &Value,
    path: &mut Vec<String>,
    all: &mut Vec<Spoilt>,
) {
    let schema = book.open(schema);
    let mut put = |path: &[String], name: &str, what: &str, spoil: Spoil| {
        all.extend(spoil.made(good, path, name, what));
    };
    if schema["additionalProperties"] == false {
        put(
            path,
            "no_such_field",
            "an unknown field",
            Spoil::Value(json!(1)),
        );
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        let name = name.as_str().expect("a name");
        put(path, name, "left out", Spoil::Missing);
    }
    let named = schema["properties"].as_object().into_iter().flatten();
    for (name, field) in named.clone() {
        for (what, spoil) in values(book, field) {
            put(path, name, what, spoil);
        }
    }
    if path.len() == LEVELS {
        return;
    }
    for (name, field) in named {
        let inner = book.open(field);
        path.push(name.clone());
        if inner["properties"].is_object() {
            fields(book, inner, good, path, all);
        } else if let Some(items) = inner.get("items") {
            path.push("0".to_owned());
            fields(book, items, good, path, all);
            path.pop();
        }
        path.pop();
    }
}

/// What becomes of a field.
enum Spoil {
    Missing,
    Value(Value),
    /// JSON text that `serde_json` would not write.
    Raw(&'static str),
    /// Of the right type, and too much.
    Limit(Value),
}

/// Everything that a field of this schema does not take.
fn values(book: Book<'_>, schema: &Value) -> Vec<(&'static str, Spoil)> {
    let types = book.types(schema);
    if types.is_empty() {
        return Vec::new();
    }
    let fits = |kind: &str| types.contains(&kind) || kind == "integer" && types.contains(&"number");
    let others = [
        ("null", Value::Null),
        ("boolean", json!(true)),
        ("integer", json!(7)),
        ("number", json!(7.5)),
        ("string", json!("§ §")),
        ("array", json!([])),
        ("object", json!({})),
    ];
    let mut all: Vec<_> = others
        .into_iter()
        .filter(|(kind, _)| !fits(kind))
        .map(|(_, value)| ("another type", Spoil::Value(value)))
        .collect();
    let inner = book.open(schema);
    let open = inner["format"].is_null() && inner["pattern"].is_null();
    if fits("string") {
        all.push(("a NUL", Spoil::Raw(r#""a\u0000b""#)));
        all.push(("half a surrogate pair", Spoil::Raw(r#""\ud800""#)));
        all.push(("a bad escape", Spoil::Raw(r#""\x""#)));
        let closed = inner["enum"].is_array() || !inner["const"].is_null() || !open;
        if closed && !fits("number") {
            // A pattern of the field's own is a rule; that of a type says what can be read at all.
            let spoil = match schema["pattern"].is_null() {
                true => Spoil::Value(json!("§ §")),
                false => Spoil::Limit(json!("§ §")),
            };
            all.push(("no such word", spoil));
        }
        if !closed {
            all.push(("a long text", Spoil::Limit("x".repeat(LONG).into())));
        }
    }
    if inner["format"] == "date-time" {
        for text in [
            "\"+262142-12-31T23:59:59Z\"",
            "\"-262143-01-01T00:00:00Z\"",
            "\"2026-02-30T00:00:00Z\"",
        ] {
            all.push(("a time out of reach", Spoil::Raw(text)));
        }
    }
    if fits("integer") {
        all.push(("a number without end", Spoil::Raw("1e400")));
        all.push(("minus without end", Spoil::Raw("-1e400")));
        all.push(("a leading zero", Spoil::Raw("007")));
    }
    if fits("integer") && !fits("number") {
        for text in [
            "7.5",
            "1e30",
            "18446744073709551616",
            "-9223372036854775809",
        ] {
            all.push(("no whole number that fits", Spoil::Raw(text)));
        }
    }
    if fits("array") {
        let item = inner.get("items").map(|items| book.example(items));
        let many = vec![item.unwrap_or_default(); MANY];
        all.push(("a long list", Spoil::Limit(many.into())));
    }
    if fits("object") && inner["properties"].is_null() {
        let large = json!({ "text": "x".repeat(LONG) });
        all.push(("a large object", Spoil::Limit(large)));
    }
    all
}

/// Stands in the written JSON where raw text goes.
const MARK: &str = "\u{1}mark\u{1}";

impl Spoil {
    fn made(self, good: &Value, path: &[String], name: &str, what: &str) -> Option<Spoilt> {
        let mut body = good.clone();
        let mut place = &mut body;
        for step in path {
            place = match place {
                Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?)?,
                other => other.get_mut(step)?,
            };
        }
        let members = place.as_object_mut()?;
        let (readable, lacks) = (
            matches!(self, Self::Limit(_)),
            matches!(self, Self::Missing),
        );
        let named = path.is_empty() && !matches!(self, Self::Raw(_));
        let raw = match self {
            Self::Missing => {
                members.shift_remove(name)?;
                None
            }
            Self::Value(value) | Self::Limit(value) => {
                members.insert(name.to_owned(), value);
                None
            }
            Self::Raw(text) => {
                members.insert(name.to_owned(), MARK.into());
                Some(text)
            }
        };
        let text = body.to_string();
        let text = match raw {
            Some(raw) => text.replace(&Value::from(MARK).to_string(), raw),
            None => text,
        };
        Some(Spoilt {
            what: format!("{}: {what}", [path, &[name.to_owned()]].concat().join(".")),
            bytes: text.into_bytes(),
            field: named.then(|| name.to_owned()),
            readable,
            lacks,
        })
    }
}

#[test]
fn every_field_is_spoilt_in_every_way_that_its_type_allows() {
    let schema = json!({
        "type": "object", "additionalProperties": false, "required": ["id"],
        "properties": {
            "id": { "type": "string", "format": "uuid" },
            "count": { "type": ["integer", "null"] },
        },
    });
    let all = spoilt(Book(&schema), &schema);
    let has = |what: &str| all.iter().any(|spoilt| spoilt.what == what);
    for what in [
        "no_such_field: an unknown field",
        "id: left out",
        "id: another type",
        "id: a NUL",
        "id: no such word",
        "count: a number without end",
        "count: another type",
        "id twice",
    ] {
        assert!(has(what), "{what}");
    }
    assert!(!has("id: a long text") && !has("count: left out"));
}
