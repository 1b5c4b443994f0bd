//! `GET /openapi.json`: every route is in it and nothing else is. Every answer that any of these tests gets is held to it.

use std::sync::LazyLock;

use keydeck::server;
use reqwest::Method;
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
    let answer = &operation["responses"][status.to_string()];
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
    let server = TestServer::start().await;
    for (path, operations) in CONTRACT["paths"].as_object().unwrap() {
        let url = format!("{}{}", server.base_url, path.replace("{id}", "x"));
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

#[test]
fn routes_are_made_nowhere_else() {
    fn every(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                every(&path, found);
            } else if !path.ends_with("openapi/mod.rs") {
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
