//! `keydeck where`: in which places a key lives, by hash, whatever goes wrong with one of them.

use std::os::unix::fs::symlink;
use std::path::Path;

use keydeck::domain::key_value::{KeyKind, mint};
use keydeck::domain::secret::Secret;
use serde_json::Value;

use crate::program::Ran;
use crate::rotate::Scene;

/// Place, what it holds, and whether that is accepted.
fn told(ran: &Ran, scene: &Scene) -> Vec<(String, String, Option<bool>)> {
    let document = ran.json();
    let begin = scene.path("");
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().replace(&begin, "");
    let rows = document["data"].as_array().unwrap().iter();
    rows.map(|row| (text(row, "place"), text(row, "holds"), row["alive"].as_bool())).collect()
}

fn row(place: &str, holds: &str, alive: impl Into<Option<bool>>) -> (String, String, Option<bool>) {
    (place.to_owned(), holds.to_owned(), alive.into())
}

#[test]
fn a_rotated_key_is_followed_into_every_place_that_is_known() {
    let scene = Scene::new();
    let old = scene.old.expose().to_owned();
    let search = scene.path("app");
    // before: the present value, and no old one anywhere
    let before = scene.run(&["where", "ci", "--search", &search, "--json"]).ended(0);
    assert_eq!(told(&before, &scene), [row("env-file:app/.env:API_KEY", "new", true)]);
    scene.write("app/backup.env", &format!("PORT=80\n# API_KEY={old}\nCOPY=\"{old}\"\n"));
    scene.rotate_at_once(&[]).ended(0);
    for sought in ["ci", &scene.id] {
        let after = scene.run(&["where", sought, "--search", &search, "--json"]).ended(10);
        assert_eq!(
            told(&after, &scene),
            [
                row("env-file:app/.env:API_KEY", "new", true),
                row("file:app/backup.env", "old", false),
                row("env-file:app/backup.env:COPY", "old", false),
            ],
            "the journal names the first, the folder the others"
        );
        let rows = &after.json()["data"];
        assert_eq!(
            (&rows[0]["namedBy"], &rows[1]["line"], &rows[2]["line"]),
            (&"rotation".into(), &2.into(), &3.into())
        );
        assert_eq!(rows[1]["withinText"], true);
        assert_eq!(after.json()["meta"]["keys"].as_array().unwrap().len(), 2, "the old key and the new one");
    }
    let table = scene.run(&["where", "ci", "--search", &search]).ended(10).says("1 key that it was rotated from or to");
    assert!(table.out.contains("no, revoked") && table.out.contains("COPY"), "{table:#?}");
    // --only leaves the journal's places out
    let only = scene.run(&["where", "ci", "--search", &scene.path("none-yet"), "--only"]);
    only.ended(2).says("there is no such file or folder");
    let only = scene.run(&["where", "ci", "--place", &scene.env_sink(), "--only", "--json"]).ended(0);
    assert_eq!(told(&only, &scene), [row("env-file:app/.env:API_KEY", "new", true)]);
}

#[test]
fn an_earlier_value_that_still_works_is_found_by_itself_and_by_its_key() {
    let scene = Scene::new();
    let renewed =
        scene.run(&["regenerate", &scene.id, "--overlap", "7d", "--write-secret", &scene.path("new.key"), "--yes"]);
    renewed.ended(0);
    let places = ["--place", &scene.env_sink(), "--place", &format!("file:{}", scene.path("new.key")), "--json"];
    let expected = [row("env-file:app/.env:API_KEY", "old", true), row("file:new.key", "new", true)];
    let by_id = scene.run(&[&["where", &scene.id], &places[..]].concat()).ended(11);
    assert_eq!(told(&by_id, &scene), expected);
    assert!(by_id.json()["data"][0]["aliveUntil"].is_string());
    for value in [scene.old.expose(), &scene.read("new.key")] {
        let line = format!("2026-11-27 GET /?k={value} 200\n");
        let by_value = scene.team.run_reading(&scene.key, &[&["where", "-"], &places[..]].concat(), line).ended(11);
        scene.clean(&by_value, false);
        assert_eq!(told(&by_value, &scene), expected, "whichever of its values is pasted");
    }
    let by_filter = scene.run(&[&["where", "--filter", "name:=ci"], &places[..]].concat()).ended(11);
    assert_eq!(told(&by_filter, &scene), expected);
}

#[test]
fn other_programs_stores_are_read_and_one_that_fails_ends_nothing() {
    let scene = Scene::new();
    let tools = scene.team.home.path("tools");
    std::fs::create_dir_all(tools.join("state/kv")).unwrap();
    std::fs::create_dir_all(tools.join("state/data")).unwrap();
    for name in ["vault", "kubectl", "gh", "glab"] {
        symlink(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stand_ins").join(name), tools.join(name)).unwrap();
    }
    let (_, other) = scene.team.make(&scene.key, &["another"]).remove(0);
    std::fs::write(tools.join("state/kv/key"), scene.old.expose()).unwrap();
    std::fs::write(tools.join("state/kv/other"), other.expose()).unwrap();
    std::fs::write(tools.join("state/kv/password"), "correct horse battery staple").unwrap();
    std::fs::write(tools.join("state/kv/pointer"), "op://ops/ci/key").unwrap();
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    let mut args = vec!["where", "ci", "--json"];
    for place in [
        "vault:secret/app:key",
        "vault:secret/app:other",
        "vault:secret/app:password",
        "vault:secret/app:none",
        "vault:secret/app:pointer",
        "kubectl:prod/app:KEY",
        "op:ops/ci:key",
    ] {
        args.extend(["--place", place]);
    }
    let mut environment = scene.team.environment(&scene.key).to_vec();
    environment.push(("PATH", &path));
    let ran = scene.team.home.run_with(&args, &environment).ended(1);
    scene.clean(&ran, false);
    assert_eq!(
        told(&ran, &scene),
        [
            row("vault:secret/app:key", "new", true),
            row("vault:secret/app:other", "other", true),
            row("vault:secret/app:password", "other", None),
            row("vault:secret/app:none", "nothing", None),
            row("vault:secret/app:pointer", "unknown", None),
            row("kubectl:prod/app:KEY", "nothing", None),
            row("op:ops/ci:key", "unknown", None),
        ]
    );
    let rows = ran.json();
    assert_eq!(rows["data"][1]["keyName"], "another");
    assert_eq!(rows["data"][2]["maskedValue"], Value::Null, "of a password nothing is told");
    assert!(rows["data"][4]["says"].as_str().unwrap().contains("1Password"));
    assert!(rows["data"][6]["says"].as_str().unwrap().contains("op is not installed"), "{rows}");
    for secret in [other.expose(), "correct horse"] {
        assert!(!format!("{ran:?}{}", scene.team.home.log()).contains(secret));
    }
}

#[test]
fn a_value_of_nobody_is_looked_for_all_the_same_and_not_called_dead() {
    let scene = Scene::new();
    let foreign = mint(KeyKind::ApiKey, getrandom::fill).unwrap();
    scene.write("app/x.env", &format!("KEY={}\n", foreign.expose()));
    let args = ["where", "-", "--search", &scene.path("app"), "--json"];
    let ran = scene.team.run_reading(&scene.key, &args, foreign.expose()).ended(12);
    assert_eq!(told(&ran, &scene), [row("env-file:app/x.env:KEY", "same", None)]);
    assert!(!format!("{ran:?}").contains(foreign.expose()));
    let two = format!("{} {}", foreign.expose(), scene.old.expose());
    scene.team.run_reading(&scene.key, &args, two).ended(2).says("values of several keys");
    scene.team.run_reading(&scene.key, &args, "nothing").ended(2).says("no whole key value");
}

#[test]
fn programs_are_run_only_where_the_configuration_names_them() {
    let scene = Scene::new();
    let told_by = scene
        .script("tell", &format!("echo ran >>{}\nsha256sum <{} | cut -c1-64", scene.path("log"), scene.path("held")));
    scene.write("held", scene.old.expose());
    let taken = scene.script("take", &format!("cat >{}", scene.path("held")));
    let ran = || std::fs::read_to_string(scene.team.home.path("log")).unwrap_or_default().lines().count();
    let place = format!("{{ write = [\"{taken}\"], verify = [\"{told_by}\"] }}");
    scene.team.profile(&scene.key, &format!("[where]\nplaces = [{place}]\n"));
    let by_hash = scene.team.home.run(&["where", &scene.id, "--json"]).ended(0);
    assert_eq!((ran(), &by_hash.json()["data"][0]["holds"]), (1, &"new".into()));
    scene.run(&["where", &scene.id, "--place", &format!("command:{taken}")]).ended(2).says("nothing was run");
    assert_eq!(scene.read("held"), scene.old.expose());
    // a rotation that went there stands in the journal, which is no reason to run anything
    scene.team.profile(&scene.key, &format!("[rotation.ci]\nsinks = [{place}]\noverlap = \"none\"\n"));
    scene.team.home.run(&["rotate", &scene.id, "--yes"]).ended(0);
    let (before, new) = (ran(), Secret::new(scene.read("held")));
    scene.team.profile(&scene.key, "");
    let from_journal = scene.team.home.run(&["where", &scene.id]).ended(1);
    from_journal.says("only an earlier rotation names it").says("[where] places");
    assert_eq!(ran(), before);
    let found = scene.team.run_reading(&scene.key, &["where", "-", "--json"], new.expose()).ended(1);
    assert!(!format!("{found:?}").contains(new.expose()));
}

#[test]
fn what_cannot_be_looked_for_is_refused_with_what_to_do() {
    let scene = Scene::new();
    scene.run(&["where", &scene.id]).ended(1).says("no place is known").says("--search");
    scene.team.make(&scene.key, &["ci"]);
    let search = scene.path("app");
    let twice = scene.run(&["where", "ci", "--search", &search]).ended(2);
    twice.says("2 keys have the name ci").says(&scene.id);
    scene.run(&["where", "--filter", "name:ci", "--search", &search]).ended(2).says("2 keys match");
    scene.run(&["where", "--filter", "name:zzz", "--search", &search]).ended(2).says("no key matches");
    scene.run(&["where", "01JQNONE", "--search", &search]).ended(1).says("no key that you may see");
    scene.run(&["where", &scene.id, "--place", "envfile:x"]).ended(2).says("no known kind of place");
    scene.run(&["where", &scene.id, "--place", "clipboard"]).ended(2).says("cannot be read back");
    scene.team.profile(&scene.key, "[where]\nplace = []\n");
    scene.team.home.run(&["where", &scene.id]).ended(2).says("unknown key where.place").says("did you mean places?");
    scene.team.profile(&scene.key, "[where]\nplaces = [\"env-file:x:Y\"]\n");
    scene.team.home.run(&["where", &scene.id]).ended(2).says("where.places has a path that depends on");
}
