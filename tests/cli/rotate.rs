//! `keydeck rotate` and `keydeck rotations`: what is refused, what is done, what is told, and that no value is.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use keydeck::domain::secret::Secret;
use serde_json::Value;

use crate::program::{Ran, Running, Terminal};
use crate::team::{Team, last_four};

/// A team whose user has the key `ci`, whose value stands in `app/.env`.
pub struct Scene {
    pub team: Team,
    pub id: String,
    pub old: Secret,
    pub key: Secret,
}

impl Scene {
    pub fn new() -> Self {
        let team = Team::new();
        let key = team.server.keys.user.duplicate();
        let (id, old) = team.make(&key, &["ci"]).remove(0);
        std::fs::create_dir_all(team.home.path("app")).unwrap();
        let scene = Self { team, id: id.as_str().to_owned(), old, key };
        scene.write("app/.env", &format!("# app\nexport API_KEY='{}'\nPORT=80\n", scene.old.expose()));
        scene
    }

    pub fn path(&self, below: &str) -> String {
        self.team.home.path(below).to_string_lossy().into_owned()
    }

    pub fn write(&self, below: &str, text: &str) {
        std::fs::write(self.team.home.path(below), text).unwrap();
    }

    pub fn read(&self, below: &str) -> String {
        std::fs::read_to_string(self.team.home.path(below)).unwrap()
    }

    /// A program that is run as a hook; gives its path.
    pub fn script(&self, below: &str, text: &str) -> String {
        self.write(below, &format!("#!/bin/sh\n{text}\n"));
        std::fs::set_permissions(self.path(below), std::fs::Permissions::from_mode(0o700)).unwrap();
        self.path(below)
    }

    pub fn env_sink(&self) -> String {
        format!("env-file:{}:API_KEY", self.path("app/.env"))
    }

    /// Runs it; neither the old value nor one that stands in a place is told, logged or kept.
    #[track_caller]
    pub fn run(&self, args: &[&str]) -> Ran {
        let ran = self.team.run(&self.key, args);
        self.clean(&ran, args.contains(&"--print-secret"));
        ran
    }

    #[track_caller]
    pub fn clean(&self, ran: &Ran, is_printed: bool) {
        let mut values = vec![self.old.expose().to_owned()];
        values.extend(self.in_env());
        let kept = files(&self.team.home.path("state"));
        for value in &values {
            assert!(is_printed || !ran.out.contains(value.as_str()), "a value was printed: {ran:#?}");
            assert!(!ran.err.contains(value.as_str()), "a value was said: {ran:#?}");
            for file in &kept {
                let bytes = std::fs::read(file).unwrap();
                let found = bytes.windows(value.len()).any(|window| window == value.as_bytes());
                assert!(!found, "{} holds a value", file.display());
            }
        }
    }

    /// `rotate ci` into the env file, with more arguments.
    #[track_caller]
    pub fn rotate(&self, more: &[&str]) -> Ran {
        self.run(&[&["rotate", &self.id, "--sink", &self.env_sink()], more].concat())
    }

    /// The same to the end.
    #[track_caller]
    pub fn rotate_at_once(&self, more: &[&str]) -> Ran {
        self.rotate(&[&["--overlap", "none", "--yes"], more].concat())
    }

    /// The value in the env file, if it has one.
    pub fn in_env(&self) -> Option<String> {
        let text = std::fs::read_to_string(self.team.home.path("app/.env")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("export API_KEY="))?.trim_matches('\'');
        Some(line.to_owned()).filter(|line| !line.is_empty())
    }

    pub fn works(&self, value: &str) -> bool {
        self.team.accepts(&Secret::new(value.to_owned()))
    }

    pub fn old_works(&self) -> bool {
        self.team.accepts(&self.old)
    }

    /// The keys of the user, their own apart.
    #[track_caller]
    pub fn names(&self) -> Vec<(String, String)> {
        let document = self.run(&["list", "--json"]).json();
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        let mut rows: Vec<_> =
            document["data"].as_array().unwrap().iter().map(|row| (text(row, "name"), text(row, "status"))).collect();
        rows.sort();
        rows
    }

    #[track_caller]
    pub fn open(&self) -> Vec<Value> {
        self.run(&["rotations", "--json"]).json()["data"].as_array().unwrap().clone()
    }

    /// The id of the one open rotation.
    #[track_caller]
    pub fn rotation(&self) -> String {
        let open = self.open();
        assert_eq!(open.len(), 1, "{open:#?}");
        open[0]["id"].as_str().unwrap().to_owned()
    }

    /// Nothing happened: not here, not there.
    #[track_caller]
    pub fn is_untouched(&self) {
        assert!(self.old_works());
        assert_eq!(self.in_env().as_deref(), Some(self.old.expose()));
        let rotated = self.names().iter().any(|(name, _)| name.starts_with("ci-"));
        assert!(!rotated, "{:?}", self.names());
        assert_eq!(self.open(), Vec::<Value>::new());
    }
}

pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn a_whole_rotation_into_an_env_file() {
    let scene = Scene::new();
    scene.rotate_at_once(&["--reason", "leaver"]).ended(0).says("closed");
    let new = scene.in_env().unwrap();
    assert_eq!(scene.read("app/.env"), format!("# app\nexport API_KEY='{new}'\nPORT=80\n"));
    assert!(new != scene.old.expose() && scene.works(&new) && !scene.old_works());
    assert_eq!(scene.open(), Vec::<Value>::new());
    let over = scene.run(&["rotations", "list", "--over", "--json"]).ended(0).json();
    let row = &over["data"][0];
    assert_eq!((&row["state"], &row["reason"]), (&"closed".into(), &"leaver".into()));
    assert_eq!((&row["oldKey"]["status"], &row["newKey"]["status"]), (&"revoked".into(), &"enabled".into()));
    assert_eq!(row["places"][0]["holds"], "new");
    let id = row["id"].as_str().unwrap();
    let show = scene.run(&["rotations", "show", &id[..14]]).ended(0);
    for text in ["state: closed", "is refused", "read back", "| revoke the old key | done |"] {
        assert!(show.out.contains(text), "{text}\n{}", show.out);
    }
    let summary = format!("state/keydeck/rotations/{id}");
    assert_eq!(scene.read(&format!("{summary}.md")), show.out);
    let kept: Value = serde_json::from_str(&scene.read(&format!("{summary}.json"))).unwrap();
    assert_eq!(kept["state"], "closed");
    for ending in ["md", "json"] {
        let mode = std::fs::metadata(scene.path(&format!("{summary}.{ending}"))).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    scene.run(&["rotations", "resume", id]).ended(0);
    scene.run(&["rotations", "rollback", id, "--yes"]).ended(3).says("over");
}

#[test]
fn an_overlap_stops_and_says_until_when_and_what_to_do() {
    let scene = Scene::new();
    let ran = scene.rotate(&["--overlap", "24h", "--yes"]).ended(0).says("both keys work until 20");
    let id = scene.rotation();
    assert!(ran.err.contains(&format!("keydeck rotations resume {id}")) && ran.err.contains("--end-overlap REASON"));
    let new = scene.in_env().unwrap();
    assert!(scene.works(&new) && scene.old_works());
    let list = scene.run(&["rotations"]).ended(0);
    assert!(list.out.contains(&id) && list.out.contains("overlap"), "{list:?}");
    let row = scene.open().remove(0);
    assert_eq!((&row["state"], &row["over"]), (&"overlap".into(), &false.into()));
    // the deadline is on the server as well
    let key = scene.run(&["show", &scene.id, "--json"]).ended(0).json();
    assert_eq!(key["data"][0]["expiresAt"], row["overlapEndsAt"], "{key:#}");
    scene.run(&["rotations", "resume", &id]).ended(0).says("both keys work until");
    scene.run(&["rotations", "resume", "--all", "--yes"]).ended(0).says("both keys work until");
    scene.run(&["rotations", "resume", &id, "--end-overlap", " ", "--yes"]).ended(3).says("say why");
    assert!(scene.old_works());
    let ended = scene.run(&["rotations", "resume", &id, "--end-overlap", "all moved", "--yes", "--json"]).ended(0);
    let row = &ended.json()["data"][0];
    assert_eq!((&row["state"], &row["forced"]), (&"closed".into(), &"all moved".into()));
    assert!(scene.works(&new) && !scene.old_works());
    scene.run(&["rotations", "resume", "--all", "--yes"]).ended(0).says("nothing to do");
}

#[test]
fn without_yes_or_a_terminal_the_old_key_stays_until_it_is_confirmed() {
    let scene = Scene::new();
    scene.rotate(&["--overlap", "1h", "--yes"]).ended(0);
    let id = scene.rotation();
    scene.run(&["rotations", "resume", &id, "--end-overlap", "moved"]).ended(1).says("resume with --yes");
    let key = scene.run(&["show", &scene.id, "--json"]).json();
    assert_eq!(key["data"][0]["status"], "disabled", "a soak that can be taken back");
    let mut terminal =
        Terminal::start(&scene.team.home, &["rotations", "rollback", &id], &scene.team.environment(&scene.key));
    let new = Secret::new(scene.in_env().unwrap());
    terminal.shows(&format!("Roll back the rotation of ci? Type {} and Enter: ", last_four(&new)));
    terminal.types("y\n");
    assert_eq!(terminal.end().0, 3);
    let mut terminal =
        Terminal::start(&scene.team.home, &["rotations", "resume", &id], &scene.team.environment(&scene.key));
    terminal.shows(&format!("for ever? Type {} and Enter: ", last_four(&scene.old)));
    terminal.types(&format!("{}\n", last_four(&scene.old)));
    let (code, seen) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    assert!(!seen.contains(&scene.in_env().unwrap()) && !scene.old_works());
}

#[test]
fn the_way_back_leaves_everything_as_it_was() {
    let scene = Scene::new();
    let before = scene.read("app/.env");
    scene.rotate(&["--sink", &format!("file:{}", scene.path("app/key")), "--overlap", "24h", "--yes"]).ended(0);
    let id = scene.rotation();
    let new = scene.in_env().unwrap();
    scene.run(&["rotations", "rollback", &id]).ended(3).says("no terminal");
    let ran = scene.run(&["rotations", "rollback", &id, "--yes", "--json"]).ended(0);
    assert_eq!(ran.json()["data"][0]["state"], "rolled-back");
    // what the server was told cannot be taken back
    assert!(ran.err.contains("the old key expires 20"), "{ran:?}");
    assert_eq!(scene.read("app/.env"), before);
    assert!(!Path::new(&scene.path("app/key")).exists());
    assert!(scene.old_works() && !scene.works(&new));
    assert_eq!(scene.open(), Vec::<Value>::new());
}

#[test]
fn giving_up_tells_what_lives_where_and_loses_no_value_unasked() {
    let scene = Scene::new();
    std::fs::create_dir(scene.path("app/key")).unwrap();
    let sink = format!("file:{}", scene.path("app/key"));
    let ran = scene.run(&["rotate", &scene.id, "--sink", &sink, "--waive", "place-1", "--yes"]).ended(1);
    assert!(ran.err.contains("deliver to place 1"), "{ran:?}");
    let id = scene.rotation();
    scene.run(&["rotations", "abandon", &id, "--yes"]).ended(3).says("nowhere but in escrow");
    assert_eq!(scene.rotation(), id);
    let ran = scene.run(&["rotations", "abandon", &id, "--lose-value", "--yes"]).ended(0);
    for told in ["old key kdk_…", "enabled", "new key kdk_…", "unknown value"] {
        assert!(ran.err.contains(told), "{told}\n{ran:?}");
    }
    assert_eq!(scene.open(), Vec::<Value>::new());
    assert!(scene.old_works());
    let escrow = files(&scene.team.home.path("state/keydeck"));
    assert!(!escrow.iter().any(|file| file.extension().is_some_and(|ending| ending == "sealed")), "{escrow:?}");
}

#[test]
fn a_dry_run_changes_nothing_here_or_there() {
    let scene = Scene::new();
    let hook = scene.script("app/hook", "touch \"$0.ran\"");
    let ran = scene.rotate(&["--hook", &hook, "--dry-run"]).ended(0).says("nothing was changed");
    for text in ["Rotate ci (kdk_…", "! cannot be taken back", "revoke the old key", "✓ place-1"] {
        assert!(ran.out.contains(text), "{text}\n{}", ran.out);
    }
    let document = scene.rotate(&["--dry-run", "--json"]).ended(0).json();
    assert_eq!(document["meta"]["dryRun"], true);
    let row = &document["data"][0];
    assert_eq!((&row["oldKey"]["name"], &row["newKey"]), (&"ci".into(), &Value::Null));
    assert!(row["steps"].as_array().unwrap().iter().any(|step| step["irreversible"] == true), "{row:#}");
    assert!(row["checks"].as_array().unwrap().iter().all(|check| check["fine"] == true), "{row:#}");
    let missing = format!("file:{}", scene.path("nowhere/key"));
    let ran = scene.run(&["rotate", &scene.id, "--sink", &missing, "--dry-run"]).ended(1);
    assert!(ran.out.contains("✗ place-1"), "{ran:?}");
    let kept = files(&scene.team.home.path("state"));
    assert!(kept.iter().all(|file| file.ends_with("keydeck.log")), "{kept:?}");
    assert_eq!(scene.team.home.names("app"), [".env", "hook"]);
    scene.is_untouched();
}

#[test]
fn what_a_place_holds_is_told_before_anything_is_made() {
    let scene = Scene::new();
    let old = scene.old.expose().to_owned();
    scene.write("app/more.env", &format!("A=x B='{old}'\nexport C=${{B}}\n# {old}\n"));
    scene.write("app/a.yaml", &format!("app:\n  key: '{old}' # why\n  other: x\n"));
    std::fs::set_permissions(scene.path("app/a.yaml"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let env = |name: &str| format!("env-file:{}:{name}", scene.path("app/more.env"));
    let yaml = |key: &str| format!("yaml:{}:{key}", scene.path("app/a.yaml"));
    for (place, code, says) in [
        (scene.env_sink(), 0, "ci ✓ place-1 holds the old key"),
        (env("B"), 0, "the old key stands in line 3 too, in a comment"),
        (env("D"), 0, "place-1: holds nothing yet: a new last line, D=…"),
        (env("A"), 1, "ci ✗ place-1: it holds another value than the old key's"),
        (env("A"), 1, &*format!("the old key stands at line 1 too: name {} as a place as well", env("B"))),
        (env("C"), 1, "it holds the value of B, no value of its own: name the place where B gets its value"),
        (env("a"), 1, "has no line there, but line 1 has A; name"),
        (yaml("app.key"), 0, "others can read this file (mode 644): chmod 600 it"),
        (yaml("app.other"), 1, "(--waive other-value goes on all the same)"),
        (yaml("app.nothing"), 1, "has no value app.nothing; put the key there first"),
        (format!("env-file:{}:KEY", scene.path("app/a.yaml")), 1, "and the file is YAML; name the value as yaml:"),
        (format!("file:{}", scene.path("app/more.env")), 1, "the old key stands in line 1 and 3 of it"),
    ] {
        let ran = scene.run(&["rotate", &scene.id, "--sink", &place, "--dry-run"]).ended(code);
        assert!(ran.out.contains(says), "{place}: {says}\n{}", ran.out);
    }
    // in the document too, with the name of the waiver
    let ran = scene.run(&["rotate", &scene.id, "--sink", &env("A"), "--dry-run", "--json"]).ended(1).json();
    let held = |document: &Value| -> Value {
        let checks = document["data"][0]["checks"].as_array().unwrap();
        checks.iter().find(|check| check["check"] == "other-value").unwrap().clone()
    };
    assert_eq!(
        (&held(&ran)["place"], &held(&ran)["fine"], &held(&ran)["waived"]),
        (&1.into(), &false.into(), &false.into())
    );
    let waived = ["--waive", "other-value"];
    let ran = scene.run(&[&["rotate", &scene.id, "--sink", &env("A"), "--dry-run", "--json"], &waived[..]].concat());
    assert_eq!(held(&ran.ended(0).json())["waived"], true);

    let ran = scene.run(&["rotate", &scene.id, "--sink", &env("A"), "--overlap", "none", "--yes"]).ended(1);
    assert!(
        ran.err.contains("the check other-value of place 1 fails") && ran.err.contains("Nothing was changed"),
        "{ran:?}"
    );
    scene.is_untouched();
    // a person is told with the plan, and asked nothing where a check stops
    let mut terminal = Terminal::start(
        &scene.team.home,
        &["rotate", &scene.id, "--sink", &env("A"), "--overlap", "none"],
        &scene.team.environment(&scene.key),
    );
    terminal.shows("ci ✗ place-1: it holds another value than the old key's");
    let (code, seen) = terminal.end();
    assert!(code == 1 && seen.contains("nothing was changed") && !seen.contains("and Enter"), "{code} {seen}");
    let mut terminal = Terminal::start(
        &scene.team.home,
        &["rotate", &scene.id, "--sink", &env("D"), "--sink", &yaml("app.key"), "--overlap", "none"],
        &scene.team.environment(&scene.key),
    );
    terminal.shows("ci ✓ place-1: holds nothing yet: a new last line, D=…");
    terminal.shows("ci ✓ place-2 holds the old key");
    // it was used just now, so more than a y is asked for
    terminal.shows(" and Enter to rotate it: ");
    terminal.types("no\n");
    assert_eq!(terminal.end().0, 3);
    scene.is_untouched();

    // over all of it, where that is said
    let places = ["--sink", &env("A"), "--sink", &env("D"), "--sink", &yaml("app.key")];
    let ran = scene.run(&[&["rotate", &scene.id, "--overlap", "none", "--yes"], &places[..], &waived[..]].concat());
    ran.ended(0).says("place-2: holds nothing yet: a new last line");
    let text = scene.read("app/more.env");
    let new = text.lines().last().unwrap().strip_prefix("D=").unwrap().to_owned();
    assert!(scene.works(&new) && !scene.old_works());
    assert_eq!(text, format!("A={new} B='{old}'\nexport C=${{B}}\n# {old}\nD={new}\n"));
    assert_eq!(scene.read("app/a.yaml"), format!("app:\n  key: '{new}' # why\n  other: x\n"));
}

#[test]
fn what_cannot_be_rotated_is_refused_before_anything_is_made() {
    let scene = Scene::new();
    let keys = &scene.team.server.keys;
    scene.run(&["rotate", &scene.id, "--yes"]).ended(2).says("goes nowhere is lost");
    scene.rotate(&["--overlap", "none"]).ended(3).says("no terminal");
    scene.run(&["rotate", "unknown", "--sink", &scene.env_sink(), "--yes"]).ended(1).says("unknown");
    scene.run(&["rotate", &scene.id, "--sink", "clipboard", "--yes"]).ended(2).says("clipboard");
    scene.rotate(&["--overlap", "soon", "--yes"]).ended(2);
    scene.rotate(&["--hook", "no-such-program --now", "--yes"]).ended(1).says("command-1");
    scene.is_untouched();

    // the admin sees it and may not rotate it; a colleague does not see it
    let args = ["rotate", scene.id.as_str(), "--sink", &scene.env_sink(), "--yes"];
    let ran = scene.team.run(&keys.admin, &args).ended(3).says("only its owner");
    assert!(!ran.err.contains("--waive mine"), "{ran:?}");
    scene.team.run(&keys.admin, &[&args[..], &["--waive", "mine"]].concat()).ended(3);
    scene.team.run(&keys.colleague, &args).ended(1).says("no key that you may see");
    scene.is_untouched();

    let collection = scene.team.make_collection_key(&scene.key, "12345-collection");
    scene.run(&["rotate", collection.as_str(), "--sink", &scene.env_sink(), "--yes"]).ended(2).says("not rotated");

    scene.run(&["disable", &scene.id, "--yes"]).ended(0);
    scene.rotate_at_once(&[]).ended(1).says("--waive enabled");
    assert_eq!(scene.open(), Vec::<Value>::new());
    scene.rotate_at_once(&["--waive", "enabled"]).ended(0);
    assert!(scene.works(&scene.in_env().unwrap()));
    // it is revoked now
    scene.rotate_at_once(&[]).ended(1).says("revoked");
    assert_eq!(scene.open(), Vec::<Value>::new());
}

#[test]
fn what_was_revoked_already_gets_a_new_key_only_when_that_is_waived() {
    let scene = Scene::new();
    scene.run(&["revoke", &scene.id, "--yes"]).ended(0);
    scene.rotate_at_once(&[]).ended(1).says("the old key is revoked");
    assert_eq!(scene.open(), Vec::<Value>::new());
    scene.rotate_at_once(&["--waive", "enabeld"]).ended(2).says("names no check");
    scene.rotate_at_once(&["--waive", "enabled"]).ended(0);
    assert!(scene.works(&scene.in_env().unwrap()));
}

#[test]
fn a_value_where_none_belongs_is_refused_unread() {
    let scene = Scene::new();
    let value = scene.old.expose().to_owned();
    let sink = scene.env_sink();
    let spoken = format!("it is {value}");
    for args in [
        vec!["rotate", &value, "--sink", &sink, "--yes"],
        vec!["rotate", &scene.id, "--sink", &sink, "--yes", "--name", &value],
        vec!["rotate", &scene.id, "--sink", &sink, "--yes", "--reason", &spoken],
        vec!["rotate", &scene.id, "--sink", &value, "--yes"],
        vec!["rotate", &scene.id, "--sink", &format!("op:{value}"), "--yes"],
        vec!["rotate", &scene.id, "--sink", &format!("file:{value}"), "--yes"],
        vec!["rotate", &scene.id, "--sink", &format!("env-file:{}:{value}", scene.path("app/.env")), "--yes"],
        vec!["rotate", &scene.id, "--sink", &format!("command:echo {value}"), "--yes"],
        vec!["rotate", &scene.id, "--sink", &sink, "--hook", &format!("echo {value}"), "--yes"],
        vec!["rotate", &scene.id, "--sink", &sink, "--health", &format!("echo {value}"), "--yes"],
        vec!["rotate", &scene.id, "--sink", &sink, "--overlap", &value, "--yes"],
        vec!["rotate", &scene.id, "--sink", &sink, "--expires", &value, "--yes"],
        vec!["rotate", &scene.id, "--sink", &sink, "--waive", &value, "--yes"],
        vec!["rotations", "resume", &value],
        vec!["rotations", "show", &value],
        vec!["rotations", "rollback", &value, "--yes"],
        vec!["rotations", "resume", &scene.id, "--end-overlap", &spoken],
    ] {
        // said by `run` as well: the value is in nothing that is told or kept
        let ran = scene.run(&args).ended(2);
        assert!(!ran.err.contains(&value[..20]), "{ran:?}");
    }
    scene.is_untouched();
}

#[test]
fn a_place_that_makes_no_sense_is_not_repeated() {
    let scene = Scene::new();
    for nonsense in ["nonsense-typed", "file:", "env-file:typed", "env-file:/typed:1TYPED", "op:typed", "vault:typed"] {
        let ran = scene.run(&["rotate", &scene.id, "--sink", nonsense, "--yes"]).ended(2).says("--sink");
        assert!(!ran.err.to_lowercase().contains("typed"), "{ran:?}");
    }
    scene.is_untouched();
}

#[test]
fn a_read_only_profile_rotates_nothing() {
    let scene = Scene::new();
    scene.team.profile(&scene.key, "read_only = true\n");
    let sink = scene.env_sink();
    let args = ["rotate", scene.id.as_str(), "--sink", &sink];
    scene.team.home.run(&[&args[..], &["--yes"]].concat()).ended(3).says("read-only");
    scene.team.home.run(&[&args[..], &["--dry-run"]].concat()).ended(3).says("read-only");
    scene.team.home.run(&["rotations", "resume", "--all", "--yes"]).ended(3).says("read-only");
    scene.is_untouched();
}

#[test]
fn a_relative_path_means_the_same_file_from_anywhere() {
    let scene = Scene::new();
    let hook = scene.script("app/hook", "test -e \"$0.ok\"");
    let mut command = scene.team.home.command(&[
        "rotate",
        &scene.id,
        "--sink",
        "env-file:.env:API_KEY",
        "--hook",
        &hook,
        "--overlap",
        "none",
        "--yes",
    ]);
    command.envs(scene.team.environment(&scene.key)).current_dir(scene.path("app"));
    assert_eq!(command.output().unwrap().status.code(), Some(1));
    let id = scene.rotation();
    scene.write("app/hook.ok", "");
    // from the folder of these tests; the hook ended by itself, so that it may run again
    let ran = scene.run(&["rotations", "resume", &id, "--yes", "--again"]).ended(0);
    assert!(ran.err.contains("closed"), "{ran:?}");
    assert!(scene.works(&scene.in_env().unwrap()) && !scene.old_works());
}

#[test]
fn the_own_key_is_rotated_when_it_is_said_to_be_all_right() {
    let scene = Scene::new();
    let run = |key: &Secret, more: &[&str]| {
        let sink = scene.env_sink();
        let args = ["rotate", scene.id.as_str(), "--sink", &sink, "--overlap", "none", "--yes"];
        scene.team.run(key, &[&args[..], more].concat())
    };
    run(&scene.old, &[]).ended(1).says("--waive own-key");
    run(&scene.old, &["--emergency", "--waive", "own-key"]).ended(1).says("keydeck itself uses this key");
    scene.is_untouched();
    let ran = run(&scene.old, &["--waive", "own-key"]).ended(0);
    scene.clean(&ran, false);
    let new = scene.in_env().unwrap();
    assert!(scene.works(&new) && !scene.old_works());
    assert!(ran.err.contains("keydeck itself used the old key") && ran.err.contains("app/.env"), "{ran:?}");
}

#[test]
fn a_rotation_of_the_own_key_goes_on_although_the_old_credential_is_dead() {
    let scene = Scene::new();
    let sink = scene.env_sink();
    let args = ["rotate", scene.id.as_str(), "--sink", &sink, "--overlap", "1h", "--yes", "--waive", "own-key"];
    scene.team.run(&scene.old, &args).ended(0);
    let id = scene.rotation();
    // a soak: the old key is disabled, and the profile still has it
    scene.team.run(&scene.old, &["rotations", "resume", &id, "--end-overlap", "moved"]).ended(1);
    assert!(!scene.old_works());
    // a way back begins with the old key, and needs one that works; the way forward asks with the new one
    let ran = scene.team.run(&scene.old, &["rotations", "rollback", &id, "--yes"]).ended(3).says("KEYDECK_API_KEY");
    assert!(ran.err.contains("app/.env"), "{ran:?}");
    scene.team.run(&scene.old, &["rotations", "resume", &id, "--yes"]).ended(0);
    assert_eq!(scene.open(), Vec::<Value>::new());
}

#[test]
fn one_key_is_rotated_by_one_process_and_the_other_is_told_which() {
    let scene = Scene::new();
    let hook =
        scene.script("app/hook", "touch \"$0.runs\"; while [ ! -e \"$0.go\" ]; do read -r -t 1 _ < /dev/zero; done; :");
    let sink = scene.env_sink();
    let args = ["rotate", scene.id.as_str(), "--sink", &sink, "--hook", &hook, "--overlap", "none", "--yes"];
    let mut command = scene.team.home.command(&args);
    command.envs(scene.team.environment(&scene.key));
    let mut first = Running::start(command);
    while !first.line().contains("deliver to place 1") {}
    while !Path::new(&scene.path("app/hook.runs")).exists() {
        std::thread::yield_now();
    }
    let id = scene.rotation();
    scene.rotate_at_once(&[]).ended(6).says(&id);
    scene
        .run(&["rotations", "resume", &id, "--yes"])
        .ended(6)
        .says("another keydeck holds this rotation open: process ");
    scene.run(&["rotations", "rollback", &id, "--yes"]).ended(6).says("process ");
    scene.write("app/hook.go", "");
    assert_eq!(first.code(), Some(0), "{:?}", first.rest());
    assert!(scene.works(&scene.in_env().unwrap()) && !scene.old_works());
}

#[test]
fn of_several_keys_a_failure_keeps_the_rest_from_starting() {
    let scene = Scene::new();
    let (other, value) = scene.team.make(&scene.key, &["other"]).remove(0);
    let sink = format!("file:{}", scene.path("app/key"));
    scene.team.home.configure(&format!(
        "[rotation.ci]\nsinks = [{:?}]\nhooks = [\"false\"]\n[rotation.\"o*\"]\nsinks = [{sink:?}]\n",
        scene.env_sink()
    ));
    let args = ["rotate", scene.id.as_str(), other.as_str(), "--overlap", "none", "--yes", "--json"];
    let ran = scene.run(&args).ended(1).says("other: not started");
    let document = ran.json();
    assert_eq!(document["data"].as_array().unwrap().len(), 2, "{document:#}");
    assert_eq!(document["data"][0]["state"], "needs-attention");
    assert!(scene.team.accepts(&value) && scene.old_works());
    assert!(!Path::new(&scene.path("app/key")).exists());
    let id = scene.rotation();
    scene.run(&["rotations", "resume", &id, "--done", "--yes"]).ended(0);
    scene.run(&["rotate", other.as_str(), "--overlap", "none", "--yes"]).ended(0);
    assert!(scene.works(scene.read("app/key").trim()) && !scene.team.accepts(&value));
}

#[test]
fn places_and_hooks_saved_for_a_pattern_are_used() {
    let scene = Scene::new();
    let hook = scene.script("app/hook", "touch \"$0.ran\"");
    scene.team.home.configure(&format!(
        "[rotation.\"c*\"]\nsinks = [{:?}]\nhooks = [{hook:?}]\noverlap = \"none\"\n",
        scene.env_sink()
    ));
    scene.run(&["rotate", &scene.id, "--yes"]).ended(0).says("closed");
    assert!(scene.works(&scene.in_env().unwrap()) && !scene.old_works());
    assert!(Path::new(&scene.path("app/hook.ran")).exists());
}

#[test]
fn a_server_that_goes_away_costs_nothing() {
    let mut scene = Scene::new();
    let hook =
        scene.script("app/hook", "touch \"$0.runs\"; while [ ! -e \"$0.go\" ]; do read -r -t 1 _ < /dev/zero; done; :");
    let sink = scene.env_sink();
    let args = ["rotate", scene.id.as_str(), "--sink", &sink, "--hook", &hook, "--overlap", "none", "--yes"];
    let mut command = scene.team.home.command(&args);
    command.envs(scene.team.environment(&scene.key));
    let mut first = Running::start(command);
    while !Path::new(&scene.path("app/hook.runs")).exists() {
        std::thread::yield_now();
    }
    scene.team.server.stop();
    scene.write("app/hook.go", "");
    // part of it is done, so this is not the same as a server that was never there
    assert_eq!(first.code(), Some(1));
    let said = first.rest().join("\n");
    assert!(said.contains("prove the new key") && said.contains("keydeck rotations resume"), "{said}");
    let id = scene.rotation();
    scene.run(&["rotations", "resume", &id, "--yes"]).ended(4);
    // it comes back on another port, and so at another address
    scene.team.server.resume();
    let ran = scene.run(&["rotations", "resume", &id, "--yes"]).ended(2).says("pass --profile");
    assert!(ran.err.contains(&id), "{ran:?}");
    assert!(scene.old_works() && scene.works(&scene.in_env().unwrap()));
    scene.run(&["rotations", "resume", "--all", "--yes"]).ended(0).says("nothing to do");
}

#[test]
fn a_place_that_fails_stops_there_and_goes_on_once_it_is_right() {
    let scene = Scene::new();
    std::fs::create_dir(scene.path("app/second")).unwrap();
    let (second, third) = (scene.path("app/second"), scene.path("app/third"));
    let (second, third) = (format!("file:{second}"), format!("file:{third}"));
    let more = ["--sink", second.as_str(), "--sink", &third, "--waive", "place-2"];
    let ran = scene.rotate_at_once(&more).ended(1).says("deliver to place 2");
    assert!(ran.err.contains("rotations resume"), "{ran:?}");
    assert!(scene.old_works() && scene.works(&scene.in_env().unwrap()));
    assert!(!Path::new(&scene.path("app/third")).exists());
    let id = scene.rotation();
    let list = scene.run(&["rotations"]).ended(0);
    assert!(list.out.contains("needs-attention") && list.err.contains("deliver to place 2"), "{list:?}");
    std::fs::remove_dir(scene.path("app/second")).unwrap();
    scene.run(&["rotations", "resume", &id, "--yes"]).ended(0);
    for file in ["app/second", "app/third"] {
        assert_eq!(scene.read(file).trim(), scene.in_env().unwrap());
    }
    assert!(!scene.old_works());
}

#[test]
fn a_hook_that_hangs_is_stopped_and_not_run_again_unasked() {
    let scene = Scene::new();
    let hook = scene.script("app/hook", "echo x >> \"$0.runs\"; [ -e \"$0.go\" ] || exec sleep 600");
    scene
        .team
        .home
        .configure(&format!("[rotation.ci]\nsinks = [{:?}]\nhooks = [{hook:?}]\nseconds = 1\n", scene.env_sink()));
    let run = ["rotate", scene.id.as_str(), "--overlap", "none", "--yes"];
    scene.run(&run).ended(1).says("did not end within 1 s").says("may have been done all the same");
    let id = scene.rotation();
    scene.write("app/hook.go", "");
    scene.run(&["rotations", "resume", &id, "--yes"]).ended(1).says("did not end within 1 s");
    assert_eq!(scene.read("app/hook.runs"), "x\n");
    scene.run(&["rotations", "resume", &id, "--yes", "--again"]).ended(0);
    assert_eq!(scene.read("app/hook.runs"), "x\nx\n");
}

#[test]
fn what_was_done_by_hand_is_what_was_in_question_and_no_more() {
    let scene = Scene::new();
    scene.rotate_at_once(&["--hook", "false", "--health", "false"]).ended(1).says("run hook 1: ended with 1");
    let id = scene.rotation();
    scene.run(&["rotations", "resume", &id, "--yes", "--done"]).ended(1).says("ask the health command: ended with 1");
    assert!(scene.old_works(), "a check that failed was taken as passed");
    scene.run(&["rotations", "resume", &id, "--yes"]).ended(1).says("ask the health command: ended with 1");
    scene.run(&["rotations", "resume", &id, "--yes", "--done"]).ended(0);
    assert!(!scene.old_works());
}

#[test]
fn a_hook_that_failed_is_run_back_only_when_it_is_said() {
    let scene = Scene::new();
    let hook = scene.script("app/hook", "echo x >> \"$0.runs\"; [ -e \"$0.go\" ]");
    let before = scene.read("app/.env");
    scene.rotate_at_once(&["--hook", &hook]).ended(1);
    let id = scene.rotation();
    // it may have taken up the new value, so it has to take up the old one again
    scene.run(&["rotations", "rollback", &id, "--yes"]).ended(1).says("run hook 1 again: ended with 1");
    scene.run(&["rotations", "rollback", &id, "--yes"]).ended(1).says("--again or --done");
    assert_eq!(scene.read("app/hook.runs"), "x\nx\n");
    scene.write("app/hook.go", "");
    scene.run(&["rotations", "rollback", &id, "--yes", "--again"]).ended(0);
    assert_eq!((scene.read("app/hook.runs"), scene.read("app/.env")), ("x\nx\nx\n".to_owned(), before));
    assert!(scene.old_works());
}

#[test]
fn a_hook_that_prints_the_value_brings_it_nowhere() {
    let scene = Scene::new();
    let env = scene.path("app/.env");
    let hook = scene.script("app/hook", &format!("cat '{env}'; cat '{env}' >&2; exit 3"));
    let wrapped = scene.script("app/wrapped", &format!("base64 '{env}'; exit 3"));
    // `run` looks for it in what is said, in the journal, in the log and in the summary
    let ran = scene.rotate_at_once(&["--hook", &hook]).ended(1).says("ended with 3");
    assert!(ran.err.contains("kdk_…"), "{ran:?}");
    let id = scene.rotation();
    scene.run(&["rotations", "show", &id]).ended(0);
    scene.run(&["rotations", "list", "--json"]).ended(0);
    scene.run(&["rotations", "resume", &id, "--yes", "--done"]).ended(0);
    scene.run(&["rotations", "show", &id]).ended(0);
    let (again, _) = scene.team.make(&scene.key, &["again"]).remove(0);
    let args =
        ["rotate", again.as_str(), "--sink", &scene.env_sink(), "--hook", &wrapped, "--overlap", "none", "--yes"];
    // what the place holds now is the value of another key
    scene.run(&[&args[..], &["--waive", "other-value"]].concat()).ended(1).says("kdk_…");
    assert!(Path::new(&scene.path(&format!("state/keydeck/rotations/{id}.md"))).exists());
}

#[test]
fn a_printed_value_is_all_that_standard_output_gets() {
    let scene = Scene::new();
    let ran = scene.run(&["rotate", &scene.id, "--print-secret", "--overlap", "none", "--yes"]).ended(0);
    let value = ran.out.strip_suffix('\n').unwrap();
    assert!(value.starts_with("kdk_") && !value.contains('\n') && scene.works(value));
    assert!(!ran.err.contains(value) && !scene.old_works());
    for file in files(&scene.team.home.path("state")) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(value.len()).any(|window| window == value.as_bytes()), "{}", file.display());
    }
    let (id, _) = scene.team.make(&scene.key, &["next"]).remove(0);
    scene.run(&["rotate", id.as_str(), "--print-secret", "--json", "--yes"]).ended(2);
}

#[test]
fn a_reader_that_went_away_gets_the_value_another_time() {
    let scene = Scene::new();
    // the place before it holds the rotation up until the reader has gone
    let first = scene.script("app/first", "cat > /dev/null; : > \"$0.runs\"; until [ -e \"$0.go\" ]; do :; done");
    let sink = format!("command:{first}");
    let args = ["rotate", scene.id.as_str(), "--sink", &sink, "--print-secret", "--overlap", "none", "--yes"];
    let mut command = scene.team.home.command(&args);
    command.envs(scene.team.environment(&scene.key)).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    while !Path::new(&scene.path("app/first.runs")).exists() {
        std::thread::yield_now();
    }
    drop(child.stdout.take());
    scene.write("app/first.go", "");
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{said}");
    assert!(said.contains("standard output takes nothing"), "{said}");
    assert!(scene.old_works());
    let id = scene.rotation();
    let ran = scene.team.run(&scene.key, &["rotations", "resume", &id, "--yes"]).ended(0);
    assert!(scene.works(ran.out.trim()) && !scene.old_works());
}

#[test]
fn a_journal_that_is_damaged_or_cannot_be_written_stops_everything() {
    let scene = Scene::new();
    std::fs::create_dir_all(scene.path("state/keydeck")).unwrap();
    scene.write("state/keydeck/rotations.db", &"this is no journal at all\n".repeat(100));
    scene.rotate_at_once(&[]).ended(1).says("not a journal of keydeck, or is damaged").says("nothing was changed");
    scene.run(&["rotations"]).ended(1).says("damaged");
    assert_eq!(scene.read("state/keydeck/rotations.db").len(), 2600, "it is left as it was");
    std::fs::remove_file(scene.path("state/keydeck/rotations.db")).unwrap();

    let folder = scene.team.home.path("state/keydeck");
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o500)).unwrap();
    let is_root = std::fs::write(folder.join("probe"), "").is_ok();
    if !is_root {
        let ran = scene.rotate_at_once(&[]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
    }
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();
    let _ = std::fs::remove_file(folder.join("probe"));
    assert!(is_root || scene.old_works());
    assert!(is_root || scene.in_env().as_deref() == Some(scene.old.expose()));
}

#[test]
fn a_rotation_that_cannot_be_read_is_told_and_holds_up_no_other() {
    let scene = Scene::new();
    let (other, _) = scene.team.make(&scene.key, &["deploy"]).remove(0);
    scene.rotate(&["--overlap", "24h", "--yes"]).ended(0);
    let bad = scene.rotation();
    let file = format!("file:{}", scene.path("app/key"));
    scene.run(&["rotate", other.as_str(), "--sink", &file, "--overlap", "24h", "--yes"]).ended(0);
    let good = scene.open().iter().map(|row| row["id"].as_str().unwrap().to_owned()).find(|id| *id != bad).unwrap();
    let journal = scene.path("state/keydeck/rotations.db");
    let newer = format!("UPDATE rotations SET form = 99 WHERE id = '{bad}'");
    execute(&journal, &newer);
    let list = scene.run(&["rotations", "list"]).ended(1);
    let told = format!("the rotation {bad} of the key {} at ", scene.id);
    assert!(list.out.contains(&good) && !list.out.contains(&bad), "{list:?}");
    let escrow = scene.path("state/keydeck/escrow");
    for text in [told.as_str(), "it has the form 99", &escrow, "go on with it in the keydeck that wrote it"] {
        assert!(list.err.contains(text), "{text}: {list:?}");
    }
    let listed = scene.run(&["rotations", "list", "--json"]).ended(1).json();
    assert!(listed["meta"]["unreadable"][0].as_str().unwrap().starts_with(&told), "{listed:#}");
    for command in [["rotations", "show", &bad], ["rotations", "resume", &bad]] {
        let ran = scene.run(&command).ended(1);
        assert!(ran.err.contains(&told) && ran.err.contains("the keydeck that wrote it"), "{ran:?}");
    }
    let ran = scene.run(&["rotations", "resume", "--all", "--end-overlap", "moved", "--yes"]).ended(1);
    assert!(ran.err.contains(&told) && ran.err.contains("deploy: closed"), "{ran:?}");
    // an attempt that makes no sense is told with the rotation, and the others go on as well
    execute(&journal, &format!("UPDATE rotations SET form = 4 WHERE id = '{bad}'"));
    execute(&journal, &format!("UPDATE attempts SET effect = '\"juggle\"' WHERE rotation = '{bad}'"));
    let show = scene.run(&["rotations", "show", &bad]).ended(1);
    assert!(show.out.contains("state: overlap") && show.err.contains("an attempt of it is damaged"), "{show:?}");
    scene.run(&["rotations", "resume", "--all", "--yes"]).ended(1).says("an attempt of it is damaged");
}

#[test]
fn an_unknown_rotation_ends_every_command_alike() {
    let scene = Scene::new();
    scene.rotate(&["--overlap", "24h", "--yes"]).ended(0);
    let commands: [&[&str]; 4] = [
        &["rotations", "show", "01ZZZZ"],
        &["rotations", "resume", "01ZZZZ", "--yes"],
        &["rotations", "rollback", "01ZZZZ", "--yes"],
        &["rotations", "abandon", "01ZZZZ", "--yes"],
    ];
    let said: Vec<String> = commands.iter().map(|command| scene.run(command).ended(2).err).collect();
    assert!(said[0].contains("there is no rotation 01ZZZZ") && said[0].contains("keydeck rotations list"), "{said:?}");
    assert!(said.iter().all(|one| *one == said[0]), "{said:#?}");
}

/// Changes the journal behind the program's back.
pub fn execute(journal: &str, sql: &str) {
    rusqlite::Connection::open(journal).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn a_person_types_y_and_anything_else_changes_nothing() {
    let scene = Scene::new();
    let sink = scene.env_sink();
    let args = ["rotate", scene.id.as_str(), "--sink", &sink, "--overlap", "none"];
    for answer in ["\n", "yes\n", "\u{4}"] {
        let mut terminal = Terminal::start(&scene.team.home, &args, &scene.team.environment(&scene.key));
        terminal.shows("Type y and Enter to rotate it: ");
        terminal.types(answer);
        assert_eq!(terminal.end().0, 3, "{answer:?}");
    }
    scene.is_untouched();
    let (fresh, value) = scene.team.make(&scene.key, &["fresh"]).remove(0);
    let args = ["rotate", fresh.as_str(), "--sink", &sink, "--overlap", "none", "--waive", "other-value"];
    let mut terminal = Terminal::start(&scene.team.home, &args, &scene.team.environment(&scene.key));
    terminal.shows("! cannot be taken back");
    terminal.shows("Type y and Enter to rotate it: ");
    terminal.types("y\n");
    terminal.shows(&format!("for ever? Type {} and Enter: ", last_four(&value)));
    terminal.types(&format!("{}\n", last_four(&value)));
    let (code, seen) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    assert!(seen.contains("closed") && !seen.contains(&scene.in_env().unwrap()), "{seen}");
}

#[test]
fn a_leaked_key_goes_first() {
    let scene = Scene::new();
    let ran = scene.rotate(&["--emergency", "--reason", "leaked", "--yes"]).ended(0);
    let at = |what: &str| ran.err.find(what).unwrap_or_else(|| panic!("{what}\n{ran:?}"));
    assert!(at("revoke the old key ✓") < at("make the new key ✓"));
    assert!(scene.works(&scene.in_env().unwrap()) && !scene.old_works());
    let key = scene.run(&["show", &scene.id, "--json"]).json();
    assert_eq!(key["data"][0]["revocation"], "exposed", "{key:#}");
    let over = scene.run(&["rotations", "list", "--over", "--json"]).json();
    let id = over["data"][0]["id"].as_str().unwrap().to_owned();
    let show = scene.run(&["rotations", "show", &id]).ended(0);
    assert!(show.out.contains("the old value was tried and is refused"), "{}", show.out);
}
