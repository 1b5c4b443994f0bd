//! `keydeck notices`.

use std::time::Duration;

use keydeck::server::ServerSettings;
use serde_json::json;

use crate::program::Home;
use crate::server::TestServer;

#[test]
fn an_admin_sees_all_notices_and_others_what_they_are_told() {
    let settings = ServerSettings { tell_every: Duration::from_hours(24), ..ServerSettings::default() };
    let server = TestServer::start_blocking(settings);
    let home = Home::new();
    let run = |key: &keydeck::domain::secret::Secret, args: &[&str]| {
        let environment = [("KEYDECK_URL", server.base_url.as_str()), ("KEYDECK_API_KEY", key.expose())];
        home.run_with(args, &environment)
    };
    run(&server.keys.admin, &["notices"]).ended(0).says("nothing of the kind is told to anybody");
    run(&server.keys.user, &["notices"]).ended(0).says("nothing of the kind is told to you");
    for owner in [&server.keys.user, &server.keys.colleague] {
        let made = run(owner, &["create", "--name", "ci", "--print-secret", "--json"]);
        let id = made.json()["data"][0]["id"].as_str().unwrap().to_owned();
        run(&server.keys.admin, &["revoke", &id, "--yes"]).ended(0);
    }
    let all = run(&server.keys.admin, &["notices"]).ended(0);
    assert_eq!(all.out.matches("revoked, for ever").count(), 2, "{all:?}");
    assert!(all.out.contains("colleague@test.example"), "{all:?}");
    let own = run(&server.keys.user, &["notices", "--json"]).ended(0).json();
    let rows = own["data"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["recipient"]), (1, &json!("user@test.example")), "{own}");
    assert_eq!(
        (&rows[0]["cause"], &rows[0]["state"], &rows[0]["attempts"]),
        (&json!("revoked"), &json!("waiting"), &json!(0))
    );
    assert_eq!(own["meta"]["more"], false);
    let mine = run(&server.keys.admin, &["notices", "--mine", "--json"]).ended(0).json();
    assert_eq!(mine["data"], json!([]));
    let one = run(&server.keys.admin, &["notices", "--limit", "1", "--json"]).ended(0).json();
    assert_eq!((one["data"].as_array().unwrap().len(), &one["meta"]["more"]), (1, &json!(true)));
    run(&server.keys.admin, &["notices", "--state", "dead"]).ended(0).says("nothing of the kind");
    run(&server.keys.admin, &["notices", "--state", "gone"]).ended(2).says("waiting, sent, dead, void");
}
