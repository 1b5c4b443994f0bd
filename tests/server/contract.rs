//! `GET /openapi.json`: every route is in it and nothing else is. Every answer that any of these tests gets is held to it.

use std::sync::LazyLock;

use keydeck::server;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::http::client;
use crate::support::TestServer;

static CONTRACT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(server::contract(server::Served::default())).unwrap());

/// The contract's path for a request's, if there is one.
pub fn template(path: &str) -> Option<&'static str> {
    let same = |template: &str| {
        let (a, b): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
        a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a == b || a.starts_with('{'))
    };
    CONTRACT["paths"].as_object().unwrap().keys().map(String::as_str).find(|template| same(template))
}

/// Every operation of the contract, as `GET /me`.
pub fn operations() -> impl Iterator<Item = String> {
    let paths = CONTRACT["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| {
        let methods = ["get", "post", "put", "patch", "delete"].into_iter();
        let there = methods.filter(|method| item.get(*method).is_some());
        there.map(move |method| format!("{} {path}", method.to_uppercase()))
    })
}

/// Holds an answer to the contract.
#[track_caller]
pub fn check(method: &Method, path: &str, status: u16, body: &Value) {
    check_with(&CONTRACT, method, path, status, body);
}

/// What a reference leads to; anything else is itself.
pub fn led_to<'a>(contract: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => contract.pointer(&reference[1..]).unwrap(),
        None => value,
    }
}

/// Holds an answer's headers to the contract: those that are always there are there.
#[track_caller]
pub fn check_headers(method: &Method, path: &str, status: u16, headers: &HeaderMap) {
    let Some(template) = template(path) else { return };
    let operation = &CONTRACT["paths"][template][method.as_str().to_lowercase()];
    let answer = led_to(&CONTRACT, &operation["responses"][status.to_string()]);
    for (name, header) in answer["headers"].as_object().into_iter().flatten() {
        let header = led_to(&CONTRACT, header);
        let told = headers.get(name).map(|value| value.to_str().unwrap());
        let number = header["schema"]["type"] == "integer";
        let fits = told.is_some_and(|told| !told.is_empty() && (!number || told.parse::<u64>().is_ok()));
        assert!(fits, "{method} {path} {status}: {name} is {told:?}");
    }
}

/// Holds an answer to this contract.
#[track_caller]
pub fn check_with(contract: &Value, method: &Method, path: &str, status: u16, body: &Value) {
    let paths = &contract["paths"];
    let template = if paths.get(path).is_some() { Some(path) } else { template(path) };
    let operation = template.map(|path| &paths[path][method.as_str().to_lowercase()]);
    let Some(operation) = operation.filter(|operation| !operation.is_null()) else {
        assert!(status >= 400, "{method} {path} answers {status} and is not in the contract");
        return;
    };
    let answer = led_to(contract, &operation["responses"][status.to_string()]);
    assert!(!answer.is_null(), "{method} {path} answers {status}, which the contract does not know");
    let schema = &answer["content"]["application/json"]["schema"];
    if schema.is_null() {
        assert!(body.is_null(), "{method} {path}: {status} has no body in the contract");
        return;
    }
    let mut schema = schema.clone();
    schema["components"] = contract["components"].clone();
    if let Err(error) = jsonschema::validator_for(&schema).unwrap().validate(body) {
        panic!("{method} {path} {status}: {error} at {}", error.instance_path);
    }
}

#[tokio::test]
async fn the_contract_is_served_without_a_key() {
    let server = TestServer::start().await;
    let answer = server.send(client().get(format!("{}/openapi.json", server.base_url))).await;
    assert_eq!(answer.headers["content-type"], "application/json");
    let told = answer.expect(200);
    assert_eq!(told, *CONTRACT);
    assert!(told["openapi"].as_str().unwrap().starts_with("3.1"));
    for name in ["key", "bearer"] {
        assert!(told["components"]["securitySchemes"][name].is_object());
    }
}

#[tokio::test]
async fn every_operation_of_the_contract_is_served_and_no_other() {
    let mut server = TestServer::start().await;
    for (at, (path, operations)) in CONTRACT["paths"].as_object().unwrap().iter().enumerate() {
        // an address may ask 120 times a minute without a key
        if at % 20 == 19 {
            server = TestServer::start().await;
        }
        let url = format!("{}{}", server.base_url, path.replace("{id}", "7"));
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let operation = &operations[method.as_str().to_lowercase()];
            let without = client().request(method.clone(), &url).send().await.unwrap().status();
            let with = client().request(method.clone(), &url).header("X-Api-Key", server.keys.user.expose());
            let with = server.send(with).await;
            let is_open = operations["get"]["security"] == json!([]);
            assert_eq!(with.status == 405, operation.is_null(), "{method} {path}");
            assert_eq!(with.body["error"]["name"] == "requestNotFoundError", operation.is_null(), "{method} {path}");
            // one takes a key of its own kind
            let asks = !is_open || (path.starts_with("/collections/") && method == Method::GET);
            assert_eq!(without == 401, asks, "{method} {path}");
        }
    }
}

/// What is watched is told on a listener of its own, and is nothing of the contract.
#[test]
fn routes_are_made_nowhere_else() {
    fn every(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                every(&path, found);
            } else if !path.ends_with("openapi/mod.rs") && !path.ends_with("metrics/mod.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap();
                if [".route(", ".nest(", ".merge("].iter().any(|call| code.contains(call)) {
                    found.push(path.display().to_string());
                }
            }
        }
    }
    let mut found = Vec::new();
    every(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/server")), &mut found);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn every_reference_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(object) => {
                found.extend(object.get("$ref").and_then(Value::as_str));
                object.values().for_each(|value| references(value, found));
            }
            Value::Array(list) => list.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    references(&CONTRACT, &mut found);
    assert!(found.len() > 50);
    for reference in found {
        let at = reference.strip_prefix('#').unwrap();
        assert!(CONTRACT.pointer(at).is_some(), "{reference}");
    }
}

/// Every object that a request's body is made of: its name, or its title, and itself.
fn of_bodies() -> Vec<(String, &'static Value)> {
    fn objects(name: &str, schema: &'static Value, found: &mut Vec<(String, &'static Value)>) {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap();
            return objects(name, led_to(&CONTRACT, schema), found);
        }
        if schema["properties"].is_object() {
            found.push((name.to_owned(), schema));
            for field in schema["properties"].as_object().unwrap().values() {
                objects(name, field, found);
            }
        }
        objects_of(name, schema, found);
    }
    fn objects_of(name: &str, schema: &'static Value, found: &mut Vec<(String, &'static Value)>) {
        if schema["items"].is_object() {
            objects(name, &schema["items"], found);
        }
        for one in schema["oneOf"].as_array().into_iter().flatten() {
            objects(one["title"].as_str().unwrap_or(name), one, found);
        }
    }
    let mut found = Vec::new();
    for (_, item) in CONTRACT["paths"].as_object().unwrap() {
        for (_, operation) in item.as_object().unwrap() {
            let body = &operation["requestBody"]["content"]["application/json"];
            objects("", &body["schema"], &mut found);
        }
    }
    found
}

#[test]
fn bodies_take_what_is_bounded_and_nothing_else() {
    fn unbounded(schema: &Value) -> Option<&'static str> {
        let kind = |of: &str| schema["type"] == of || schema["type"][0] == of;
        let has = |name: &str| schema.get(name).is_some();
        if ["oneOf", "anyOf", "$ref"].into_iter().any(has) || kind("boolean") {
            return None;
        }
        if kind("array") {
            return unbounded(&schema["items"]).or((!has("maxItems")).then_some("maxItems"));
        }
        if kind("integer") {
            return (!has("format")).then_some("format");
        }
        assert!(kind("string"), "{schema}");
        let bounded = ["maxLength", "enum", "pattern", "format"].into_iter().any(has);
        (!bounded).then_some("maxLength")
    }
    let bodies = of_bodies();
    assert!(bodies.len() > 20, "{}", bodies.len());
    for (name, body) in bodies {
        assert_eq!(body["additionalProperties"], false, "{name}");
        for (field, schema) in body["properties"].as_object().unwrap() {
            assert_eq!(unbounded(schema), None, "{name}.{field}: {schema}");
        }
    }
}

#[test]
fn every_operation_has_a_name_a_group_and_bounded_parameters() {
    let groups: Vec<&Value> = CONTRACT["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    let mut names = std::collections::BTreeSet::new();
    for (path, item) in CONTRACT["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(names.insert(operation["operationId"].as_str().unwrap()), "{method} {path}: a name twice");
            assert!(groups.contains(&&operation["tags"][0]), "{method} {path}");
            for parameter in operation["parameters"].as_array().unwrap() {
                let schema = &parameter["schema"];
                let bounds = ["maxLength", "enum", "pattern", "format"];
                assert!(bounds.iter().any(|bound| schema.get(*bound).is_some()), "{method} {path}: {parameter}");
                assert!(parameter["description"].as_str().is_some_and(|text| !text.is_empty()), "{parameter}");
            }
        }
    }
    let locations = &CONTRACT["paths"]["/detected-secrets/{id}/locations"]["get"]["parameters"];
    let workspace = locations.as_array().unwrap().iter().find(|one| one["name"] == "workspaceId").unwrap();
    assert_eq!(workspace["required"], true);
}

#[test]
#[should_panic(expected = "secretHash")]
fn an_answer_of_another_shape_is_noticed() {
    check(&Method::GET, "/api-keys/x", 200, &json!({ "id": "x", "secretHash": 7 }));
}

#[tokio::test]
async fn answers_of_every_status_are_held_to_it() {
    let server = TestServer::start().await;
    // those that other tests do not come across
    server.sql("ALTER TABLE users RENAME TO gone").await;
    server.get(&server.keys.user, "/me").await.refused(500, "serverError", None);
}
