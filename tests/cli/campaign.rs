//! `keydeck campaign`: what is chosen and told, what is rotated, what stops it, how each subcommand ends.

use std::fmt::Write as _;
use std::path::PathBuf;

use keydeck::domain::ids::KeyId;
use keydeck::domain::secret::Secret;
use serde_json::Value;

use crate::program::{Ran, Terminal};
use crate::team::Team;

/// A team whose user runs campaigns of the keys `app-…`, with places for some of them.
struct Scene {
    team: Team,
    key: Secret,
    keys: Vec<(KeyId, Secret)>,
}

impl Scene {
    /// Keys `app-0` and so on, of which the first `placed` have a place each.
    fn new(keys: usize, placed: usize) -> Self {
        let team = Team::new();
        let key = team.server.keys.user.duplicate();
        let names: Vec<String> = (0..keys).map(|number| format!("app-{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let keys = team.make(&key, &names);
        let scene = Self { team, key, keys };
        scene.places(&(0..placed).collect::<Vec<_>>(), "none");
        scene
    }

    fn place(&self, number: usize) -> PathBuf {
        self.team.home.path(&format!("place-{number}"))
    }

    fn places(&self, numbers: &[usize], overlap: &str) {
        let mut config = String::new();
        for number in numbers {
            let sink = format!("file:{}", self.place(*number).display());
            writeln!(config, "[rotation.\"app-{number}\"]\nsinks = [\"{sink}\"]\noverlap = \"{overlap}\"").unwrap();
        }
        self.team.home.configure(&config);
    }

    #[track_caller]
    fn run(&self, args: &[&str]) -> Ran {
        let ran = self.team.run(&self.key, &[&["campaign"], args].concat());
        for (_, value) in &self.keys {
            assert!(!ran.out.contains(value.expose()) && !ran.err.contains(value.expose()), "a value was told");
        }
        ran
    }

    #[track_caller]
    fn start(&self, more: &[&str]) -> Ran {
        self.run(&[&["start", "June", "--filter", "name:app-", "--by", "30d"], more].concat())
    }

    /// The states of the keys in the order in which they were made.
    fn states(&self, document: &Value) -> Vec<String> {
        let rows = document["data"].as_array().unwrap();
        let state = |id: &KeyId| {
            let row = rows.iter().find(|row| row["id"] == id.as_str()).unwrap();
            row["state"].as_str().unwrap().to_owned()
        };
        self.keys.iter().map(|(id, _)| state(id)).collect()
    }

    #[track_caller]
    fn shown(&self) -> Value {
        self.run(&["show", "June", "--json"]).ended(0).json()
    }

    fn works(&self, number: usize) -> bool {
        self.team.accepts(&self.keys[number].1)
    }
}

#[test]
fn a_dry_run_tells_of_each_key_and_begins_nothing() {
    let scene = Scene::new(2, 1);
    let ran = scene.start(&["--dry-run"]).ended(0).says("this was a dry run");
    for told in
        ["app-0", "rotated from here, into file:", "app-1", "needs somebody: where its new value goes", "just now"]
    {
        assert!(ran.out.contains(told), "{told}\n{}", ran.out);
    }
    assert!(ran.err.contains("the team's are for admins"), "{ran:#?}");
    let document = scene.start(&["--dry-run", "--json"]).ended(0).json();
    assert_eq!(document["meta"]["dryRun"], true);
    let by: Vec<&Value> = document["data"].as_array().unwrap().iter().map(|row| &row["rotatedBy"]).collect();
    assert!(by.contains(&&Value::from("here")) && by.contains(&&Value::from("somebody")), "{by:?}");
    scene.run(&["list"]).ended(0).says("no campaign is open");
    assert!(scene.works(0));
}

#[test]
fn ones_own_keys_are_rotated_once_and_the_others_explained() {
    let scene = Scene::new(3, 2);
    let document = scene.start(&["--yes", "--json"]).ended(1).json();
    assert_eq!(scene.states(&document), ["rotated", "rotated", "needsSomebody"]);
    assert_eq!((&document["meta"]["state"], &document["meta"]["waves"]), (&Value::from("open"), &Value::from(2)));
    assert!(!scene.works(0) && !scene.works(1) && scene.works(2));
    let rows = document["data"].as_array().unwrap();
    let person = rows.iter().find(|row| row["state"] == "needsSomebody").unwrap();
    let run = format!("keydeck rotate {} --sink PLACE", scene.keys[2].0);
    assert_eq!(person["run"], run.as_str());
    // a second run finds nothing to do; the person does it, which counts
    scene.run(&["run", "June", "--yes"]).ended(1);
    let sink = format!("file:{}", scene.place(2).display());
    let id = scene.keys[2].0.as_str().to_owned();
    scene.team.run(&scene.key, &["rotate", &id, "--sink", &sink, "--overlap", "none", "--yes"]).ended(0);
    assert!(scene.run(&["run", "June", "--yes"]).ended(0).out.contains("3 of 3 rotated; over since"));
    scene.run(&["run", "June", "--yes"]).ended(2).says("is over");
}

#[test]
fn what_a_person_rotates_meanwhile_is_seen_and_closes_it() {
    let scene = Scene::new(1, 0);
    scene.start(&["--yes"]).ended(1).says("keydeck rotate");
    let sink = format!("file:{}", scene.place(0).display());
    let id = scene.keys[0].0.as_str().to_owned();
    scene.team.run(&scene.key, &["rotate", &id, "--sink", &sink, "--overlap", "1h", "--yes"]).ended(0);
    assert_eq!(scene.states(&scene.shown()), ["underWay"]);
    let open = scene.team.run(&scene.key, &["rotations", "--json"]).json();
    let rotation = open["data"][0]["id"].as_str().unwrap().to_owned();
    scene.team.run(&scene.key, &["rotations", "resume", &rotation, "--end-overlap", "moved", "--yes"]).ended(0);
    let document = scene.shown();
    assert_eq!(scene.states(&document), ["rotated"]);
    assert_eq!(document["meta"]["state"], "over");
    scene.run(&["list"]).ended(0).says("no campaign is open");
    assert!(scene.run(&["list", "--over"]).ended(0).out.contains("1 of 1 rotated"));
}

#[test]
fn the_first_failure_stops_it_and_resume_goes_on_after_a_person_looked() {
    let scene = Scene::new(3, 3);
    // what one place holds is not the old key
    for number in 0..3 {
        std::fs::write(scene.place(number), "something else\n").unwrap();
    }
    let ran = scene.start(&["--yes"]).ended(1).says("stopped:").says("campaign resume");
    assert!(ran.err.contains("other-value") || ran.err.contains("something else"), "{ran:#?}");
    assert!((0..3).all(|number| scene.works(number)), "nothing was changed");
    scene.run(&["run", "June", "--yes"]).ended(1).says("the campaign stopped when");
    for number in 0..3 {
        std::fs::remove_file(scene.place(number)).unwrap();
    }
    let document = scene.run(&["resume", "June", "--yes", "--json"]).ended(0).json();
    assert_eq!(scene.states(&document), ["rotated"; 3]);
    assert_eq!(document["meta"]["state"], "over");
    let rows = scene.team.run(&scene.team.server.keys.admin, &["list", "--tab", "team", "--json"]).json();
    for (id, _) in &scene.keys {
        let replaced = rows["data"].as_array().unwrap().iter().filter(|row| row["rotatedFrom"] == id.as_str());
        assert_eq!(replaced.count(), 1, "each once");
    }
}

#[test]
fn an_overlap_is_waited_for_and_waves_go_on_meanwhile() {
    let scene = Scene::new(3, 3);
    scene.places(&[0, 1, 2], "1h");
    let document = scene.start(&["--yes", "--json", "--waves", "1"]).ended(0).json();
    let begun = |document: &Value| scene.states(document).iter().filter(|state| *state == "underWay").count();
    assert_eq!(begun(&document), 1, "one goes first");
    let document = scene.run(&["run", "June", "--yes", "--json"]).ended(0).json();
    assert_eq!(begun(&document), 3);
    assert!((0..3).all(|number| scene.works(number)), "both keys work");
    let says = document["data"][0]["says"].as_str().unwrap();
    assert!(says.starts_with("both keys work until"), "{says}");
}

#[test]
fn it_is_told_as_a_board_key_by_key_and_for_spreadsheets_and_reports() {
    let scene = Scene::new(2, 1);
    scene.start(&["--yes", "--waves", "0"]).ended(0);
    assert!(scene.works(0), "nothing is begun with no wave");
    let ran = scene.run(&["status", "June", "--keys"]).ended(0);
    for told in ["campaign June: 0 of 2 rotated", "in 30 d", "NOT BEGUN", "NEEDS SOMEBODY", "user", "app-1"] {
        assert!(ran.out.contains(told), "{told}\n{}", ran.out);
    }
    assert!(ran.err.contains("keydeck campaign run 'June' begins one first"), "{ran:#?}");
    let csv = scene.run(&["show", "June", "--csv"]).ended(0).out;
    assert!(csv.starts_with("id,name,maskedValue,owner,") && csv.lines().count() == 3, "{csv}");
    let text = scene.run(&["show", "June", "--markdown"]).ended(0).out;
    assert!(text.starts_with("# Campaign June") && text.contains("| app-0 "), "{text}");
    let recorded = scene.run(&["show", "June", "--recorded", "--json"]).ended(0).json();
    assert_eq!(recorded["meta"]["keys"], 2);
    let listed = scene.run(&["--json"]).ended(0).json();
    assert_eq!((&listed["data"][0]["name"], &listed["data"][0]["needsSomebody"]), (&"June".into(), &1.into()));
}

#[test]
fn keys_that_appear_later_are_told_and_not_added() {
    let scene = Scene::new(1, 0);
    scene.start(&["--yes", "--waves", "0"]).ended(0);
    scene.team.make(&scene.key, &["app-late"]);
    let document = scene.shown();
    assert_eq!(document["data"].as_array().unwrap().len(), 1);
    assert_eq!(document["meta"]["newcomers"][0]["name"], "app-late");
    scene.run(&["show", "June"]).ended(0).says("not on the list, although the filter chooses them now: app-late");
}

#[test]
fn ending_one_leaves_what_is_left_as_it_is() {
    let scene = Scene::new(1, 1);
    scene.start(&["--yes", "--waves", "0"]).ended(0);
    scene.run(&["start", "June", "--filter", "", "--by", "30d", "--yes"]).ended(2).says("is open already");
    let document = scene.run(&["stop", "June", "--json"]).ended(0).json();
    assert_eq!(document["meta"]["state"], "ended");
    assert!(scene.works(0));
    scene.run(&["end", "June"]).ended(2).says("is over");
    scene.run(&["run", "June", "--yes"]).ended(2).says("is over");
    scene.run(&["show", "nothing"]).ended(2).says("there is no campaign nothing");
}

#[test]
fn what_is_wrong_is_said_before_anything_is_begun() {
    let scene = Scene::new(1, 1);
    for (args, says) in [
        (["--filter", "name:app-", "--by", "2020-01-01"], "--by"),
        (["--filter", "name:app-", "--by", "never"], "a campaign has a date"),
        (["--filter", "nme:app-", "--by", "30d"], "the filter is wrong"),
    ] {
        scene.run(&[&["start", "June"], &args[..], &["--yes"]].concat()).ended(2).says(says);
    }
    scene.run(&["start", "June", "--filter", "name:none", "--by", "30d", "--yes"]).ended(1).says("no key that works");
    scene.start(&["--yes", "--wave", "0"]).ended(2).says("--wave");
    scene.start(&["--yes", "--max", "0"]).ended(2).says("are more than 0");
    scene.start(&[]).ended(3).says("nobody can be asked");
    scene.start(&["--json"]).ended(2).says("--json has nobody to ask");
    scene.run(&["list"]).ended(0).says("no campaign is open");
    // a value in a filter would be kept
    let value = scene.keys[0].1.expose().to_owned();
    let args = ["campaign", "start", "June", "--filter", "-", "--by", "30d", "--yes"];
    scene.team.run_reading(&scene.key, &args, value).ended(2).says("holds a key's value");
}

#[test]
fn a_read_only_profile_watches_and_rotates_nothing() {
    let scene = Scene::new(1, 1);
    let config = std::fs::read_to_string(scene.team.home.path("config/keydeck/config.toml")).unwrap();
    scene.team.profile(&scene.key, &format!("read_only = true\n{config}"));
    let run = |args: &[&str]| scene.team.home.run(&[&["--profile", "test", "campaign"], args].concat());
    let start = ["start", "June", "--filter", "name:app-", "--by", "30d", "--yes"];
    run(&start).ended(3).says("read-only");
    run(&[&start[..], &["--waves", "0"]].concat()).ended(0);
    run(&["run", "June", "--yes"]).ended(3).says("read-only");
    run(&["show", "June"]).ended(0);
    assert!(scene.works(0));
}

#[test]
fn at_a_terminal_the_number_of_keys_is_typed() {
    let scene = Scene::new(2, 2);
    let args = ["campaign", "start", "June", "--filter", "name:app-", "--by", "30d"];
    let environment = scene.team.environment(&scene.key);
    let mut terminal = Terminal::start(&scene.team.home, &args, &environment);
    terminal.shows("Type 2 and Enter to rotate 2 keys");
    terminal.types("y\r");
    let (code, seen) = terminal.end();
    assert_eq!(code, 3, "{seen}");
    assert!(scene.works(0) && scene.works(1));
    let mut terminal = Terminal::start(&scene.team.home, &args, &environment);
    terminal.shows("Type 2 and Enter to rotate 2 keys");
    terminal.types("2\r");
    let (code, seen) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    assert!(!scene.works(0) && !scene.works(1));
}

#[test]
fn a_production_profile_asks_for_more_than_a_yes() {
    let scene = Scene::new(1, 1);
    let config = std::fs::read_to_string(scene.team.home.path("config/keydeck/config.toml")).unwrap();
    scene.team.profile(&scene.key, &format!("production = true\n{config}"));
    let args = ["--profile", "test", "campaign", "start", "June", "--filter", "name:app-", "--by", "30d"];
    let mut terminal = Terminal::start(&scene.team.home, &args, &[]);
    let last = crate::team::last_four(&scene.keys[0].1);
    terminal.shows(&format!("Type {last} and Enter to rotate it"));
    terminal.types("y\r");
    let (code, seen) = terminal.end();
    assert!(code == 3 && seen.contains("PRODUCTION"), "{code}\n{seen}");
    assert!(scene.works(0));
}

#[test]
fn a_services_keys_are_rotated_by_an_admin_and_its_rotation_is_resumed() {
    let scene = Scene::new(0, 0);
    let admin = scene.team.server.keys.superadmin.duplicate();
    scene
        .team
        .run(&admin, &["users", "add", "--service", "--name", "gateway", "--contact", "ops@test.example"])
        .ended(0);
    let secret = scene.team.home.path("made");
    let create =
        ["create", "--name", "app-gateway", "--owner", "gateway", "--write-secret", secret.to_str().unwrap(), "--yes"];
    scene.team.run(&admin, &create).ended(0);
    let sink = format!("file:{}", scene.place(0).display());
    scene.team.home.configure(&format!("[rotation.\"app-gateway\"]\nsinks = [\"{sink}\"]\noverlap = \"1h\"\n"));
    let start = ["campaign", "start", "June", "--filter", "name:app-", "--by", "30d", "--yes", "--json"];
    let document = scene.team.run(&admin, &start).ended(0).json();
    assert_eq!(document["data"][0]["state"], "underWay");
    let rotation = document["data"][0]["rotation"].as_str().unwrap().to_owned();
    scene.team.run(&admin, &["rotations", "resume", &rotation, "--end-overlap", "moved", "--yes"]).ended(0);
    let document = scene.team.run(&admin, &["campaign", "show", "June", "--json"]).ended(0).json();
    assert_eq!(
        (&document["data"][0]["state"], &document["data"][0]["ownerKind"]),
        (&"rotated".into(), &"service".into())
    );
}
