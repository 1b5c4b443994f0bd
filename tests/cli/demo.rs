//! `keydeck demo`.

use rustix::process::Signal;
use serde_json::Value;

use crate::program::{Home, Running, Terminal};

struct Demo {
    running: Running,
    url: String,
    key: String,
    role: String,
}

fn demo(home: &Home, extra: &[&str]) -> Demo {
    let running = Running::start(home.command(&[&["demo", "--print-url"], extra].concat()));
    let line: Value = serde_json::from_str(&running.line()).unwrap();
    let field = |name: &str| line[name].as_str().unwrap().to_owned();
    assert_eq!(line.as_object().unwrap().len(), 4);
    Demo { url: field("url"), key: field("apiKey"), role: field("role"), running }
}

impl Demo {
    fn environment(&self) -> [(&str, &str); 2] {
        [("KEYDECK_URL", &self.url), ("KEYDECK_API_KEY", &self.key)]
    }

    fn list(&self, home: &Home, args: &[&str]) -> Vec<Value> {
        let ran = home.run_with(&[&["list", "--json"], args].concat(), &self.environment()).ended(0);
        assert!(!ran.out.contains(&self.key));
        ran.json()["data"].as_array().unwrap().clone()
    }
}

fn field<'v>(rows: &'v [Value], name: &str) -> Vec<&'v str> {
    rows.iter().map(|row| row[name].as_str().unwrap_or_default()).collect()
}

#[test]
fn a_demo_is_a_real_server_with_a_believable_team() {
    let home = Home::new();
    let demo = demo(&home, &[]);
    assert_eq!(demo.role, "admin");
    let keys = demo.list(&home, &["--tab", "team"]);
    assert_eq!(keys.len(), 400);
    assert_eq!(demo.list(&home, &["--tab", "collections"]).len(), 60);
    assert_eq!(demo.list(&home, &["--tab", "exposed"]).len(), 12);
    let exposed = demo.list(&home, &["--tab", "team", "--filter", "exposed:yes status:enabled"]);
    assert!(exposed.len() >= 3, "{}", exposed.len());

    // a key leaked into a log, for who tries what is done then
    let log = std::fs::read_dir(home.path("tmp")).unwrap().next().unwrap().unwrap().path().join("leaked.log");
    let text = std::fs::read_to_string(log).unwrap();
    let shown = home.run_reading(&["show", "-", "--json"], &demo.environment(), text).ended(0).json();
    assert_eq!((shown["data"].as_array().unwrap().len(), &shown["data"][0]["status"]), (1, &"enabled".into()));

    let target = field(&keys, "id")[keys.iter().position(|key| key["status"] == "enabled").unwrap()];
    let revoked = home.run_with(&["revoke", target, "--yes", "--json"], &demo.environment()).ended(0).json();
    assert_eq!(revoked["data"][0]["outcome"], "revoked");
    let filter = ["--tab", "team", "--filter", "status:revoked"];
    assert!(field(&demo.list(&home, &filter), "id").contains(&target));
}

#[test]
fn size_seed_and_role_can_be_chosen_and_the_same_seed_makes_the_same_team() {
    let home = Home::new();
    let names = |seed: &str| {
        let demo = demo(&home, &["--keys", "50", "--seed", seed, "--role", "superadmin"]);
        assert_eq!(demo.role, "superadmin");
        let keys = demo.list(&home, &["--tab", "team", "--sort", "name"]);
        field(&keys, "name").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let first = names("7");
    assert_eq!((first.len(), &first), (50, &names("7")));
    assert_ne!(first, names("8"));
    let user = demo(&home, &["--role", "user"]);
    home.run_with(&["list", "--tab", "team"], &user.environment()).ended(3);
    assert!(!user.list(&home, &[]).is_empty());
}

#[test]
fn every_signal_ends_it_and_nothing_is_left() {
    let home = Home::new();
    // the user's own files are not looked at
    home.configure("nonsense");
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let mut demo = demo(&home, &["--keys", "10"]);
        assert_eq!(home.names("tmp").len(), 1);
        demo.running.signal(signal);
        assert_eq!(demo.running.code(), Some(0), "{signal:?}");
        assert_eq!((home.names("tmp"), home.names("state"), home.names("data")), (vec![], vec![], vec![]));
    }
}

#[test]
fn what_a_killed_demo_left_the_next_removes_but_not_a_living_one() {
    let home = Home::new();
    let living = demo(&home, &["--keys", "10"]);
    let mut killed = demo(&home, &["--keys", "10"]);
    killed.running.signal(Signal::KILL);
    assert_eq!(killed.running.code(), None);
    assert_eq!(home.names("tmp").len(), 2);
    let mut next = demo(&home, &["--keys", "10"]);
    assert_eq!(home.names("tmp").len(), 2);
    assert_eq!(living.list(&home, &["--tab", "team"]).len(), 10);
    next.running.signal(Signal::TERM);
    assert_eq!(next.running.code(), Some(0));
    assert_eq!(home.names("tmp").len(), 1);
    drop(living);
}

#[test]
fn its_console_opens_and_leaves_nothing_behind() {
    let home = Home::new();
    let environment = [("KEYDECK_URL", "http://127.0.0.1:1"), ("KEYDECK_API_KEY", "made-up")];
    let end: [(fn(&mut Terminal), _); 2] =
        [(|terminal| terminal.types("q"), 0), (|terminal| terminal.signal(Signal::TERM), 128 + 15)];
    for (end, expected) in end {
        let mut terminal = Terminal::start(&home, &["demo"], &environment);
        // the cursor stands on a key
        terminal.shows("▌");
        end(&mut terminal);
        let (code, seen) = terminal.end();
        assert_eq!(code, expected, "{seen}");
        assert_eq!((home.names("tmp"), home.names("state"), home.names("data")), (vec![], vec![], vec![]));
    }
}

#[test]
fn the_database_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let _demo = demo(&home, &["--keys", "10"]);
    let dir = home.path("tmp").join(&home.names("tmp")[0]);
    assert!(dir.file_name().unwrap().to_string_lossy().starts_with("keydeck-demo-"));
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&dir), mode(&dir.join("keydeck.db"))), (0o700, 0o600));
}
