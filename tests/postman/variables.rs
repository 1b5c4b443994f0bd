//! The variable of an environment as a place: read, changed by its index, read back.

use keydeck::client::KeyService;
use keydeck::client::error::ErrorKind;
use keydeck::domain::secret::Secret;
use serde_json::json;

use crate::api::{Asked, Canned, Postman};
use crate::{client, permit};

const NAME: &str = "postman-api-key";

fn value(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

#[tokio::test]
async fn one_shared_value_is_replaced_by_its_index_and_read_back() {
    let server = Postman::start();
    let client = client(&server);
    assert_eq!(client.variable("7-env", NAME).await.unwrap().unwrap().expose(), "");
    server.asked();
    client.set_variable(&permit(), "7-env", NAME, &value("new")).await.unwrap();
    let asked = server.asked();
    let lines: Vec<String> = asked.iter().map(Asked::line).collect();
    assert_eq!(lines, ["GET /environments/7-env", "PATCH /environments/7-env", "GET /environments/7-env"]);
    assert_eq!(asked[1].json(), json!([{"op": "replace", "path": "/values/1/value", "value": "new"}]));
    assert_eq!(asked[1].header("content-type"), Some("application/json"));
    let length = asked[1].header("content-length").map(str::to_owned);
    assert_eq!(length, Some(asked[1].body.len().to_string()), "without one the API answers 411");
    // as it is already
    client.set_variable(&permit(), "7-env", NAME, &value("new")).await.unwrap();
    assert_eq!(server.lines(), ["GET /environments/7-env"]);
}

#[tokio::test]
async fn what_cannot_be_changed_safely_is_not() {
    let server = Postman::start();
    let client = client(&server);
    let error = client.set_variable(&permit(), "7-env", "missing", &value("v")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    let twice = json!({"key": NAME, "value": "another"});
    server.team().environments[0].1.push(twice);
    let error = client.set_variable(&permit(), "7-env", NAME, &value("v")).await.unwrap_err();
    assert!(error.kind == ErrorKind::Conflict && error.to_string().contains("several variables"), "{error}");
    let error = client.variable("7-gone", NAME).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(server.asked().iter().all(|asked| asked.method == "GET"));
}

#[tokio::test]
async fn a_change_that_is_answered_and_not_there_is_noticed() {
    let server = Postman::start();
    server.next("PATCH", Canned::json(200, &json!({})));
    let error = client(&server).set_variable(&permit(), "7-env", NAME, &value("v")).await.unwrap_err();
    assert!(error.outcome_unknown() && error.to_string().contains("holds another value"), "{error}");
    assert!(!error.to_string().contains("\"v\""));
}
