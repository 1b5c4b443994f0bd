//! Making and changing keys: what is asked, what is sent, where a value goes.

use std::os::unix::fs::PermissionsExt;

use keydeck::domain::secret::Secret;

use crate::program::Terminal;
use crate::team::{Team, last_four};

fn own(team: &Team, key: &Secret) -> String {
    let document = team.run(key, &["list", "--json"]).json();
    document["data"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned()
}

fn outcomes(document: &serde_json::Value) -> Vec<&str> {
    document["data"].as_array().unwrap().iter().map(|row| row["outcome"].as_str().unwrap()).collect()
}

#[test]
fn a_value_goes_where_it_is_told_and_nowhere_else() {
    let team = Team::new();
    let user = &team.server.keys.user;
    team.run(user, &["create", "--name", "ci"]).ended(2).says("nowhere").says("--write-secret");
    assert!(!team.run(user, &["list"]).out.contains("ci "), "nothing was made");

    let ran = team.run(user, &["create", "--name", "ci", "--print-secret"]).ended(0).says("expires: ");
    let value = Secret::new(ran.out.trim_end().to_owned());
    assert!(ran.out.lines().count() == 1 && !ran.err.contains(value.expose()) && team.accepts(&value));

    let path = team.home.path("ci.key");
    let file = path.to_str().unwrap();
    let create = ["create", "--name", "ci", "--contact", "ops@team.example", "--write-secret", file];
    let ran = team.run(user, &create).ended(0).says(file);
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(team.accepts(&Secret::new(written.trim_end().to_owned())) && !ran.out.contains(written.trim_end()));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let shown = team.run(user, &["show", ran.out.trim_end(), "--json"]).ended(0).json();
    assert_eq!(shown["data"][0]["contacts"], serde_json::json!(["ops@team.example"]));

    let before = team.run(user, &["list", "--json"]).json();
    team.run(user, &create).ended(2).says("exists");
    team.run(user, &["create", "--name", "x", "--write-secret", "/nowhere/x"]).ended(2).says("/nowhere/x");
    assert_eq!(team.run(user, &["list", "--json"]).json()["meta"], before["meta"], "nothing was made");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), written, "and nothing replaced");
}

#[test]
fn json_holds_the_value_only_where_it_was_asked_for() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let made = team.run(user, &["create", "--name", "a", "--print-secret", "--json"]).ended(0).json();
    assert!(team.accepts(&Secret::new(made["data"][0]["value"].as_str().unwrap().to_owned())));
    let path = team.home.path("b.key");
    let file = path.to_str().unwrap();
    let made = team.run(user, &["create", "--name", "b", "--write-secret", file, "--json"]).ended(0).json();
    assert_eq!((&made["data"][0]["value"], &made["meta"]["writtenTo"]), (&serde_json::Value::Null, &file.into()));
    let dry = team.run(user, &["create", "--name", "c", "--expires", "never", "--dry-run", "--json"]).ended(0).json();
    assert_eq!(dry["data"][0]["outcome"], "wouldCreate");
    assert_eq!(team.run(user, &["list", "--json", "--filter", "name:c"]).json()["meta"]["matched"], 0);
}

#[test]
fn a_refused_key_leaves_no_file() {
    let team = Team::new();
    let path = team.home.path("x.key");
    let create = ["create", "--name", "x", "--write-secret", path.to_str().unwrap()];
    team.run(&team.server.keys.scanner, &create).ended(3);
    assert!(!path.exists());
    team.profile(&team.server.keys.user, "read_only = true\n");
    team.home.run(&create).ended(3).says("read-only");
    assert!(!path.exists());
}

#[test]
fn wishes_are_checked_before_anybody_is_asked() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let value = team.make(user, &["leaked"])[0].1.expose().to_owned();
    for (args, says) in [
        (vec!["create", "--name", &value, "--print-secret"], "holds a key's value"),
        (vec!["create", "--name", "x", "--expires", "soon", "--print-secret"], "--expires"),
        (vec!["create", "--name", "x", "--contact", "ops", "--print-secret"], "no e-mail address"),
        (vec!["create", "--collection", "pets", "--print-secret"], "UID"),
        (vec!["create", "--print-secret"], "--name"),
        (vec!["edit", "x"], "required"),
        (vec!["edit", "x", "--expires", "never"], "brought forward"),
        (vec!["edit", &value, "--name", "x"], "holds a key's value"),
        (vec!["edit", "kdk_abc", "--name", "x"], "not an id"),
        (vec!["disable", &value, "--yes"], "holds a key's value"),
        (vec!["regenerate", "x", "--overlap", "8d", "--print-secret", "--yes"], "at most 7d"),
        (vec!["regenerate", "x", "--yes"], "nowhere"),
        (vec!["audit", "--since", "soon"], "--since"),
    ] {
        let ran = team.run(user, &args).ended(2).says(says);
        assert!(!ran.err.contains(&value) && ran.out.is_empty(), "{ran:?}");
    }
}

#[test]
fn a_collection_key_is_made_and_deleted_by_its_owner() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let uid = "12345-0a1b2c3d-0000-4000-8000-0123456789ab";
    let made = team.run(user, &["create", "--collection", uid, "--print-secret", "--json"]).ended(0).json();
    let id = made["data"][0]["id"].as_str().unwrap();
    assert!(made["data"][0]["value"].as_str().unwrap().starts_with("kdc_"));
    team.run(user, &["disable", id, "--yes"]).ended(1).says("1 failed");
    team.run(user, &["delete", id, "--yes"]).ended(0).says("1 revoked");
}

#[test]
fn a_key_is_edited_and_its_expiry_only_brought_forward() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let id = team.make(user, &["old"])[0].0.to_string();
    let edit = |extra: &[&str]| team.run(user, &[&["edit", id.as_str()], extra].concat());
    let dry = edit(&["--name", "new", "--dry-run"]).ended(0).says("dry run");
    assert_eq!(dry.out, "name: old → new\n");
    let document = edit(&["--name", "new", "--contact", "ops@team.example", "--json"]).ended(0).json();
    assert_eq!(document["data"][0]["name"], "new");
    assert_eq!(document["data"][0]["contacts"], serde_json::json!(["ops@team.example"]));
    let document = edit(&["--no-contacts", "--json"]).ended(0).json();
    assert_eq!(document["data"][0]["contacts"], serde_json::json!([]));
    edit(&["--name", "new"]).ended(0).says("nothing changes");
    edit(&["--expires", "7d"]).ended(3).says("no terminal");
    edit(&["--expires", "7d", "--yes"]).ended(0).says("expires: ");
    edit(&["--expires", "20d", "--yes"]).ended(2).says("brought forward");
    team.run(user, &["edit", "gone", "--name", "x"]).ended(1).says("gone");
}

#[test]
fn keys_are_disabled_and_enabled_each_with_its_own_result() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let made = team.make(user, &["a", "b"]);
    let ids = [made[0].0.as_str(), made[1].0.as_str()];
    let mine = own(&team, user);
    team.run(user, &["disable", ids[0]]).ended(3).says("no terminal");
    assert_eq!(
        outcomes(&team.run(user, &["disable", ids[0], "--dry-run", "--json"]).ended(0).json()),
        ["wouldDisable"]
    );
    assert!(team.accepts(&made[0].1));
    let ran = team.run(user, &["disable", ids[0], &mine, "gone", "--yes"]).ended(1).says("1 disabled");
    assert!(ran.out.contains("--include-self") && ran.out.contains("gone  not found"), "{}", ran.out);
    assert!(!team.accepts(&made[0].1) && team.accepts(user));
    let document = team.run(user, &["disable", ids[0], ids[1], "--yes", "--json"]).ended(0).json();
    assert_eq!(outcomes(&document), ["alreadyDisabled", "disabled"]);
    team.run(user, &["enable", ids[0], ids[1], "--yes"]).ended(0).says("2 enabled");
    assert!(team.accepts(&made[0].1) && team.accepts(&made[1].1));
    let document = team.run(user, &["disable", &mine, ids[0], "--include-self", "--yes", "--json"]).ended(0).json();
    assert_eq!(document["data"][1]["id"], mine.as_str(), "the own key goes last");
    assert!(!team.accepts(user) && !team.accepts(&made[0].1));
}

#[test]
fn enabling_an_exposed_key_names_where_it_was_found_and_takes_its_last_four() {
    let team = Team::new();
    let keys = &team.server.keys;
    let made = team.make(&keys.user, &["leaked"]);
    let (id, last) = (made[0].0.as_str(), last_four(&made[0].1));
    team.run(&keys.admin, &["disable", id, "--yes"]).ended(0);
    team.report(&made[0].1, "https://git.example/acme/.env");
    let listed = team.run(&keys.admin, &["list", "--tab", "team", "--filter", "name:leaked"]).ended(0);
    assert!(listed.out.contains("disabled, exposed"), "{}", listed.out);
    for args in
        [vec!["enable", id, "--dry-run"], vec!["enable", "--tab", "team", "--filter", "name:leaked", "--dry-run"]]
    {
        let dry = team.run(&keys.admin, &args).ended(0);
        assert!(
            dry.out.contains("EXPOSED") && dry.out.contains("github, https://git.example/acme/.env"),
            "{}",
            dry.out
        );
    }
    for (answer, code) in [("y\n".to_owned(), 3), (format!("{last}\n"), 0)] {
        let mut terminal = Terminal::start(&team.home, &["enable", id], &team.environment(&keys.admin));
        terminal.shows("https://git.example/acme/.env");
        terminal.shows(&format!("Type {last} and Enter to enable it: "));
        terminal.types(&answer);
        assert_eq!(terminal.end().0, code, "{answer}");
    }
    team.run(&keys.admin, &["disable", id, "--yes"]).ended(0);
    team.run(&keys.admin, &["enable", id, "--yes"]).ended(0).says("https://git.example/acme/.env");
}

#[test]
fn a_revoked_key_or_one_of_others_gets_no_new_value_and_nobody_is_asked() {
    let team = Team::new();
    let keys = &team.server.keys;
    let made = team.make(&keys.user, &["mine", "gone"]);
    team.run(&keys.user, &["delete", made[1].0.as_str(), "--yes"]).ended(0);
    for (key, id, code, says) in
        [(&keys.user, &made[1].0, 1, "revoked, which is final"), (&keys.admin, &made[0].0, 3, "owned by somebody else")]
    {
        for more in [&["--dry-run"][..], &["--print-secret", "--yes"]] {
            let args = [&["regenerate", id.as_str()], more].concat();
            team.run(key, &args).ended(code).says(says);
        }
    }
    let mut terminal = Terminal::start(
        &team.home,
        &["regenerate", made[0].0.as_str(), "--print-secret"],
        &team.environment(&keys.user),
    );
    terminal.shows("never");
    terminal.types("n\n");
    terminal.end();
    assert!(team.accepts(&made[0].1));
    let mut terminal = Terminal::start(
        &team.home,
        &["regenerate", made[0].0.as_str(), "--print-secret"],
        &team.environment(&keys.user),
    );
    terminal.shows(&format!("Type {} and Enter to regenerate it: ", last_four(&made[0].1)));
    terminal.types("n\n");
    assert_eq!(terminal.end().0, 3, "in use by now");
}

#[test]
fn a_filter_disables_and_enables_what_it_matches_and_no_more_than_was_said() {
    let team = Team::new();
    let (admin, user) = (&team.server.keys.admin, &team.server.keys.user);
    let made = team.make(user, &["old-1", "old-2", "new-1"]);
    let accepted = || made.iter().map(|(_, value)| team.accepts(value)).collect::<Vec<bool>>();
    let run =
        |verb: &str, extra: &[&str]| team.run(admin, &[&[verb, "--tab", "team", "--filter", "old-"], extra].concat());
    let dry = run("disable", &["--dry-run"]).ended(0).says("dry run");
    assert!(dry.out.contains("Disable 2 keys of 1 person") && !dry.out.contains("cannot be undone"), "{}", dry.out);
    run("disable", &["--yes", "--max", "1"]).ended(2).says("2 keys are more than 1");
    run("disable", &["--yes"]).ended(0).says("2 disabled");
    assert_eq!(accepted(), [false, false, true]);
    run("disable", &["--yes"]).ended(0).says("there is nothing to disable");
    run("enable", &["--yes"]).ended(0).says("2 enabled");
    assert_eq!(accepted(), [true, true, true]);
    team.run(admin, &["disable", "--filter", "old-", "--yes"]).ended(2);
    team.run(admin, &["disable", "--tab", "team", "--filter", "", "--yes"]).ended(2).says("every key");
}

#[test]
fn what_the_role_may_not_is_denied_and_a_read_only_profile_sends_nothing() {
    let team = Team::new();
    let keys = &team.server.keys;
    let boss = team.make(&keys.superadmin, &["boss"]);
    team.run(&keys.admin, &["disable", boss[0].0.as_str(), "--yes"]).ended(3).says("1 denied");
    team.run(&keys.admin, &["delete", boss[0].0.as_str(), "--yes"]).ended(3).says("1 denied");
    let made = team.make(&keys.user, &["mine"]);
    let id = made[0].0.as_str();
    team.profile(&keys.user, "read_only = true\n");
    for args in [
        vec!["disable", id, "--yes"],
        vec!["edit", id, "--name", "x"],
        vec!["delete", id, "--yes"],
        vec!["regenerate", id, "--print-secret", "--yes"],
    ] {
        team.home.run(&args).ended(3).says("read-only");
    }
    assert!(team.accepts(&made[0].1) && team.accepts(&boss[0].1));
}

#[test]
fn a_production_profile_takes_the_last_four_of_the_value() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let made = team.make(user, &["a"]);
    team.profile(user, "production = true\n");
    team.home.run(&["create", "--name", "x", "--print-secret"]).ended(3).says("no terminal");
    let last = last_four(&made[0].1);
    let right = format!("{last}\n");
    for (answer, code) in [("y\n", 3), (right.as_str(), 0)] {
        let mut terminal = Terminal::start(&team.home, &["disable", made[0].0.as_str()], &[]);
        terminal.shows("PRODUCTION");
        terminal.shows(&format!("Type {last} and Enter to disable it: "));
        assert!(team.accepts(&made[0].1));
        terminal.types(answer);
        assert_eq!(terminal.end().0, code);
    }
    assert!(!team.accepts(&made[0].1));
}

#[test]
fn a_new_value_replaces_the_old_one_at_once_or_after_the_overlap() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let made = team.make(user, &["a", "b"]);
    let (a, b) = (made[0].0.as_str(), made[1].0.as_str());
    let dry = team.run(user, &["regenerate", a, "--dry-run"]).ended(0);
    assert!(dry.out.contains("The old value dies 20") && dry.out.contains("last used: never"), "{}", dry.out);
    let regenerate = |id: &str, overlap: &str| {
        let ran = team
            .run(user, &["regenerate", id, "--overlap", overlap, "--print-secret", "--yes"])
            .ended(0)
            .says("the old value dies");
        Secret::new(ran.out.trim_end().to_owned())
    };
    let new = regenerate(a, "1h");
    assert!(team.accepts(&new) && team.accepts(&made[0].1));
    let new = regenerate(b, "none");
    assert!(team.accepts(&new) && !team.accepts(&made[1].1));
    team.run(&team.server.keys.admin, &["regenerate", a, "--print-secret", "--yes"]).ended(3).says("owner");
}

#[test]
fn a_second_new_value_within_an_overlap_is_asked_for_since_it_ends_what_was_promised() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let (id, first) = team.make(user, &["a"]).remove(0);
    let id = id.as_str();
    let second = team.run(user, &["regenerate", id, "--overlap", "7d", "--print-secret", "--yes"]).ended(0);
    let second = Secret::new(second.out.trim_end().to_owned());
    let shown = team.run(user, &["show", id]).ended(0);
    assert!(shown.out.contains("Old value") && shown.out.contains("works until 20"), "{}", shown.out);
    let key = team.run(user, &["show", id, "--json"]).ended(0).json();
    let promised = key["data"][0]["overlapEndsAt"].as_str().unwrap().to_owned();
    let ran = team.run_reading(user, &["show", "-"], first.expose()).ended(0);
    assert!(ran.err.contains("not the present value of a") && ran.err.contains("works until 20"), "{ran:?}");

    let again = ["regenerate", id, "--overlap", "1h", "--print-secret"];
    let dry = team.run(user, &[&again[..], &["--dry-run"]].concat()).ended(0);
    assert!(dry.out.contains("it dies at once, since a key has two values at most"), "{}", dry.out);
    let dry = team.run(user, &[&again[..], &["--dry-run", "--json"]].concat()).ended(0).json();
    assert_eq!(dry["data"][0]["endsOverlapOf"], promised.as_str());
    team.run(user, &[&again[..], &["--yes"]].concat()).ended(3).says("pass --end-overlap");
    assert!(team.accepts(&first) && team.accepts(&second));
    let mut terminal = Terminal::start(&team.home, &again, &team.environment(user));
    terminal.shows("The value before it was to work until 20");
    terminal.shows("Type ");
    terminal.types("y\n");
    assert_eq!(terminal.end().0, 3, "a bare y is too little");
    let ran = team.run(user, &[&again[..], &["--yes", "--end-overlap"]].concat()).ended(0);
    assert!(ran.err.contains("is refused now"), "{ran:?}");
    assert!(!team.accepts(&first) && team.accepts(&second) && team.accepts(&Secret::new(ran.out.trim().to_owned())));
    // after the overlap nothing is promised
    let ended = ["regenerate", id, "--overlap", "none", "--print-secret", "--yes", "--end-overlap"];
    team.run(user, &ended).ended(0);
    let key = team.run(user, &["show", id, "--json"]).ended(0).json();
    assert_eq!(key["data"][0]["overlapEndsAt"], serde_json::Value::Null);
    team.run_reading(user, &["show", "-"], first.expose()).ended(0).says("an earlier one: it is refused");
}

#[test]
fn a_value_is_not_made_where_its_print_would_be_lost() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let (id, value) = team.make(user, &["a"]).remove(0);
    for args in
        [vec!["create", "--name", "b", "--print-secret"], vec!["regenerate", id.as_str(), "--print-secret", "--yes"]]
    {
        for end in ["> /dev/null", ">&-", "1< /dev/zero"] {
            let ran = team.shell(user, &args, end).ended(2).says("the value would be lost: standard output");
            assert!(ran.err.contains("nothing was sent"), "{ran:?}");
        }
        // it is kept in the file
        if args[0] == "create" {
            let file = team.home.path("b.key");
            let kept = [&args[..], &["--write-secret", file.to_str().unwrap()]].concat();
            team.shell(user, &kept, "> /dev/null").ended(0);
        }
    }
    assert!(team.accepts(&value));
    let listed = team.run(user, &["list", "--filter", "name:b", "--json"]).json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1, "{listed:#}");
}

#[test]
fn a_key_whose_value_could_not_be_printed_is_revoked_again() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let ran = team.shell(user, &["create", "--name", "orphan", "--print-secret"], "> /dev/full").ended(1);
    assert!(ran.err.contains("is lost: the key ") && ran.err.contains("was revoked again"), "{ran:?}");
    let args = ["create", "--collection", "12345-0a1b2c3d-0000-4000-8000-0123456789ab", "--print-secret", "--json"];
    team.shell(user, &args, "> /dev/full").ended(1).says("was revoked again");
    let listed = team.run(user, &["list", "--filter", "name:orphan", "--json"]).json();
    assert_eq!(listed["data"][0]["status"], "revoked", "{listed:#}");
    let (id, old) = team.make(user, &["a"]).remove(0);
    let ran = team.shell(user, &["regenerate", id.as_str(), "--print-secret", "--yes"], "> /dev/full").ended(1);
    assert!(ran.err.contains("the old one works until 20"), "{ran:?}");
    assert!(team.accepts(&old));
}

#[test]
fn keys_are_named_by_the_beginning_of_their_ids_and_by_ids_on_standard_input() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let made = team.make(user, &["a", "b", "c"]);
    let ids: Vec<&str> = made.iter().map(|(id, _)| id.as_str()).collect();
    // they were made in the same moment, so that only the end tells them apart
    let apart = (4..26).find(|at| ids.iter().filter(|id| id[..*at] == ids[0][..*at]).count() == 1).unwrap();
    let short = ids[0][..apart].to_lowercase();
    let shown = team.run(user, &["show", &short, "--json"]).ended(0).json();
    assert_eq!(shown["data"][0]["id"], ids[0]);
    let both = team.run(user, &["show", &short, ids[0], "--json"]).ended(0).json();
    assert_eq!(both["data"].as_array().unwrap().len(), 1, "{both:#}");
    let common = &ids[0][..8];
    let ran = team.run(user, &["revoke", common, "--yes"]).ended(2).says("more than one key begins with");
    assert!(ran.err.contains("nothing was sent") && ran.err.contains(ids[1]), "{ran:?}");
    // too little to stand for an id
    team.run(user, &["disable", &ids[0][..3], "--yes"]).ended(1);

    let list = format!("\u{feff}{}\r\n\n# the rest\n{}\n", ids[0], ids[1]);
    team.run_reading(user, &["disable", "-", "--yes"], &list).ended(0).says("2 disabled");
    team.run_reading(user, &["enable", ids[1], "-", "--yes"], ids[0]).ended(0).says("2 enabled");
    team.run_reading(user, &["revoke", "-", "--yes"], format!("{}\n{}  b  enabled\n", ids[0], ids[1]))
        .ended(2)
        .says("line 2 of standard input");
    let ran = team.run_reading(user, &["revoke", "-", "--yes"], made[0].1.expose()).ended(2).says("is a key's value");
    assert!(!ran.err.contains(&made[0].1.expose()[..20]), "{ran:?}");
    team.run_reading(user, &["revoke", "-", "--yes"], "\n").ended(2).says("holds no id");
    assert!(made.iter().all(|(_, value)| team.accepts(value)));
    team.run_reading(user, &["delete", "-", "--yes"], &list).ended(0).says("2 revoked");
    assert!(!team.accepts(&made[1].1) && team.accepts(&made[2].1));
}

#[test]
fn own_keys_are_deleted_and_the_key_in_use_only_if_meant() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let made = team.make(user, &["a"]);
    let mine = own(&team, user);
    let id = made[0].0.as_str();
    let dry = team.run(user, &["delete", id, "--dry-run"]).ended(0);
    assert!(dry.out.contains("cannot be undone"), "{}", dry.out);
    team.run(user, &["delete", id, "--yes"]).ended(0).says("1 revoked");
    let shown = team.run(user, &["show", id, "--json"]).json();
    assert_eq!(shown["data"][0]["revocation"], "owner");
    team.run(user, &["delete", &mine, "--yes"]).ended(1).says("1 failed");
    team.run(user, &["delete", &mine, "--yes", "--include-self"]).ended(0);
    assert!(!team.accepts(user));
}

#[test]
fn the_log_tells_what_was_done_to_a_key() {
    let team = Team::new();
    let keys = &team.server.keys;
    let id = team.make(&keys.user, &["ci\u{1b}[2J"])[0].0.to_string();
    team.run(&keys.user, &["edit", &id, "--name", "cd"]).ended(0);
    team.run(&keys.user, &["disable", &id, "--yes"]).ended(0);
    let audit = |extra: &[&str]| team.run(&keys.admin, &[&["audit", "--key", id.as_str()], extra].concat());
    let actions = |document: &serde_json::Value| -> Vec<String> {
        let rows = document["data"].as_array().unwrap();
        rows.iter().map(|row| row["action"].as_str().unwrap().to_owned()).collect()
    };
    let document = audit(&["--json"]).ended(0).json();
    assert_eq!(actions(&document), ["api_key.disable", "api_key.rename", "api_key.create"]);
    assert_eq!(document["data"][1]["data"]["variables"]["after"]["name"], "cd");
    let first = audit(&["--oldest-first", "--limit", "1", "--since", "1h", "--json"]).ended(0).json();
    assert_eq!((actions(&first), &first["meta"]["more"]), (vec!["api_key.create".to_owned()], &true.into()));
    let by = ["--by", "user@test.example", "--action", "api_key.rename"];
    let ran = audit(&by).ended(0);
    assert!(ran.out.contains("UTC") && ran.out.contains("cd") && !ran.out.contains('\u{1b}'), "{}", ran.out);
    let listed = team.run(&keys.admin, &["audit", "list", "--key", &id, "--json"]).ended(0).json();
    assert_eq!(actions(&listed).len(), 3);
    audit(&["--until", "2020-01-01"]).ended(0).says("no such entry");
    let (of, seq) = (
        |at: usize| document["data"][at]["id"].as_i64().unwrap(),
        |form: &str| actions(&audit(&["--json", "--since", form]).ended(0).json()),
    );
    assert_eq!(seq(&format!("#{}", of(1))), ["api_key.disable", "api_key.rename"]);
    assert_eq!(seq(&format!("seq:{}", of(0) + 1)), Vec::<String>::new());
    for clock in ["00:00", "23:59:59"] {
        // the last one of either: not more than a day ago
        let ran = audit(&["--since", clock]).ended(0);
        assert!(ran.err.is_empty() || ran.err.contains("no such entry"), "{ran:?}");
    }
    for wrong in ["#x", "seq:-1", "25:00", "soon"] {
        audit(&["--since", wrong]).ended(2).says("seq:1234");
    }
    let beginning = team.run(&keys.admin, &["audit", "--key", &id[..20], "--json"]).ended(0).json();
    assert_eq!(actions(&beginning).len(), 3, "the beginning of an id is enough");
    for unknown in ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "01AR"] {
        team.run(&keys.admin, &["audit", "--key", unknown]).ended(1).says("no key that you may see has the id");
    }
    audit(&["--by", "nobody@test.example"]).ended(2);
    team.run(&keys.user, &["audit"]).ended(3);
}

#[test]
fn every_change_takes_a_note_that_stands_in_the_log() {
    let team = Team::new();
    let keys = &team.server.keys;
    let made = team.make(&keys.user, &["a", "b"]);
    let (a, b) = (made[0].0.as_str(), made[1].0.as_str());
    let collection = team.make_collection_key(&keys.user, "12345-pets");
    let uid = "12345-0a1b2c3d-0000-4000-8000-0123456789ab";
    for (key, args) in [
        (&keys.user, vec!["create", "--name", "c", "--print-secret"]),
        (&keys.user, vec!["create", "--collection", uid, "--print-secret"]),
        (&keys.user, vec!["edit", a, "--name", "x"]),
        (&keys.user, vec!["edit", a, "--expires", "7d", "--yes"]),
        (&keys.admin, vec!["disable", a, "--yes"]),
        (&keys.admin, vec!["enable", "--tab", "team", "--filter", "name:x", "--yes"]),
        (&keys.user, vec!["regenerate", a, "--print-secret", "--yes"]),
        (&keys.user, vec!["delete", a, "--yes"]),
        (&keys.admin, vec!["revoke", b, "--yes"]),
        (&keys.admin, vec!["revoke", collection.as_str(), "--yes"]),
        (&keys.superadmin, vec!["users", "role", "admin@test.example", "admin", "scanner", "--yes"]),
        (&keys.superadmin, vec!["users", "deactivate", "colleague@test.example", "--yes"]),
        (&keys.superadmin, vec!["users", "activate", "colleague@test.example", "--yes"]),
    ] {
        let note = format!("why: {}", args[..2].join(" "));
        team.run(key, &[&args[..], &["--note", &note]].concat()).ended(0);
        let log = team.run(&keys.superadmin, &["audit", "--limit", "1", "--json"]).ended(0).json();
        assert_eq!(log["data"][0]["data"]["variables"]["note"], note.as_str(), "{args:?}: {log}");
        let much = "n".repeat(2001);
        team.run(key, &[&args[..], &["--note", &much]].concat()).ended(2).says("at most 2000");
    }
}

#[test]
fn a_person_at_a_terminal_is_told_of_a_server_that_says_nothing() {
    let team = Team::new();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let environment = [("KEYDECK_URL", url.as_str()), ("KEYDECK_API_KEY", "made-up")];
    let mut terminal = Terminal::start(&team.home, &["list"], &environment);
    terminal.shows(&format!("waiting for {url} to answer, until "));
    terminal.signal(rustix::process::Signal::INT);
    terminal.end();
}
