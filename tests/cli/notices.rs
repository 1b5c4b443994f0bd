//! `keydeck notices`.

use std::time::{Duration, Instant};

use keydeck::server::ServerSettings;
use serde_json::json;

use crate::program::{Home, Running};
use crate::server::TestServer;

/// Longer than servers wait before they send.
const PATIENCE: Duration = Duration::from_mins(1);

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

/// Two server processes on one database, each with a folder of its own.
#[test]
fn of_two_servers_on_one_database_each_notice_is_sent_by_one() {
    let homes = [Home::new(), Home::new()];
    for home in &homes {
        std::fs::write(home.path("config/keydeck/server.toml"), "[notices]\nfolder = \"mail\"\n").unwrap();
    }
    let init = ["server", "init", "--team", "Acme", "--email", "ana@acme.example"];
    let key = homes[0].run(&init).ended(0).out.trim().to_owned();
    let database = format!("sqlite:{}", homes[0].path("data/keydeck/keydeck.db").display());
    let serve = ["serve", "--listen", "127.0.0.1:0", "--database", &database];
    let servers = homes.each_ref().map(|home| Running::start(home.command(&serve)));
    let said = servers[0].line();
    let url = said.split_whitespace().find(|word| word.starts_with("http://")).expect(&said).trim_end_matches(';');
    servers[1].line();
    let environment = [("KEYDECK_URL", url), ("KEYDECK_API_KEY", key.as_str())];
    let run = |args: &[&str]| homes[0].run_with(args, &environment);
    let mut revoke = vec!["revoke".to_owned()];
    for number in 0..12 {
        let contact = format!("team-{number}@acme.example");
        let args = ["create", "--name", "ci", "--contact", &contact, "--print-secret", "--json"];
        revoke.push(run(&args).ended(0).json()["data"][0]["id"].as_str().unwrap().to_owned());
    }
    revoke.push("--yes".to_owned());
    run(&revoke.iter().map(String::as_str).collect::<Vec<_>>()).ended(0);
    let mails = || {
        homes.each_ref().map(|home| {
            let folder = std::fs::read_dir(home.path("config/keydeck/mail")).into_iter().flatten();
            let names = folder.map(|file| file.unwrap().file_name().into_string().unwrap());
            names.filter_map(|name| name.strip_suffix(".eml").map(str::to_owned)).collect::<Vec<_>>()
        })
    };
    // the servers wait until nothing more comes for a person, then send
    let begun = Instant::now();
    while mails().iter().map(Vec::len).sum::<usize>() < 12 && begun.elapsed() < PATIENCE {
        std::thread::yield_now();
    }
    let notices = || run(&["notices", "--json"]).ended(0).json()["data"].as_array().unwrap().clone();
    while notices().iter().any(|notice| notice["state"] == "waiting") {}
    let sent = mails();
    assert_eq!(sent[0].len() + sent[1].len(), 12, "one for each contact: {sent:?}");
    assert!(sent[0].iter().all(|name| !sent[1].contains(name)), "{sent:?}");
}
