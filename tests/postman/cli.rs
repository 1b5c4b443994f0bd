//! The built program on Postman's API: what it prints, and how it ends.

use serde_json::json;

use crate::api::{Asked, Canned, Postman, api_key};
use crate::program::Home;

/// A home with a profile of this server.
pub fn home(server: &Postman) -> Home {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let file = home.path("config/keydeck/key");
    std::fs::write(&file, &server.key).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let url = &server.url;
    home.configure(&format!(
        "[profiles.pets]\nbackend = \"postman\"\nbase_url = \"{url}\"\ncredential = {{ file = \"key\" }}\n"
    ));
    home
}

#[test]
fn collection_access_keys_are_listed_and_deleted() {
    let server = Postman::start();
    let home = home(&server);
    let listed = home.run(&["list", "--tab", "collections", "--json"]).ended(0).json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 5);
    let owners = |name: &str| listed["data"].as_array().unwrap().iter().filter(|row| row["owner"] == name).count();
    assert_eq!(owners("Ada Admin"), 2);
    // of all keys, those that can be listed
    assert_eq!(home.run(&["list", "--tab", "all", "--json"]).ended(0).json()["data"], listed["data"]);
    let left = home.run(&["list", "--tab", "collections", "--filter", "owner:gone", "--json"]).ended(0).json();
    assert_eq!(left["data"][0]["id"], "c3");
    server.asked();
    home.run(&["revoke", "c3", "--yes"]).ended(0);
    let deleted: Vec<Asked> = server.asked().into_iter().filter(|asked| asked.method == "DELETE").collect();
    assert_eq!(deleted.iter().map(Asked::line).collect::<Vec<_>>(), ["DELETE /collection-access-keys/c3"]);
    home.run(&["revoke", "a1==", "b2/+=", "--yes"]).ended(0);
    assert_eq!(server.team().keys.len(), 2);
}

#[test]
fn what_the_api_cannot_do_ends_with_5_and_names_the_page() {
    let server = Postman::start();
    let home = home(&server);
    let own = "https://go.postman.co/settings/me/api-keys";
    let team = "https://go.postman.co/manage-postman-keys";
    for (args, page) in [
        (vec!["list", "--tab", "team"], team),
        (vec!["create", "ci", "--print-secret"], own),
        (vec!["settings", "get"], team),
        (vec!["revoke", "--all", "--yes"], team),
    ] {
        let ran = home.run(&args);
        assert!(ran.code == Some(5) || args[0] == "create", "{args:?} {ran:?}");
        assert!(ran.err.contains(page) || args[0] == "create", "{args:?} {ran:?}");
    }
    assert!(server.asked().iter().all(|asked| asked.method == "GET"), "nothing is tried");
}

#[test]
fn findings_are_listed_and_resolved_in_each_workspace() {
    let server = Postman::start();
    let home = home(&server);
    let listed = home.run(&["exposed", "list", "--json"]).ended(0).json();
    let row = listed["data"].as_array().unwrap().iter().find(|row| row["secretId"] == "s1=").unwrap().clone();
    assert_eq!(
        (&row["workspaceId"], &row["alsoIn"], &row["occurrences"]),
        (&json!("w-one"), &json!(["w-two"]), &json!(4))
    );
    server.asked();
    let args = ["exposed", "resolve", "s1=", "--as", "revoked", "--yes", "--json"];
    let done = home.run(&args).ended(0).json();
    assert_eq!(done["data"][0]["outcome"], "resolved");
    let sent: Vec<Asked> = server.asked().into_iter().filter(|asked| asked.method == "PUT").collect();
    let bodies: Vec<_> = sent.iter().map(Asked::json).collect();
    assert_eq!(
        bodies,
        [
            json!({"resolution": "REVOKED", "workspaceId": "w-one"}),
            json!({"resolution": "REVOKED", "workspaceId": "w-two"})
        ]
    );
}

#[test]
fn a_pasted_value_is_matched_with_the_findings_and_goes_nowhere() {
    let server = Postman::start();
    let home = home(&server);
    let ran = home.run_reading(&["show", "-"], &[], format!("key={}\n", api_key(1)));
    assert!(ran.out.contains("was found exposed: 2 workspaces, open"), "{ran:?}");
    let ran = home.run_reading(&["show", "-"], &[], api_key(77));
    assert!(ran.out.contains("was not found exposed"), "{ran:?}");
    let secret = api_key(1);
    let sent = |asked: &Asked| {
        let headers: Vec<&str> = asked.headers.iter().map(|(_, value)| value.as_str()).collect();
        format!("{} {} {}", asked.line(), asked.body, headers.join(" "))
    };
    assert!(server.asked().iter().all(|asked| !sent(asked).contains(&secret)), "a value was sent");
    assert!(!home.log().contains(&secret) && !ran.err.contains(&api_key(77)));
}

#[test]
fn a_month_that_is_used_up_ends_with_6() {
    let server = Postman::start();
    server.next(
        "GET /collection-access-keys",
        Canned::json(429, &json!({"error": {"name": "serviceLimitExhausted", "message": "x"}})),
    );
    home(&server).run(&["list", "--tab", "collections"]).ended(6).says("the month's calls of the plan are used up");
}

#[test]
fn a_refused_key_says_what_it_may_be() {
    let server = Postman::start();
    server.team().accepted.clear();
    home(&server).run(&["list"]).ended(3).says("AuthenticationError").says("revoked, expired").says(&server.url);
}

#[test]
fn an_address_without_tls_is_refused_with_the_right_one() {
    let home = Home::new();
    home.configure(
        "[profiles.pets]\nbackend = \"postman\"\nbase_url = \"http://api.eu.postman.com\"\ncredential = { env = \"PETS\" }\n",
    );
    let ran = home.run_with(&["list"], &[("PETS", &api_key(0))]).ended(2);
    let ran = ran.says("config.toml:3:12: profiles.pets.base_url: http://api.eu.postman.com: it is plain http");
    ran.says("hint: correct profiles.pets.base_url: write it as https://api.eu.postman.com");
}
