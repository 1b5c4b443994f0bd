//! `keydeck exposed`: findings listed, resolved, and the keys behind them revoked.

use serde_json::{Value, json};

use crate::program::Terminal;
use crate::server::TestServer;
use crate::team::{Team, last_four};

/// A team with one key of a user, found in two places.
fn leaked() -> (Team, String, String, keydeck::domain::secret::Secret) {
    let team = Team::new();
    let mut made = team.make(&team.server.keys.user, &["leaked"]);
    let (id, value) = made.remove(0);
    team.report(&value, "https://git.example/acme/.env");
    let secret = listed(&team, &[])[0]["secretId"].as_str().unwrap().to_owned();
    (team, id.as_str().to_owned(), secret, value)
}

fn listed(team: &Team, extra: &[&str]) -> Vec<Value> {
    let args = [&["exposed", "list", "--json"], extra].concat();
    team.run(&team.server.keys.admin, &args).ended(0).json()["data"].as_array().unwrap().clone()
}

#[test]
fn the_list_is_that_of_the_tab_the_most_urgent_first() {
    let mut team = Team::new();
    team.server = TestServer::seeded_blocking(60, keydeck::domain::team::Role::Admin);
    let admin = team.server.keys.admin.duplicate();
    let rows = listed(&team, &[]);
    assert_eq!(
        rows,
        team.run(&admin, &["list", "--tab", "exposed", "--json"]).ended(0).json()["data"].as_array().unwrap().clone()
    );
    let live = |row: &Value| row["resolution"] == "ACTIVE" && row["apiKeyStatus"] == "enabled";
    let in_use = |row: &Value| live(row) && row["lastUsedAt"].as_str() >= row["detectedAt"].as_str();
    let rank = |row: &Value| match row {
        row if in_use(row) => 0,
        row if live(row) => 1,
        row if row["resolution"] == "ACTIVE" => 2,
        _ => 3,
    };
    let ranks: Vec<i32> = rows.iter().map(rank).collect();
    assert!(ranks.is_sorted() && ranks[0] == 0 && ranks.last() == Some(&3), "{ranks:?}");
    let table = team.run(&admin, &["exposed", "list"]).ended(0);
    assert!(table.out.contains("open, used since") && table.out.contains("EXPOSED"), "{}", table.out);
    team.run(&admin, &["exposed", "list", "--filter", "exposed:yes status:enabled", "--exit-code"]).ended(10);
    team.run(&admin, &["exposed", "list", "--filter", "secret:nothing", "--exit-code"]).ended(0);
    let csv = team.run(&admin, &["exposed", "list", "--csv", "--columns", "url,resolution"]).ended(0);
    assert!(csv.out.starts_with("url,resolution\n"), "{}", csv.out);
}

#[test]
fn the_key_behind_is_revoked_and_its_findings_are_resolved_with_it() {
    let (team, id, secret, value) = leaked();
    let admin = &team.server.keys.admin;
    let dry = team.run(admin, &["exposed", "revoke", &secret, "--dry-run", "--json"]).ended(0).json();
    assert_eq!(dry["data"][0]["id"], id.as_str());
    assert_eq!(dry["meta"]["findings"][0]["outcome"], "wouldResolve");
    assert!(team.accepts(&value));
    let done =
        team.run(admin, &["exposed", "revoke", &secret, "--yes", "--json", "--note", "in public"]).ended(0).json();
    assert_eq!(done["data"][0]["outcome"], "revoked");
    assert_eq!(done["meta"]["findings"][0]["outcome"], "resolved");
    assert!(!team.accepts(&value));
    assert_eq!(listed(&team, &[])[0]["resolution"], "REVOKED");
    team.run(admin, &["exposed", "revoke", &secret, "--yes"]).ended(0).says("nothing to revoke");
    team.run(admin, &["exposed", "revoke", "unknown", "--yes"]).ended(1);
}

#[test]
fn on_a_terminal_the_review_names_what_is_resolved_and_takes_the_last_four() {
    let (team, id, _, value) = leaked();
    for (answer, code) in [("y\n".to_owned(), 3), (format!("{}\n", last_four(&value)), 0)] {
        let args = ["exposed", "revoke", id.as_str()];
        let mut terminal = Terminal::start(&team.home, &args, &team.environment(&team.server.keys.admin));
        terminal.shows("Revoke 1 key of 1 person");
        terminal.shows("Resolves 1 finding:");
        terminal.shows("github, https://git.example/acme/.env");
        terminal.shows(&format!("Type {} and Enter to revoke it: ", last_four(&value)));
        terminal.types(&answer);
        assert_eq!(terminal.end().0, code, "{answer}");
    }
    assert!(!team.accepts(&value));
}

#[test]
fn a_filter_means_open_findings_and_disabling_leaves_them_open() {
    let (team, _, _, value) = leaked();
    let admin = &team.server.keys.admin;
    let all = ["exposed", "revoke", "--filter", "source:github"];
    team.run(admin, &["exposed", "revoke", "--filter", "", "--yes"]).ended(2).says("--all");
    team.run(admin, &[&all[..], &["--max", "0", "--yes"]].concat()).ended(2).says("1 finding are more than 0");
    team.run(admin, &[&all[..], &["--disable", "--yes"]].concat()).ended(0).says("1 disabled");
    assert!(!team.accepts(&value));
    assert_eq!(listed(&team, &[])[0]["resolution"], "ACTIVE");
    team.run(admin, &[&all[..], &["--disable", "--yes"]].concat()).ended(0).says("nothing to disable");
    team.run(admin, &[&all[..], &["--yes"]].concat()).ended(0).says("1 revoked");
    team.run(&team.server.keys.user, &[&all[..], &["--yes"]].concat()).ended(3);
}

#[test]
fn findings_are_resolved_for_a_reason_that_stands_in_the_audit_log() {
    let (team, id, secret, value) = leaked();
    let admin = &team.server.keys.admin;
    let resolve = |extra: &[&str]| team.run(admin, &[&["exposed", "resolve", secret.as_str()], extra].concat());
    resolve(&["--as", "false-positive", "--yes"]).ended(2).says("a reason is missing");
    resolve(&["--as", "accepted-risk", "--reason", " ", "--yes"]).ended(2);
    resolve(&["--yes"]).ended(2);
    let dry = resolve(&["--as", "false-positive", "--reason", "x", "--dry-run", "--json"]).ended(0).json();
    assert_eq!((&dry["data"][0]["outcome"], &dry["meta"]["dryRun"]), (&json!("wouldResolve"), &json!(true)));
    let done =
        resolve(&["--as", "accepted-risk", "--reason", "read-only, public data", "--yes", "--json"]).ended(0).json();
    assert_eq!((&done["data"][0]["outcome"], &done["meta"]["done"]), (&json!("resolved"), &json!(1)));
    assert_eq!(listed(&team, &[])[0]["resolution"], "ACCEPTED_RISK");
    assert!(team.accepts(&value), "a word revokes nothing");
    let trail = team.run(admin, &["audit", "--key", &id, "--json"]).ended(0);
    assert!(trail.out.contains("read-only, public data"), "{}", trail.out);
    let again = resolve(&["--as", "revoked", "--yes", "--json"]).ended(0).json();
    assert_eq!(again["data"][0]["outcome"], "alreadyResolved");
    team.run(admin, &["exposed", "resolve", "unknown", secret.as_str(), "--as", "revoked", "--yes"])
        .ended(1)
        .says("1 of 2");
    team.run(&team.server.keys.user, &["exposed", "resolve", secret.as_str(), "--as", "revoked", "--yes"]).ended(3);
}

#[test]
fn another_makers_key_is_left_out_with_where_to_revoke_it() {
    let mut team = Team::new();
    team.server = TestServer::seeded_blocking(60, keydeck::domain::team::Role::Admin);
    let admin = team.server.keys.admin.duplicate();
    let foreign = ["exposed", "revoke", "--filter", "secret:postman exposed:yes"];
    team.run(&admin, &[&foreign[..], &["--yes"]].concat())
        .ended(1)
        .says("a key of Postman: revoke it at https://go.postman.co/manage-postman-keys");
    let resolve = ["exposed", "resolve", "--filter", "secret:postman exposed:yes", "--as", "revoked", "--yes"];
    team.run(&admin, &resolve).ended(0).says("1 of 1 resolved");
}

#[test]
fn what_stayed_open_on_disk_is_tried_again_and_only_said_of_a_dead_key() {
    let (team, id, secret, _) = leaked();
    let admin = &team.server.keys.admin;
    let folder = team.home.path("state/keydeck/unresolved-findings");
    std::fs::create_dir_all(&folder).unwrap();
    let address = format!("{}\n{secret}\ngithub", team.server.base_url);
    let file = folder.join(format!("{}.json", keydeck::domain::key_value::fingerprint(&address)));
    let form = json!({
        "version": 1, "profile": "acme", "server": team.server.base_url, "secretId": secret, "workspaceId": "github",
        "keyId": id, "keyKind": "api-key", "name": "leaked", "url": "https://git.example/acme/.env",
        "since": "2026-11-21T08:30:00.000Z", "trouble": "503",
    });
    std::fs::write(&file, form.to_string()).unwrap();
    let pending = ["exposed", "resolve", "--pending"];
    team.run(admin, &[&pending[..], &["--dry-run"]].concat()).ended(0);
    team.run(admin, &[&pending[..], &["--yes"]].concat()).ended(1);
    assert_eq!(listed(&team, &[])[0]["resolution"], "ACTIVE", "its key lives");
    team.run(admin, &["revoke", &id, "--yes"]).ended(0);
    // revoked on the server the finding is resolved already, which is found out and forgotten
    let done = team.run(admin, &[&pending[..], &["--yes", "--json"]].concat()).ended(0).json();
    assert_eq!(done["data"][0]["outcome"], "alreadyResolved");
    team.run(admin, &[&pending[..], &["--yes"]].concat()).ended(0).says("nothing to resolve");
}
