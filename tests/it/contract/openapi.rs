//! The OpenAPI document: whole, and what the routes do.

use std::collections::BTreeSet;

use serde_json::Value;

use super::asyncapi::{dangling, resolve};

fn document() -> Value {
    pantheon::http::routes().document()
}

/// Method, path and operation.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let all = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("methods");
        methods
            .iter()
            .map(move |(method, operation)| (method.as_str(), path.as_str(), operation))
    });
    all.collect()
}

#[test]
fn every_reference_of_the_openapi_document_leads_somewhere() {
    assert_eq!(dangling(&document()), Vec::<String>::new());
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let document = document();
    let mut seen = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let name = operation["operationId"].as_str().expect("a name");
        assert!(seen.insert(name), "{method} {path}: {name} is there twice");
    }
}

#[test]
fn every_operation_names_its_answers_one_by_one_and_every_refusal_is_the_one_body() {
    let document = document();
    for (method, path, operation) in operations(&document) {
        let answers = operation["responses"].as_object().expect("answers");
        assert!(!answers.contains_key("default"), "{method} {path}");
        for (status, answer) in answers {
            let answer = resolve(&document, answer);
            assert!(
                answer["description"].is_string(),
                "{method} {path} {status}"
            );
            if status.as_str() < "400" {
                continue;
            }
            for kind in ["application/json", "application/problem+json"] {
                let schema = &answer["content"][kind]["schema"]["$ref"];
                assert_eq!(
                    schema, "#/components/schemas/Problem",
                    "{method} {path} {status}"
                );
            }
        }
    }
}

#[test]
fn every_body_has_a_schema_that_refuses_unknown_fields() {
    let document = document();
    for (method, path, operation) in operations(&document) {
        let body = &operation["requestBody"];
        // Lines of commands are no JSON object; each line has the form of its command.
        if body.is_null() || body["content"]["application/x-ndjson"].is_object() {
            continue;
        }
        let schema = resolve(&document, &body["content"]["application/json"]["schema"]);
        assert_eq!(schema["type"], "object", "{method} {path}");
        assert_eq!(schema["additionalProperties"], false, "{method} {path}");
    }
}
