//! The audit log, read by the real client from the real server.

use std::ops::ControlFlow;

use chrono::{Days, Utc};
use keydeck::client::{KeyChange, KeyService, Scope};
use keydeck::domain::audit::{AuditEntry, AuditQuery, AuditTargetKind, Fact};
use keydeck::domain::ids::KeyId;
use keydeck::domain::key::Revocation;
use keydeck::domain::team::Role;
use keydeck::ops::load;

use super::server::TestServer;
use super::{all, client, made, permit};

fn of(key: &KeyId) -> AuditQuery {
    AuditQuery { key: Some(key.clone()), ..AuditQuery::default() }
}

fn actions(entries: &[AuditEntry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.action.as_received()).collect()
}

#[tokio::test]
async fn a_keys_life_is_told_with_who_from_where_and_what_changed() {
    let server = TestServer::start().await;
    let (admin, user) = (client(&server, &server.keys.admin), client(&server, &server.keys.user));
    let (me, boss) = (user.me().await.unwrap(), admin.me().await.unwrap());
    let id = made(&user, "ci").await.0.id;
    made(&user, "another").await;
    let renamed = KeyChange { name: Some("cd".into()), ..KeyChange::default() };
    user.change_api_key(&permit(), &id, &renamed).await.unwrap();
    let revoked = Some(&Revocation::Admin);
    admin.revoke_api_keys(&permit(), std::slice::from_ref(&id), revoked, Some("left the team")).await.unwrap();

    let trail = admin.audit(&of(&id), None, 100).await.unwrap();
    assert_eq!((actions(&trail.rows), trail.next), (vec!["api_key.revoke", "api_key.rename", "api_key.create"], None));
    let [end, change, start] = trail.rows.as_slice() else { panic!("three entries") };
    for (entry, person) in [(end, &boss), (change, &me), (start, &me)] {
        let actor = entry.actor.as_ref().unwrap();
        assert_eq!((actor.id, &actor.name, &actor.email), (person.id, &person.name, &person.email));
        assert_eq!(entry.with_key, person.own_key);
        assert_eq!(entry.user.as_ref().unwrap().id, me.id);
        assert_eq!((entry.key.as_ref(), entry.from.as_ref().unwrap().as_received()), (Some(&id), "127.0.0.1"));
        let target = entry.target.as_ref().unwrap();
        assert_eq!((target.kind, target.id.as_received()), (AuditTargetKind::ApiKey, id.as_str()));
        assert!(entry.at.time().is_some() && entry.hash.is_some() && !entry.message.is_empty());
    }
    assert!(end.number > change.number && change.number > start.number);
    assert_eq!(end.note.as_ref().unwrap().as_received(), "left the team");
    let told = |entry: &AuditEntry| -> Vec<String> {
        let shown = |fact: Option<&Fact>| fact.map_or_else(|| "-".to_owned(), ToString::to_string);
        let changed = entry.changed();
        changed.map(|change| format!("{}: {} > {}", change.field, shown(change.before), shown(change.after))).collect()
    };
    assert_eq!(told(end), ["revocation: - > admin", "status: enabled > revoked"]);
    assert_eq!(told(change), ["name: ci > cd"]);
    let made = told(start);
    assert!(made.contains(&"contacts: - > pager@team.example".to_owned()), "{made:?}");
}

#[tokio::test]
async fn a_collection_access_keys_life_is_told_too() {
    let server = TestServer::start().await;
    let (admin, user) = (client(&server, &server.keys.admin), client(&server, &server.keys.user));
    let (key, _) = user.create_collection_access_key(&permit(), "12-abc", Some("Pets"), None).await.unwrap();
    user.delete_collection_access_key(&permit(), &key.id, None).await.unwrap();
    let trail = admin.audit(&of(&key.id), None, 100).await.unwrap().rows;
    assert_eq!(actions(&trail), ["collection_access_key.revoke", "collection_access_key.create"]);
    let target = trail[0].target.as_ref().unwrap();
    assert_eq!((target.kind, target.name.as_received()), (AuditTargetKind::CollectionAccessKey, "12-abc"));
}

#[tokio::test]
async fn the_log_is_searched_and_read_page_by_page() {
    let server = TestServer::seeded(200, Role::Admin).await;
    let client = client(&server, &server.keys.admin);
    let find = async |query: AuditQuery| {
        let mut found = Vec::new();
        load::audit(&client, &query, &mut |page| {
            found.extend(page.rows);
            ControlFlow::Continue(())
        })
        .await
        .unwrap();
        found
    };
    let whole = find(AuditQuery::default()).await;
    let (mut paged, mut cursor) = (Vec::new(), None);
    loop {
        let page = client.audit(&AuditQuery::default(), cursor.as_deref(), 97).await.unwrap();
        paged.extend(page.rows);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert!(whole.len() > 97 && paged == whole);

    let check = async |query: AuditQuery, keep: &dyn Fn(&&AuditEntry) -> bool| {
        let expected: Vec<&AuditEntry> = whole.iter().filter(keep).collect();
        assert!(!expected.is_empty() && expected.len() < whole.len(), "{query:?} chooses");
        assert_eq!(find(query.clone()).await.iter().collect::<Vec<_>>(), expected, "{query:?}");
    };
    let day = whole[whole.len() / 2].at.time().unwrap().date_naive();
    let on = |entry: &AuditEntry| entry.at.time().unwrap().date_naive();
    let someone = whole.iter().find_map(|entry| entry.actor.as_ref()).unwrap().id;
    let any = AuditQuery::default;
    check(AuditQuery { since: Some(day), ..any() }, &|entry| on(entry) >= day).await;
    check(AuditQuery { until: Some(day), ..any() }, &|entry| on(entry) <= day).await;
    check(AuditQuery { actor: Some(someone), ..any() }, &|entry| {
        entry.actor.as_ref().is_some_and(|actor| actor.id == someone)
    })
    .await;
    let action = AuditQuery { action: Some("api_key.revoke".into()), ..any() };
    check(action, &|entry| entry.action.as_received() == "api_key.revoke").await;
    let key = all(&client, Scope::Team).await.swap_remove(100).id;
    check(of(&key), &|entry| entry.key.as_ref() == Some(&key)).await;

    let number = whole[whole.len() / 3].number;
    check(AuditQuery { after: Some(number), ..any() }, &|entry| entry.number > number).await;
    let up = find(AuditQuery { oldest_first: true, ..any() }).await;
    assert!(up.iter().eq(whole.iter().rev()));
    let tomorrow = Utc::now().date_naive() + Days::new(2);
    assert!(find(AuditQuery { since: Some(tomorrow), ..any() }).await.is_empty());
}
