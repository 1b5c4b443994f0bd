//! What there is to try in a demo: a rotation that is killed and gone on with, and the tour.

use std::fs;
use std::path::PathBuf;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::pty::Pty;
use crate::{DIALOG_LISTENS, keep_for_later};

/// A home in which demos are opened one after the other.
struct Demos(TempDir);

impl Demos {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("tmp")).unwrap();
        Self(home)
    }

    fn open(&self, arguments: &[&str]) -> Pty {
        let home = self.0.path().to_str().unwrap();
        let tmp = self.0.path().join("tmp");
        let environment = [("HOME", home), ("TMPDIR", tmp.to_str().unwrap()), ("LANG", "C.UTF-8")];
        let arguments = std::iter::once("demo").chain(arguments.iter().copied());
        Pty::start(env!("CARGO_BIN_EXE_keydeck"), arguments, environment, (36, 120))
    }

    fn folders(&self) -> Vec<PathBuf> {
        fs::read_dir(self.0.path().join("tmp")).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    /// The value that the scratch file of the only demo holds.
    fn scratch(&self) -> String {
        let text = fs::read_to_string(self.folders()[0].join("ci-deploy.env")).unwrap();
        text.lines().find_map(|line| line.strip_prefix("API_KEY=")).unwrap().to_owned()
    }
}

#[test]
fn a_demo_that_is_killed_in_a_rotation_stays_and_the_next_one_goes_on_with_it() {
    let demos = Demos::new();
    let mut console = demos.open(&[]);
    console.wait_for("· 1, o on ci-deploy");
    console.wait_for("load-test");
    let old = demos.scratch();
    console.keys("/name:=ci-deploy<Enter>");
    console.wait_for("1 of 8");
    console.keys("o");
    console.wait_for("and Enter to rotate it");
    console.settle(DIALOG_LISTENS);
    console.keys(&format!("{}<Enter>", &old[old.len() - 4..]));
    console.wait_for("Both keys work");
    console.signal(Signal::KILL);
    console.exit();
    assert_ne!(demos.scratch(), old, "the new value is delivered");
    assert_eq!(demos.folders().len(), 1);

    let mut console = demos.open(&[]);
    console.wait_for("A rotation of ci-deploy is under way in a demo that was left. Go on with it? [Y/n]");
    console.keys("<Enter>");
    console.wait_for("R lists it, and goes on");
    console.keys("R");
    console.wait_for("Open rotations");
    console.settle(DIALOG_LISTENS);
    console.keys("<Enter>");
    keep_for_later(&mut console);
    console.keys("q");
    assert!(console.exit_with_the_terminal_as_it_was().success());
    assert!(String::from_utf8_lossy(&console.bytes_since(0)).contains("keydeck demo goes on with it"));
    assert_eq!(demos.folders().len(), 1, "it stays while the rotation is under way");

    // who wants a new one has the old one removed, and the new one leaves nothing
    let mut console = demos.open(&[]);
    console.wait_for("Go on with it? [Y/n]");
    console.keys("n<Enter>");
    console.wait_for("· 1, o on ci-deploy");
    console.wait_for("load-test");
    console.keys("q");
    assert!(console.exit_with_the_terminal_as_it_was().success());
    assert_eq!(demos.folders(), Vec::<PathBuf>::new());
}

#[test]
fn the_tour_goes_on_with_what_is_done() {
    let demos = Demos::new();
    let mut console = demos.open(&["--tour"]);
    console.wait_for("Tour 1 of 5");
    console.wait_for("load-test");
    console.keys("3");
    console.wait_for("400");
    console.keys("m");
    console.wait_for("Tour 2 of 5");
    console.keys("<Enter>");
    console.wait_for("Tour 3 of 5");
    let leaked = fs::read_to_string(demos.folders()[0].join("leaked.log")).unwrap();
    console.paste(leaked.lines().nth(1).unwrap());
    // what the paste came to is read first
    console.settle(DIALOG_LISTENS);
    console.keys("<Esc>");
    console.wait_for("Tour 4 of 5");
    console.signal(Signal::TERM);
    console.exit();
    assert_eq!(demos.folders(), Vec::<PathBuf>::new());
}
