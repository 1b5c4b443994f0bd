//! People's addresses: one is one whatever its case, its script and its spelling, also those that an earlier keydeck took for
//! several.

use std::path::Path;

use keydeck::server::store::STEPS;
use keydeck::server::store::engine::Sqlite;
use keydeck::server::{self, ServerError};
use serde_json::{Value, json};

use crate::http::open;
use crate::support::TestServer;

/// The step that folds addresses.
const FOLDED: i64 = 13;

/// A database from before addresses were folded, with these people; the first is a superadmin.
async fn made_before(folder: &Path, emails: &[&str]) -> String {
    let path = folder.join("keydeck.db");
    let earlier = Sqlite::of(&path);
    let before: &'static [_] = &STEPS.sqlite[..STEPS.sqlite.iter().position(|step| step.version == FOLDED).unwrap()];
    std::fs::File::create(&path).unwrap();
    earlier.migrate(before).await.unwrap();
    earlier.close().await;
    let database = format!("sqlite:{}", path.display());
    let connection = open(&database);
    let made = "2026-01-01T00:00:00.000Z";
    connection
        .execute_batch(&format!(
            "INSERT INTO team (id, name, domain, created_at) VALUES (1, 'Old', 'old', '{made}'); \
             INSERT INTO api_key_settings (id, body) VALUES (1, '{{}}')"
        ))
        .unwrap();
    for (at, email) in emails.iter().enumerate() {
        let roles = if at == 0 { " superadmin " } else { " user " };
        let (id, name) = (i64::try_from(at + 1).unwrap(), email.split('@').next().unwrap());
        let insert = "INSERT INTO users (id, name, username, email, roles, active, joined_at) VALUES (?1, ?2, ?2, ?3, ?4, 1, ?5)";
        connection.execute(insert, (id, name, email, roles, made)).unwrap();
    }
    database
}

fn refused(error: &ServerError) -> String {
    let ServerError::Invalid { field: "email", reason } = error else { panic!("{error}") };
    reason.clone()
}

#[tokio::test]
async fn addresses_that_were_told_apart_keep_working_and_name_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let emails = ["root@x.example", "éva@x.example", "Éva@x.example", "e\u{301}VA@x.example", "Åse@x.example"];
    let database = made_before(folder.path(), &emails).await;

    let members = server::users(&database).await.unwrap();
    let marked: Vec<bool> = members.iter().map(|member| member.email_shared).collect();
    assert_eq!(marked, [false, true, true, true, false]);
    assert!(members.iter().all(|member| member.active), "nobody is stopped");

    // it was the first of them that went, whoever was meant
    let reason = refused(&server::offboard(&database, "Éva@x.example", &[]).await.unwrap_err());
    for id in ["2 (éva@x.example)", "3 (Éva@x.example)", "4 ("] {
        assert!(reason.contains(id), "{reason}");
    }
    for refusal in [
        server::keys_left(&database, "ÉVA@X.example").await.map(drop),
        server::recover(&database, "éva@x.example").await.map(drop),
        server::key_for(&database, "éva@x.example").await.map(drop),
        server::set_roles(&database, "éva@x.example", &[keydeck::domain::team::Role::Admin]).await.map(drop),
    ] {
        assert!(refused(&refusal.unwrap_err()).contains("by id"));
    }
    assert!(server::users(&database).await.unwrap().iter().all(|member| member.active));
    let gone = server::offboard(&database, "3", &[]).await.unwrap();
    assert_eq!((gone.id, gone.active), (3, false));
    // each address that is one person's finds them
    assert_eq!(server::offboard(&database, "ÅSE@X.EXAMPLE", &[]).await.unwrap().id, 5);
    let reason = server::add_user(&database, "New", "A\u{30a}se@x.example", &[keydeck::domain::team::Role::User]).await;
    assert!(refused(&reason.unwrap_err()).contains("has this address already"));
    let reason = server::add_user(&database, "New", "ÉVA@x.example", &[keydeck::domain::team::Role::User]).await;
    assert!(refused(&reason.unwrap_err()).contains("has this address already"));
    let unfound = refused(&server::offboard(&database, "99", &[]).await.unwrap_err());
    assert!(unfound.contains("user list"), "{unfound}");
}

#[tokio::test]
async fn two_people_never_get_one_address_however_it_is_written() {
    let server = TestServer::start().await;
    let add = async |email: &str| {
        let asked = json!({ "name": "Eva", "email": email, "roles": ["user"] });
        server.post(&server.keys.superadmin, "/users", asked).await
    };
    let made = add("Éva@test.example").await.expect(201);
    for same in ["éva@test.example", "ÉVA@TEST.EXAMPLE", "E\u{301}va@test.example"] {
        let error = add(same).await.refused(409, "conflictError", None);
        assert_eq!(error["details"]["reason"], "email", "{same}");
    }
    // also where two requests come at once and neither sees the other
    let unique = server.sql_fails("UPDATE users SET email_folded = 'éva@test.example' WHERE id = 2").await;
    assert!(unique.to_lowercase().contains("unique"), "{unique}");
    assert_eq!(
        server::offboard(&server.database, "ÉVA@test.example", &[]).await.unwrap().id,
        made["id"].as_i64().unwrap()
    );
    let listed = server.get(&server.keys.admin, "/users").await.expect(200);
    let marked = |user: &Value| !user["emailShared"].is_null();
    assert!(!listed["data"].as_array().unwrap().iter().any(marked));
    server.sql("UPDATE users SET email_shared = 1 WHERE id IN (2, 3)").await;
    let listed = server.get(&server.keys.admin, "/users").await.expect(200);
    let ids: Vec<&Value> =
        listed["data"].as_array().unwrap().iter().filter(|user| marked(user)).map(|user| &user["id"]).collect();
    assert_eq!(ids, [2, 3]);
    assert_eq!(server.get(&server.keys.admin, "/users/3").await.expect(200)["emailShared"], true);
}

#[tokio::test]
async fn recovering_says_before_what_it_would_do() {
    let server = TestServer::start().await;
    let (user, database) = (&server.keys.user, &server.database);
    server.make_key(user, "second").await;
    server::offboard(database, "user@test.example", &[]).await.unwrap();
    let would = server::recovery(database, "USER@test.example").await.unwrap();
    assert_eq!((would.member.id, would.member.active, would.keys_back), (3, false, 2));
    server.get(user, "/me").await.expect(401);
    server::recover(database, "3").await.unwrap();
    server.get(user, "/me").await.expect(200);
    let would = server::recovery(database, "3").await.unwrap();
    assert_eq!((would.member.active, would.keys_back), (true, 0));
}
