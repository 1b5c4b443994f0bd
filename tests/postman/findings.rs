//! What was found exposed, its places, what is said of it, and the log of what people did.

use std::ops::ControlFlow;

use keydeck::client::KeyService;
use keydeck::client::error::ErrorKind;
use keydeck::domain::audit::AuditQuery;
use keydeck::domain::finding::{Finding, Resolution, Resolving};
use keydeck::domain::ids::UserId;
use keydeck::domain::key_value::{KeyKind, digest};
use keydeck::ops::load;
use serde_json::json;

use crate::api::{Canned, Postman, api_key};
use crate::{client, permit};

async fn found(server: &Postman) -> Vec<Finding> {
    let mut found = Vec::new();
    let client = client(server);
    load::findings(&client, &mut |page| {
        found.extend(page.rows);
        ControlFlow::Continue(())
    })
    .await
    .unwrap();
    found
}

#[tokio::test]
async fn findings_are_searched_to_the_end_and_one_secret_is_one_row() {
    let server = Postman::start();
    let found = found(&server).await;
    let asked = server.asked();
    let lines: Vec<String> = asked.iter().map(crate::api::Asked::line).collect();
    let query = "POST /detected-secrets-queries?limit=100";
    assert_eq!(
        lines,
        [query.to_owned(), format!("{query}&cursor=c%2F%2B2%3D%3D"), format!("{query}&cursor=c%2F%2B4%3D%3D")]
    );
    for asked in &asked {
        assert_eq!(asked.json(), json!({}), "everything, open and resolved");
        assert_eq!(asked.header("content-type"), Some("application/json"));
        assert!(asked.header("content-length").is_some());
    }
    let ids: Vec<&str> = found.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids, ["s1=", "s2=", "s3", "s4"]);
    assert_eq!((found[0].workspaces(), found[0].occurrences, found[0].is_open()), (2, 4, true));
    assert_eq!(found[0].digest, Some(digest(&api_key(1))), "a pasted value is matched here");
    assert_eq!(found[0].own_kind(), Some(KeyKind::ApiKey));
    assert!(!found[0].is_foreign() && found[1].is_foreign());
    assert!(!found[3].is_open(), "what is not said to be open is not");
}

#[tokio::test]
async fn the_kinds_of_postmans_own_keys_are_told_at_run_time() {
    let server = Postman::start();
    let client = client(&server);
    let own = client.own_findings(KeyKind::ApiKey).await.unwrap();
    assert_eq!(own.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["s1=", "s3"]);
    let asked = server.asked();
    assert_eq!(asked[0].line(), "GET /secret-types");
    let ids = ["11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002"];
    assert!(asked[1..].iter().all(|asked| asked.json() == json!({ "secretTypes": ids })));
    // where no kind has that name, everything is searched
    assert_eq!(client.own_findings(KeyKind::CollectionAccessKey).await.unwrap().len(), 4);
    assert_eq!(server.asked()[1].json(), json!({}));
}

#[tokio::test]
async fn places_are_asked_for_in_one_workspace_after_the_other() {
    let server = Postman::start();
    let finding = found(&server).await.swap_remove(0);
    server.asked();
    let client = client(&server);
    let (mut places, mut cursor) = (Vec::new(), None);
    loop {
        let page = client.locations(&finding.address(), cursor.as_deref(), 1000).await.unwrap();
        assert_eq!(page.history[0].resolution, Resolution::AcceptedRisk);
        places.extend(page.places);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let path = "GET /detected-secrets/s1%3D/locations?workspaceId=w-";
    assert_eq!(
        server.lines(),
        [
            format!("{path}one&limit=100"),
            format!("{path}one&limit=100&cursor=c%2F%2B1%3D%3D"),
            format!("{path}two&limit=100"),
        ]
    );
    let urls: Vec<&str> = places.iter().map(|place| place.url.as_received()).collect();
    assert_eq!(urls, ["https://go.postman.co/1", "https://go.postman.co/2", "https://go.postman.co/3"]);
    assert_eq!((places[0].leaked_by, places[1].gone), (Some(UserId(7)), true));
}

#[tokio::test]
async fn a_finding_is_resolved_by_secret_and_workspace_in_each_where_it_is_open() {
    let server = Postman::start();
    let finding = found(&server).await.swap_remove(0);
    server.asked();
    let client = client(&server);
    let resolving = Resolving::of(&finding, Resolution::FalsePositive, Some("a sample".to_owned()));
    assert_eq!(client.resolve_finding(&permit(), &resolving).await.unwrap(), Resolution::FalsePositive);
    let asked = server.asked();
    assert!(asked.iter().all(|asked| asked.line() == "PUT /detected-secrets/s1%3D"));
    let bodies: Vec<_> = asked.iter().map(crate::api::Asked::json).collect();
    let body = |workspace: &str| json!({"resolution": "FALSE_POSITIVE", "workspaceId": workspace});
    assert_eq!(bodies, [body("w-one"), body("w-two")], "both ids, and nothing that the API does not have");
    assert!(asked.iter().all(|asked| asked.header("content-length").is_some()));
    assert!(!found(&server).await[0].is_open());
}

#[tokio::test]
async fn what_is_resolved_in_one_workspace_and_not_in_the_next_is_said() {
    let server = Postman::start();
    let finding = found(&server).await.swap_remove(0);
    let client = client(&server);
    server.next("PUT", Canned::json(200, &json!({})));
    server.next("PUT", Canned::json(403, &json!({"title": "Forbidden", "type": "x", "status": 403, "instance": "/x"})));
    let resolving = Resolving::of(&finding, Resolution::AcceptedRisk, None);
    let error = client.resolve_finding(&permit(), &resolving).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Denied);
    assert!(error.to_string().contains("done in 1 of 2 workspaces, not in w-two"), "{error}");
    let open = Resolving { resolution: Resolution::Active, ..resolving };
    server.asked();
    assert_eq!(client.resolve_finding(&permit(), &open).await.unwrap_err().kind, ErrorKind::Invalid);
    assert_eq!(server.lines(), [""; 0], "a finding cannot be opened again, and that is not tried");
}

#[tokio::test]
async fn a_plan_without_the_scanner_says_so() {
    let server = Postman::start();
    server.team().findings = None;
    let error = client(&server).findings(None, 10).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Denied);
    assert!(error.reason().contains("not available in your plan") && error.hint().contains("Enterprise"), "{error}");
}

#[tokio::test]
async fn a_search_that_leads_in_a_circle_is_left() {
    let server = Postman::start();
    for _ in 0..3 {
        let body = json!({"data": [{"secretId": "x"}], "meta": {"nextCursor": "same"}});
        server.next("POST", Canned::json(200, &body));
    }
    let error = client(&server).findings(None, 10).await.unwrap_err();
    assert!(error.to_string().contains("repeats itself"), "{error}");
}

#[tokio::test]
async fn the_log_is_asked_for_days_and_its_cursor_stands_beside_the_entries() {
    let server = Postman::start();
    let client = client(&server);
    let day = |day| chrono::NaiveDate::from_ymd_opt(2026, 11, day);
    let query = AuditQuery {
        actor: Some(UserId(7)),
        since: day(19),
        until: day(21),
        action: Some("a b+c".into()),
        ..AuditQuery::default()
    };
    let mut entries = Vec::new();
    load::audit(&client, &query, &mut |page| {
        entries.extend(page.rows);
        ControlFlow::Continue(())
    })
    .await
    .unwrap();
    let path = "GET /audit/logs?limit=300&orderBy=desc&userId=7&action=a%20b%2Bc&since=2026-11-19&until=2026-11-21";
    assert_eq!(server.lines(), [path.to_owned(), format!("{path}&cursor=c%2F%2B2%3D%3D")]);
    assert_eq!(entries.iter().map(|entry| entry.number).collect::<Vec<_>>(), [3, 2, 1]);
    assert_eq!(entries[1].message.as_received(), "collection.share");
    let of_key = AuditQuery { key: Some("a1==".into()), ..AuditQuery::default() };
    assert_eq!(client.audit(&of_key, None, 10).await.unwrap_err().kind, ErrorKind::Unsupported);
    server.team().trails = None;
    assert_eq!(client.audit(&query, None, 10).await.unwrap_err().kind, ErrorKind::Denied);
}
