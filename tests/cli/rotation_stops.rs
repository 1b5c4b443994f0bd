//! Where a rotation stops and says what it cannot do, before it does anything.

use keydeck::domain::secret::Secret;
use serde_json::Value;

use crate::program::Terminal;
use crate::rotate::{Scene, execute, files};
use crate::team::last_four;

/// `[rotation.ci]` with one place that programs write: it tells only the hash of what it holds.
fn by_programs(scene: &Scene, undo: &str) -> String {
    scene.write("app/place", scene.old.expose());
    let place = scene.path("app/place");
    let write = scene.script("app/write", &format!("cat > '{place}'"));
    let verify = scene.script("app/verify", &format!("tr -d '\\n' < '{place}' | sha256sum | cut -c1-64"));
    format!("[rotation.ci]\nsinks = [{{ write = [{write:?}], verify = [{verify:?}]{undo} }}]\noverlap = \"24h\"\n")
}

#[test]
fn a_way_back_stops_where_a_place_still_holds_the_new_key_unless_it_is_told_to_leave_it() {
    let scene = Scene::new();
    scene.team.home.configure(&by_programs(&scene, ""));
    let dry = scene.run(&["rotate", &scene.id, "--dry-run"]).ended(0);
    assert!(dry.out.contains("can be put back if its verify command prints the value"), "{}", dry.out);
    assert!(dry.out.contains("✓ place-1: cannot be put back: it tells only the hash"), "{}", dry.out);
    let dry = scene.run(&["rotate", &scene.id, "--dry-run", "--json"]).ended(0).json();
    assert_eq!(dry["data"][0]["places"][0]["canBePutBack"], Value::Null);
    scene.run(&["rotate", &scene.id, "--yes"]).ended(0);
    let id = scene.rotation();
    let new = Secret::new(scene.read("app/place").trim().to_owned());
    assert_eq!(scene.open()[0]["places"][0]["canBePutBack"], false);

    let ran = scene.team.run(&scene.key, &["rotations", "rollback", &id, "--yes"]).ended(1);
    for said in ["may still hold the new value, and the new key still works", "--leave-place 1", "rotations value"] {
        assert!(ran.err.contains(said), "{said}\n{ran:?}");
    }
    assert!(scene.works(new.expose()) && scene.old_works());
    // a number that is of no place in question does not count, nor does --yes alone the second time
    scene.run(&["rotations", "rollback", &id, "--yes", "--leave-place", "2"]).ended(1);
    assert!(scene.works(new.expose()));
    scene.run(&["rotations", "value", &id, "--place", "1"]).ended(1).says("tells only the hash");
    scene.run(&["rotations", "rollback", &id, "--yes", "--leave-place", "1"]).ended(0).says("is not as it was");
    assert!(!scene.works(new.expose()) && scene.old_works());
}

#[test]
fn at_a_terminal_the_last_four_of_the_new_key_leave_a_place_as_it_is() {
    let scene = Scene::new();
    scene.team.home.configure(&by_programs(&scene, ""));
    scene.run(&["rotate", &scene.id, "--yes"]).ended(0);
    let id = scene.rotation();
    let new = Secret::new(scene.read("app/place").trim().to_owned());
    let mut terminal =
        Terminal::start(&scene.team.home, &["rotations", "rollback", &id], &scene.team.environment(&scene.key));
    terminal.shows(&format!("Roll back the rotation of ci? Type {} and Enter: ", last_four(&new)));
    terminal.types(&format!("{}\n", last_four(&new)));
    terminal.shows("may still hold the new value. Revoke the new key");
    terminal.types("y\n");
    assert_eq!(terminal.end().0, 1);
    assert!(scene.works(new.expose()));
}

#[test]
fn an_undo_command_brings_back_what_nobody_else_knows() {
    let scene = Scene::new();
    let place = scene.path("app/place");
    let saved = scene.path("app/saved");
    scene.write("app/saved", scene.old.expose());
    let undo = scene.script("app/undo", &format!("cat > /dev/null; echo x >> \"$0.runs\"; cp '{saved}' '{place}'"));
    scene.team.home.configure(&by_programs(&scene, &format!(", undo = [{undo:?}]")));
    let dry = scene.run(&["rotate", &scene.id, "--dry-run"]).ended(0);
    assert!(dry.out.contains("compared; can be put back"), "{}", dry.out);
    scene.run(&["rotate", &scene.id, "--yes"]).ended(0);
    let id = scene.rotation();
    let new = scene.read("app/place").trim().to_owned();
    scene.run(&["rotations", "rollback", &id, "--yes"]).ended(0);
    assert_eq!((scene.read("app/undo.runs").as_str(), scene.read("app/place").as_str()), ("x\n", scene.old.expose()));
    assert!(!scene.works(&new) && scene.old_works());
}

#[test]
fn an_undo_command_that_ends_well_and_changes_nothing_is_no_way_back() {
    let scene = Scene::new();
    for (undo, said) in [
        ("cat > /dev/null", "still holds the new value"),
        ("cat > \"$0.is\"; : > \"$(dirname \"$0\")/place\"", "something else"),
    ] {
        let undo = scene.script("app/undo", undo);
        scene.team.home.configure(&by_programs(&scene, &format!(", undo = [{undo:?}]")));
        scene.run(&["rotate", &scene.id, "--yes"]).ended(0);
        let id = scene.rotation();
        scene.run(&["rotations", "rollback", &id, "--yes"]).ended(1).says("--leave-place 1");
        let show = scene.run(&["rotations", "show", &id]).ended(0);
        assert!(show.out.contains(said), "{said}\n{}", show.out);
        assert_eq!(scene.open()[0]["newKey"]["status"], "enabled");
        scene.run(&["rotations", "rollback", &id, "--yes", "--done"]).ended(0);
    }
}

#[test]
fn a_place_that_tells_a_hash_gets_back_what_another_place_held() {
    let scene = Scene::new();
    let saved = by_programs(&scene, "").replace("sinks = [", &format!("sinks = [{:?}, ", scene.env_sink()));
    scene.team.home.configure(&saved);
    let before = scene.read("app/.env");
    scene.run(&["rotate", &scene.id, "--yes"]).ended(0);
    let id = scene.rotation();
    scene.run(&["rotations", "rollback", &id, "--yes"]).ended(0);
    assert_eq!((scene.read("app/.env"), scene.read("app/place")), (before, scene.old.expose().to_owned()));
}

#[test]
fn what_a_place_held_is_taken_out_of_escrow_until_it_is_wiped() {
    let scene = Scene::new();
    scene.rotate(&["--sink", &format!("file:{}", scene.path("app/key")), "--overlap", "24h", "--yes"]).ended(0);
    let id = scene.rotation();
    let ran = scene.team.run(&scene.key, &["rotations", "value", &id[..20], "--place", "1"]).ended(0);
    assert_eq!(ran.out, format!("{}\n", scene.old.expose()));
    assert!(!ran.err.contains(scene.old.expose()));
    let ran = scene.team.run(&scene.key, &["rotations", "value", &id, "--new"]).ended(0);
    assert_eq!(ran.out.trim_end(), scene.in_env().unwrap());
    let file = scene.path("app/before.key");
    scene.run(&["rotations", "value", &id, "--place", "1", "--write-secret", &file]).ended(0);
    assert_eq!(scene.read("app/before.key").trim_end(), scene.old.expose());
    scene.run(&["rotations", "value", &id, "--place", "1", "--write-secret", &file]).ended(2).says("cannot make");
    scene.run(&["rotations", "value", &id, "--place", "2"]).ended(1).says("the place held nothing");
    scene.run(&["rotations", "value", &id, "--place", "3"]).ended(2).says("has no place 3: there are 2");
    scene.run(&["rotations", "value", &id]).ended(2);
    scene.team.shell(&scene.key, &["rotations", "value", &id, "--new"], "> /dev/null").ended(2).says("stays in escrow");
    scene.run(&["rotations", "resume", &id, "--end-overlap", "moved", "--yes"]).ended(0);
    scene.run(&["rotations", "value", &id, "--place", "1"]).ended(1).says("its escrow was wiped");
}

#[test]
fn a_checklist_is_ticked_by_whoever_did_it_and_never_by_yes() {
    let scene = Scene::new();
    scene.team.home.configure(&format!(
        "[rotation.ci]\nsinks = [{:?}]\nhooks = [\"true\"]\nchecklist = [\"restart | the *workers*\", \"tell the partner\"]\n\
         health = \"true\"\noverlap = \"none\"\n",
        scene.env_sink()
    ));
    let ran = scene.run(&["rotate", &scene.id, "--yes"]).ended(1);
    let said =
        "to be done by hand, then resume with --done 1 --done 2: 1. restart | the *workers*; 2. tell the partner";
    assert!(ran.err.contains(said), "{ran:?}");
    let id = scene.rotation();
    assert!(scene.old_works() && scene.works(&scene.in_env().unwrap()), "nothing that cannot be taken back was done");
    scene.run(&["rotations", "resume", "--all", "--yes"]).ended(1).says("to be done by hand");
    scene.run(&["rotations", "resume", &id, "--yes", "--done", "3"]).ended(2).says("has no line 3, but 2");
    scene.run(&["rotations", "resume", "--done", &id]).ended(2).says("the rotation before it");
    // in whatever order, each once
    scene.run(&["rotations", "resume", &id, "--yes", "--done", "2"]).ended(1).says("--done 1: 1. restart");
    scene.run(&["rotations", "resume", &id, "--yes", "--done", "2"]).ended(1).says("--done 1: 1. restart");
    assert!(scene.old_works());
    let show = scene.run(&["rotations", "show", &id]).ended(0);
    let who = format!("uid {} on ", rustix::process::getuid().as_raw());
    for row in
        ["| you, 1: restart \\| the \\*workers\\* | no |  |", "| you, 2: tell the partner | yes | ", who.as_str()]
    {
        assert!(show.out.contains(row), "{row}\n{}", show.out);
    }
    scene.run(&["rotations", "resume", &id, "--yes", "--done", "1"]).ended(0).says("closed");
    assert!(!scene.old_works());
    let kept: Value = serde_json::from_str(&scene.read(&format!("state/keydeck/rotations/{id}.json"))).unwrap();
    let ticks = kept["doneByHand"].as_array().unwrap();
    assert_eq!(ticks.len(), 2, "{kept:#}");
    assert_eq!(ticks[0]["what"], "tell the partner");
    assert!(ticks[0]["by"].as_str().unwrap().contains(&who) && ticks[0]["at"].is_string(), "{kept:#}");
    assert!(scene.read(&format!("state/keydeck/rotations/{id}.md")).contains("| Done by hand | When | Who said so |"));
}

#[test]
fn a_value_is_printed_only_where_somebody_reads_it() {
    let scene = Scene::new();
    for end in ["> /dev/null", ">&-"] {
        let args = ["rotate", &scene.id, "--print-secret", "--overlap", "none", "--yes"];
        scene.team.shell(&scene.key, &args, end).ended(2).says("the value would be lost: standard output is closed");
    }
    scene.is_untouched();
    // it is left before its value is printed, and taken up by a timer
    let sink = format!("command:{}", scene.script("app/first", "cat > /dev/null; [ -e \"$0.go\" ]"));
    let args = ["rotate", &scene.id, "--sink", &sink, "--print-secret", "--overlap", "none", "--yes"];
    scene.run(&args).ended(1);
    let id = scene.rotation();
    scene.write("app/first.go", "");
    let ran = scene.run(&["rotations", "resume", "--all", "--yes"]).ended(1).says("when it is resumed by its id");
    assert_eq!(ran.out, "");
    scene.team.shell(&scene.key, &["rotations", "resume", &id, "--yes"], "> /dev/null").ended(1).says("would be lost");
    assert!(scene.old_works());
    let ran = scene.team.run(&scene.key, &["rotations", "resume", &id, "--yes"]).ended(0);
    assert!(scene.works(ran.out.trim()) && !scene.old_works());
}

#[test]
fn the_new_key_of_an_open_rotation_is_not_rotated_again() {
    let scene = Scene::new();
    scene.rotate(&["--overlap", "24h", "--yes"]).ended(0);
    let id = scene.rotation();
    let new = scene.open()[0]["newKey"]["id"].as_str().unwrap().to_owned();
    let args = ["rotate", new.as_str(), "--sink", &scene.env_sink(), "--overlap", "none"];
    let said = format!("it is the new key of the rotation {id}, which is under way");
    let dry = scene.run(&[&args[..], &["--dry-run"]].concat()).ended(1);
    assert!(dry.out.contains("✗ alone") && dry.out.contains(&said), "{dry:?}");
    scene.run(&[&args[..], &["--yes"]].concat()).ended(1).says(&said);
    scene.run(&[&args[..], &["--yes", "--waive", "alone"]].concat()).ended(1).says(&said);
    assert_eq!(scene.rotation(), id);
    scene.run(&["rotations", "resume", &id, "--end-overlap", "moved", "--yes"]).ended(0);
    scene.run(&[&args[..], &["--yes"]].concat()).ended(0);
}

#[test]
fn a_nightly_timer_rotates_what_has_places_skips_what_is_under_way_and_comes_to_an_end() {
    let scene = Scene::new();
    let made = scene.team.make(&scene.key, &["app-1", "app-2", "elsewhere", "app-off"]);
    scene.run(&["disable", made[3].0.as_str(), "--yes"]).ended(0);
    let places: String = ["app-1", "app-2"]
        .map(|name| {
            format!("[rotation.{name}]\nsinks = [\"file:{}\"]\noverlap = \"24h\"\n", scene.path(&format!("app/{name}")))
        })
        .concat();
    scene.team.home.configure(&places);
    let nightly = ["rotate", "--filter", "expires:<60d name:app,elsewhere", "--yes"];
    let nightly: Vec<&str> =
        nightly.iter().map(|word| if word.starts_with("expires") { "expires:<60d" } else { word }).collect();
    // their keys live thirty days, and so would the new ones
    scene.run(&[&nightly[..], &["--placed-only"]].concat()).ended(2).says("the same filter would take it again");
    // without --placed-only one that has no place keeps all from starting
    scene.run(&[&nightly[..], &["--expires", "90d"]].concat()).ended(2).says("goes nowhere is lost");
    assert_eq!(scene.open(), Vec::<Value>::new());
    let timer = [&nightly[..], &["--placed-only", "--expires", "90d"]].concat();
    scene.run(&[&timer[..], &["--max", "1"]].concat()).ended(2).says("2 keys are more than 1");
    let ran = scene.run(&timer).ended(0);
    for said in ["elsewhere (", "no places are saved", "app-off (", "it is disabled"] {
        assert!(ran.err.contains(said), "{said}\n{ran:?}");
    }
    assert_eq!(scene.open().len(), 2);
    assert!(scene.works(scene.read("app/app-1").trim()) && scene.works(scene.read("app/app-2").trim()));
    // the next night nothing is left to do, whether they are still under way or over
    let ran = scene.run(&timer).ended(0).says("there is nothing to rotate");
    assert!(ran.err.contains("is under way"), "{ran:?}");
    scene.run(&["rotations", "resume", "--all", "--end-overlap", "moved", "--yes"]).ended(0);
    scene.run(&timer).ended(0).says("there is nothing to rotate");
    scene.run(&["rotate", "--filter", "", "--yes"]).ended(2).says("an empty filter");
    scene.run(&["rotate", "--filter", "name:app", "--sink", &scene.env_sink(), "--yes"]).ended(2);
    scene.run(&["rotate", "--placed-only", "--yes"]).ended(2);
}

#[test]
fn a_plan_that_was_changed_in_the_journal_is_asked_for_again_and_nothing_of_it_is_done() {
    let scene = Scene::new();
    scene.rotate(&["--hook", "false", "--overlap", "none", "--yes"]).ended(1);
    let id = scene.rotation();
    let taken = scene.path("app/taken");
    let journal = scene.path("state/keydeck/rotations.db");
    let env = scene.path("app/.env");
    let change = format!(
        "UPDATE rotations SET state = replace(replace(state, '{env}', '{taken}'), '\"false\"', '\"true\"') WHERE id = '{id}'"
    );
    execute(&journal, &change);
    for command in [
        vec!["rotations", "resume", &id, "--yes", "--again"],
        vec!["rotations", "resume", "--all", "--yes", "--again"],
        vec!["rotations", "rollback", &id, "--yes"],
        vec!["rotations", "rollback", &id, "--yes", "--again"],
    ] {
        let ran = scene.run(&command).ended(1).says("its plan was changed after it was agreed");
        assert!(ran.err.contains(&taken) && ran.err.contains("--agree"), "it is shown as it stands: {ran:?}");
    }
    assert!(!std::path::Path::new(&taken).exists() && scene.old_works());
    assert_eq!(scene.open()[0]["newKey"]["status"], "enabled");
    // back to what was agreed
    let back = format!(
        "UPDATE rotations SET state = replace(replace(state, '{taken}', '{env}'), '\"true\"', '\"false\"') WHERE id = '{id}'"
    );
    execute(&journal, &back);
    scene.run(&["rotations", "rollback", &id, "--yes", "--done"]).ended(1);
    scene.run(&["rotations", "rollback", &id, "--yes", "--done"]).ended(0);
    assert_eq!(scene.in_env().as_deref(), Some(scene.old.expose()));
}

#[test]
fn a_changed_plan_is_gone_on_with_by_who_agrees_and_given_up_by_anybody() {
    let scene = Scene::new();
    scene.rotate(&["--overlap", "24h", "--yes"]).ended(0);
    let id = scene.rotation();
    let seal = files(&scene.team.home.path("state/keydeck/escrow"))
        .into_iter()
        .find(|file| file.to_string_lossy().contains(".plan."))
        .unwrap();
    // taken away, it proves nothing any more
    std::fs::remove_file(&seal).unwrap();
    let end = ["rotations", "resume", &id, "--end-overlap", "moved", "--yes"];
    scene.run(&end).ended(1).says("is not noted in escrow");
    assert!(scene.old_works());
    let mut terminal =
        Terminal::start(&scene.team.home, &["rotations", "resume", &id], &scene.team.environment(&scene.key));
    terminal.shows(&format!("Go on with it as it stands here? Type {} and Enter: ", last_four(&scene.old)));
    terminal.types("y\n");
    assert_eq!(terminal.end().0, 1);
    scene.run(&[&end[..], &["--agree"]].concat()).ended(0);
    assert!(!scene.old_works());

    let scene = Scene::new();
    scene.rotate(&["--overlap", "24h", "--yes"]).ended(0);
    let id = scene.rotation();
    execute(
        &scene.path("state/keydeck/rotations.db"),
        "UPDATE rotations SET state = replace(state, '/app/', '/other/')",
    );
    scene.run(&["rotations", "abandon", &id, "--yes"]).ended(0);
    assert_eq!(scene.open(), Vec::<Value>::new());
}

#[test]
fn a_summary_holds_no_markup_and_nothing_that_a_terminal_obeys() {
    let scene = Scene::new();
    let name = "a|b <img src=x> [x](http://evil.example) \u{202e}\u{1b}[2J";
    let (id, _) = scene.team.make(&scene.key, &[name]).remove(0);
    let args = [
        "rotate",
        id.as_str(),
        "--sink",
        &scene.env_sink(),
        "--reason",
        "**urgent** `x`",
        "--waive",
        "other-value",
        "--overlap",
        "none",
        "--yes",
    ];
    scene.run(&args).ended(0);
    let over = scene.run(&["rotations", "list", "--over", "--json"]).json();
    let rotation = over["data"][0]["id"].as_str().unwrap().to_owned();
    let summary = format!("state/keydeck/rotations/{rotation}");
    let markdown = scene.read(&format!("{summary}.md"));
    assert!(
        markdown.contains(r"# Rotation of a\|b \<img src=x\> \[x\](http\://evil.example) \\u{202e}\\x1b\[2J"),
        "{markdown}"
    );
    assert!(markdown.contains(r"reason: \*\*urgent\*\* \`x\`"), "{markdown}");
    let json = scene.read(&format!("{summary}.json"));
    for text in [&markdown, &json] {
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
    }
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["oldKey"]["name"], name, "a reader of JSON gets it as it is");
}

#[test]
fn the_own_key_in_its_overlap_is_not_used_to_go_on() {
    let scene = Scene::new();
    let sink = scene.env_sink();
    let args = ["rotate", scene.id.as_str(), "--sink", &sink, "--overlap", "1h", "--yes", "--waive", "own-key"];
    scene.team.run(&scene.old, &args).ended(0);
    let id = scene.rotation();
    // with the old key refused, only the new one can have asked
    scene.run(&["disable", &scene.id, "--yes"]).ended(0);
    scene.team.run(&scene.old, &["list"]).ended(3);
    scene.team.run(&scene.old, &["rotations", "resume", &id, "--yes"]).ended(0).says("both keys work until");
    let end = ["rotations", "resume", &id, "--end-overlap", "moved", "--yes"];
    scene.team.run(&scene.old, &end).ended(0).says("closed");
    assert!(scene.works(&scene.in_env().unwrap()) && !scene.old_works());
}
