//! Pages of a list that changes while it is read.

use std::collections::HashSet;

use rstest::rstest;
use serde_json::{Value, json};

use crate::http::ids;
use crate::support::TestServer;

#[rstest]
#[case("newest")]
#[case("oldest")]
#[case("recentlyUsed")]
#[case("expiring")]
#[tokio::test]
async fn every_row_comes_once_whatever_comes_and_goes(#[case] sort: &str) {
    let server = TestServer::seeded(60, keydeck::domain::team::Role::Superadmin).await;
    let key = &server.keys.superadmin;
    // Many rows alike, so that a place in the list is more than its sorted value.
    server.sql("UPDATE api_keys SET last_used_at = NULL, expires_at = NULL WHERE owner_id > 1010").await;
    server.sql("UPDATE api_keys SET created_at = '2026-01-01T00:00:00.000Z' WHERE owner_id > 1010").await;
    let path = format!("/api-keys?scope=team&limit=7&sort={sort}");
    let before = server.every(key, &format!("/api-keys?scope=team&limit=1000&sort={sort}")).await;
    let (mut seen, mut cursor, mut round) = (Vec::new(), String::new(), 0);
    loop {
        let page = server.get(key, &format!("{path}&cursor={cursor}")).await.expect(200);
        assert_eq!(page["meta"].get("total").is_some(), round == 0, "on the first page only");
        let rows = page["data"].as_array().unwrap();
        assert!(rows.len() <= 7);
        seen.extend(ids(rows).into_iter().map(str::to_owned));
        // Between two pages one row comes, and rows on both sides of the cursor are revoked.
        let (made, _) = server.make_key(key, &format!("between {round}")).await;
        let gone = [&made, before[round]["id"].as_str().unwrap(), before[59 - round]["id"].as_str().unwrap()];
        let own = server.id_of(key).await;
        let gone: Vec<&str> = gone.into_iter().filter(|id| *id != own).collect();
        server.post(key, "/api-key-revocations", json!({ "ids": gone })).await.expect(200);
        round += 1;
        match page["meta"]["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    let unique: HashSet<&String> = seen.iter().collect();
    assert_eq!(unique.len(), seen.len(), "nothing twice");
    let missing: Vec<&str> = ids(&before).into_iter().filter(|id| !unique.contains(&(*id).to_owned())).collect();
    assert_eq!(missing, Vec::<&str>::new(), "nothing skipped");
    let old: Vec<&String> = seen.iter().filter(|id| ids(&before).contains(&id.as_str())).collect();
    assert_eq!(old, ids(&before), "in order");
}

#[tokio::test]
async fn a_cursor_belongs_to_its_list() {
    let server = TestServer::seeded(60, keydeck::domain::team::Role::Admin).await;
    let key = &server.keys.admin;
    let page = server.get(key, "/api-keys?scope=team&limit=5").await.expect(200);
    let cursor = page["meta"]["nextCursor"].as_str().unwrap();
    server.get(key, &format!("/api-keys?scope=team&limit=1000&cursor={cursor}")).await.expect(200);
    for other in [
        "/api-keys?scope=mine",
        "/api-keys?scope=team&sort=oldest",
        "/api-keys?scope=team&status=enabled",
        "/api-keys?scope=team&q=a",
        "/api-keys?scope=team&createdBy=1001",
        "/collection-access-keys?",
    ] {
        let answer = server.get(key, &format!("{other}&cursor={cursor}")).await;
        answer.refused(400, "malformedRequestError", Some("cursor"));
    }
}

#[tokio::test]
async fn a_damaged_cursor_is_noticed() {
    let server = TestServer::seeded(60, keydeck::domain::team::Role::Admin).await;
    let key = &server.keys.admin;
    let page = server.get(key, "/api-keys?scope=team&limit=5").await.expect(200);
    let cursor = page["meta"]["nextCursor"].as_str().unwrap();
    let mut flipped = cursor.to_owned();
    flipped.replace_range(20..21, if &cursor[20..21] == "A" { "B" } else { "A" });
    for damaged in [&cursor[1..], &cursor[..cursor.len() - 1], &format!("{cursor}A"), &format!("{cursor}="), &flipped] {
        let answer = server.get(key, &format!("/api-keys?scope=team&cursor={damaged}")).await;
        answer.refused(400, "malformedRequestError", Some("cursor"));
    }
}

#[tokio::test]
async fn a_page_may_hold_a_thousand() {
    let server = TestServer::seeded(1100, keydeck::domain::team::Role::Admin).await;
    let page = server.get(&server.keys.admin, "/api-keys?scope=team&limit=1000").await.expect(200);
    assert_eq!(page["data"].as_array().unwrap().len(), 1000);
    assert_eq!(page["meta"]["total"], 1100);
    let page = server.get(&server.keys.admin, "/api-keys?scope=team").await.expect(200);
    assert_eq!(page["data"].as_array().unwrap().len(), 100);
    let all = server.every(&server.keys.admin, "/api-keys?scope=team&limit=1000").await;
    assert_eq!(all.len(), 1100);
    assert_eq!(all.iter().map(|row| &row["id"]).collect::<HashSet<&Value>>().len(), 1100);
}
