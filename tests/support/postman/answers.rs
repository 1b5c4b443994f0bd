//! The usual answers.

use std::collections::VecDeque;

use keydeck::domain::key_value::fingerprint;
use serde_json::{Value, json};

use super::{Asked, Canned, Team, api_key, decoded, me, token};

/// The end of what is not said to be otherwise: far away, so that no test depends on when it runs.
const FAR: &str = "2099-01-20T00:00:00.000Z";

/// Ada with two of the team's keys, Ben, and somebody who left.
pub fn team(key: &str) -> Team {
    let masked = |last: &str| format!("PMAT-{}{last}", "*".repeat(22));
    let finding = |secret: &str, workspace: &str, kind: &str, value: &str, resolution: &str| {
        json!({"secretId": secret, "workspaceId": workspace, "secretType": kind, "secretHash": fingerprint(value),
               "obfuscatedSecret": "PMAK-6…7d", "workspaceVisibility": "public", "resolution": resolution,
               "occurrences": 2.0, "detectedAt": "2026-11-20T08:00:00.000Z"})
    };
    Team {
        asked: Vec::new(),
        canned: VecDeque::new(),
        headers: Vec::new(),
        accepted: vec![(key.to_owned(), me(7, "Ada"))],
        tokens: vec![token("7Q2A")],
        keys: vec![
            json!({"id": "a1==", "token": masked("7Q2A"), "status": "ACTIVE", "teamId": 4, "userId": 7,
                   "collectionId": "7-0a1b2c3d-0000-4000-8000-0123456789ab", "expiresAfter": FAR,
                   "createdAt": "2026-10-01T08:00:00.000Z", "updatedAt": "2026-09-01T08:00:00.000Z",
                   "lastUsedAt": "2026-11-20T08:00:00.000Z", "deletedAt": null}),
            json!({"id": "b2/+=", "token": masked("8ZZ8"), "status": "ACTIVE", "userId": 8.0, "collectionId": "8-pets",
                   "expiresAfter": FAR, "createdAt": "2026-10-02T08:00:00.000Z", "lastUsedAt": ""}),
            json!({"id": "c3", "token": masked("9KK9"), "status": "ACTIVE", "userId": 99, "collectionId": "99-left",
                   "expiresAfter": FAR, "lastUsedAt": null}),
            json!({"id": "d4", "status": "INACTIVE", "userId": 7, "deletedAt": "2026-11-01T08:00:00.000Z"}),
            json!({"id": "e5", "status": "SUSPENDED"}),
        ],
        users: Some(vec![
            json!({"id": 7, "name": "Ada Admin", "username": "ada", "email": "ada@team.example", "roles": ["admin"]}),
            json!({"id": 8.0, "name": "", "username": "ben"}),
        ]),
        types: vec![
            json!({"id": "11111111-0000-4000-8000-000000000001", "name": "postman api key", "type": "DEFAULT"}),
            json!({"id": "11111111-0000-4000-8000-000000000002", "name": "Postman API Key", "type": "TEAM_REGEX"}),
            json!({"id": "11111111-0000-4000-8000-000000000003", "name": "AWS Access Key", "type": "DEFAULT"}),
        ],
        findings: Some(vec![
            finding("s1=", "w-one", "Postman API Key", &api_key(1), "ACTIVE"),
            finding("s2=", "w-one", "AWS Access Key", "aws", "ACTIVE"),
            finding("s1=", "w-two", "Postman API Key", &api_key(1), "ACTIVE"),
            finding("s3", "w-two", "Postman API Key", &api_key(3), "REVOKED"),
            json!({"secretId": "s4"}),
        ]),
        places: vec![
            (
                "s1=".into(),
                "w-one".into(),
                json!({"url": "https://go.postman.co/1", "location": "header",
                "resourceType": "request", "leakedBy": 7.0, "occurrences": 1, "isResourceDeleted": false,
                "detectedAt": "2026-11-20T08:00:00.000Z"}),
            ),
            ("s1=".into(), "w-one".into(), json!({"isResourceDeleted": true, "url": "https://go.postman.co/2"})),
            ("s1=".into(), "w-two".into(), json!({"url": "https://go.postman.co/3"})),
        ],
        trails: Some(vec![
            json!({"id": 3.0, "action": "user.login", "message": "Ada logged in", "ip": "192.0.2.7",
                   "timestamp": "2026-11-20T09:00:00.000Z", "data": {"actor": {"id": 7.0, "name": "Ada Admin"}}}),
            json!({"id": 2, "action": "collection.share", "timestamp": "2026-11-20T08:00:00.000Z", "data": null}),
            json!({"id": 1}),
        ]),
        environments: vec![(
            "7-env".into(),
            vec![
                json!({"key": "url", "value": "https://x.example", "type": "default", "enabled": true}),
                json!({"key": "postman-api-key", "value": "", "type": "secret", "enabled": true, "description": null}),
            ],
        )],
        page: 2,
    }
}

fn refused(status: u16, name: &str, message: &str) -> Canned {
    Canned::json(status, &json!({"error": {"name": name, "message": message}}))
}

/// A page of a list from where the cursor says, in the API's way: the cursor has `=`, and the end is told by its absence.
fn page(rows: &[Value], asked: &Asked, size: usize) -> (Vec<Value>, Option<String>) {
    let from = asked.parameter("cursor").map_or(0, |cursor| {
        cursor.trim_end_matches('=').trim_start_matches("c/+").parse::<usize>().unwrap_or(rows.len())
    });
    let until = (from + size).min(rows.len());
    let next = (until < rows.len()).then(|| format!("c/+{until}=="));
    (rows[from.min(until)..until].to_vec(), next)
}

/// The answer to a request.
pub fn answer(team: &mut Team, asked: &Asked) -> Canned {
    let segments: Vec<String> = asked.path.trim_start_matches('/').split('/').map(decoded).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    if let ("GET", ["collections", uid]) = (asked.method.as_str(), segments.as_slice()) {
        return collection(team, asked, uid);
    }
    let key = asked.header("x-api-key").unwrap_or_default();
    let Some(me) = team.accepted.iter().find(|(accepted, _)| accepted == key).map(|(_, me)| me.clone()) else {
        return refused(
            401,
            "AuthenticationError",
            "Invalid API Key. Every request requires a valid API Key to be sent.",
        );
    };
    match (asked.method.as_str(), segments.as_slice()) {
        ("GET", ["me"]) => Canned::json(200, &me),
        ("GET", ["users"]) => match &team.users {
            Some(users) => Canned::json(200, &json!({"data": users})),
            None => refused(403, "forbiddenError", "You do not have enough permissions"),
        },
        ("GET", ["collection-access-keys"]) => {
            let (rows, next) = page(&team.keys, asked, team.page);
            Canned::json(
                200,
                &json!({"data": rows, "meta": {"nextCursor": next.unwrap_or_default(), "prevCursor": ""}}),
            )
        }
        ("DELETE", ["collection-access-keys", id]) => {
            if let Some(at) = team.keys.iter().position(|key| key["id"] == *id) {
                let gone = team.keys.remove(at);
                let last: String = gone["token"].as_str().unwrap_or_default().chars().skip(27).collect();
                team.tokens.retain(|token| last.is_empty() || !token.ends_with(&last));
                return Canned::text(204, "");
            }
            Canned::json(
                404,
                &json!({"type": "about:blank", "title": "Not found", "detail": "no such key", "status": 404.0}),
            )
        }
        ("GET", ["secret-types"]) => {
            Canned::json(200, &json!({"data": team.types, "meta": {"total": team.types.len()}}))
        }
        ("POST", ["detected-secrets-queries"]) => search(team, asked),
        ("GET", ["detected-secrets", secret, "locations"]) => places(team, asked, secret),
        ("PUT", ["detected-secrets", secret]) => resolve(team, asked, secret),
        ("GET" | "PATCH", ["environments", uid]) => environment(team, asked, uid),
        ("GET", ["audit", "logs"]) => match &team.trails {
            Some(trails) => {
                let (rows, next) = page(trails, asked, team.page);
                let mut answer = json!({"trails": rows});
                if let Some(next) = next {
                    answer["nextCursor"] = json!(next);
                }
                Canned::json(200, &answer)
            }
            None => Canned::json(
                403,
                &json!({"title": "Forbidden", "type": "x", "detail": {"message": "not in your plan"}}),
            ),
        },
        _ => Canned::json(404, &json!({"error": {"name": "instanceNotFoundError", "message": "We could not find it"}})),
    }
}

/// An environment, read or changed: a change is a list of operations of one kind, each of which replaces one shared value.
fn environment(team: &mut Team, asked: &Asked, uid: &str) -> Canned {
    let Some((_, values)) = team.environments.iter_mut().find(|(known, _)| known == uid) else {
        return refused(404, "instanceNotFoundError", "We could not find the environment you are looking for");
    };
    if asked.method == "GET" {
        let environment = json!({"id": "x", "name": "prod", "owner": "7", "isPublic": false, "values": values});
        return Canned::json(200, &json!({ "environment": environment }));
    }
    if asked.header("content-length").is_none() {
        return Canned::text(411, "");
    }
    let change = asked.json();
    for operation in change.as_array().unwrap() {
        assert_eq!(operation["op"], "replace");
        let path: Vec<&str> = operation["path"].as_str().unwrap().split('/').collect();
        let ["", "values", at, "value"] = path.as_slice() else { panic!("{path:?}") };
        let at: usize = at.parse().unwrap();
        values[at]["value"] = operation["value"].clone();
    }
    Canned::json(200, &json!({"environment": {"uid": uid}}))
}

/// What a collection access key opens: `8-pets`, if it is accepted at all.
fn collection(team: &Team, asked: &Asked, uid: &str) -> Canned {
    assert_eq!(asked.header("x-api-key"), None, "a collection access key needs no other beside it");
    let token = asked.parameter("access_key").unwrap_or_default();
    match (team.tokens.contains(&token), uid == "8-pets") {
        (false, _) => refused(401, "AuthenticationError", "Invalid access key"),
        (true, true) => Canned::json(200, &json!({"collection": {}})),
        (true, false) => refused(403, "forbiddenError", "You are not authorized to perform this action"),
    }
}

fn search(team: &Team, asked: &Asked) -> Canned {
    let Some(findings) = &team.findings else {
        let title = "This feature is not available in your plan";
        return Canned::json(
            403,
            &json!({"type": "https://x.example", "title": title, "status": 403, "instance": "/x"}),
        );
    };
    let body = if asked.body.is_empty() { json!({}) } else { asked.json() };
    let fields = ["resolved", "secretTypes", "statuses", "resources", "workspaceIds", "workspaceVisibilities"];
    let unknown = body.as_object().unwrap().keys().find(|key| !fields.contains(&key.as_str()));
    assert_eq!(unknown, None, "a field that the API does not have");
    let kinds: Vec<&Value> = body["secretTypes"].as_array().into_iter().flatten().collect();
    let named = |kind: &Value| team.types.iter().any(|one| kinds.contains(&&one["id"]) && same(&one["name"], kind));
    let found: Vec<Value> =
        findings.iter().filter(|row| kinds.is_empty() || named(&row["secretType"])).cloned().collect();
    let (rows, next) = page(&found, asked, team.page);
    Canned::json(200, &json!({"data": rows, "meta": {"limit": 100.0, "nextCursor": next}}))
}

fn same(one: &Value, other: &Value) -> bool {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_lowercase();
    text(one) == text(other)
}

fn places(team: &Team, asked: &Asked, secret: &str) -> Canned {
    let Some(workspace) = asked.parameter("workspaceId") else {
        let missing = json!({"type": "x", "title": "workspaceId is required", "status": 400, "instance": "/x"});
        return Canned::json(400, &missing);
    };
    let known = team.findings.iter().flatten().any(|row| row["secretId"] == secret && row["workspaceId"] == *workspace);
    if !known {
        return Canned::json(404, &json!({"type": "x", "title": "Not found", "status": 404, "instance": "/x"}));
    }
    let here = team.places.iter().filter(|(of, at, _)| of == secret && *at == workspace);
    let here: Vec<Value> = here.map(|(_, _, place)| place.clone()).collect();
    let (rows, next) = page(&here, asked, 1);
    let feed = json!([{"resolvedAt": "2026-11-21T08:00:00.000Z", "resolvedBy": 7.0, "status": "ACCEPTED_RISK"}]);
    Canned::json(
        200,
        &json!({"data": rows, "meta": {"activityFeed": feed, "cursor": "x", "nextCursor": next, "total": 2.0}}),
    )
}

fn resolve(team: &mut Team, asked: &Asked, secret: &str) -> Canned {
    let body = asked.json();
    let wrong = |title: &str| Canned::json(400, &json!({"type": "x", "title": title, "status": 400, "instance": "/x"}));
    let (resolution, workspace) = (body["resolution"].as_str().unwrap_or_default(), &body["workspaceId"]);
    if !["FALSE_POSITIVE", "REVOKED", "ACCEPTED_RISK"].contains(&resolution) {
        return wrong("resolution is not allowed");
    }
    let found = team.findings.iter_mut().flatten();
    let Some(row) = found.into_iter().find(|row| row["secretId"] == secret && row["workspaceId"] == *workspace) else {
        return Canned::json(404, &json!({"type": "x", "title": "Not found", "status": 404, "instance": "/x"}));
    };
    row["resolution"] = json!(resolution);
    let history = json!([{"actor": 7.0, "createdAt": "2026-11-21T08:00:00.000Z", "resolution": resolution}]);
    Canned::json(
        200,
        &json!({"secretHash": row["secretHash"], "workspaceId": workspace, "resolution": resolution, "history": history}),
    )
}
