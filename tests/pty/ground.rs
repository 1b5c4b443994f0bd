//! What the terminal says of its background chooses the form of the theme.

use std::path::Path;

use crate::KEYDECK;
use crate::pty::Pty;

/// A demo's console with this configuration and environment.
fn open(home: &Path, configuration: &str, environment: &[(&str, &str)]) -> Pty {
    let folder = home.join(".config/keydeck");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), configuration).unwrap();
    let home = home.to_str().unwrap();
    let mut all = vec![("HOME", home), ("TMPDIR", home)];
    all.extend(environment);
    let console = Pty::start(KEYDECK, ["demo", "--keys", "60"], all, (24, 80));
    console.wait_for("console-olivia");
    console
}

/// Whether the keys in the footer, or the slash before the filter, are blue, as on a light ground.
fn is_light(screen: &vt100::Screen) -> bool {
    screen.cell(2, 1).is_some_and(|cell| cell.contents() == "/" && cell.fgcolor() == vt100::Color::Idx(4))
}

fn asks(console: &Pty) -> bool {
    console.bytes_since(0).windows(6).any(|bytes| bytes == b"\x1b]11;?")
}

#[track_caller]
fn leave(mut console: Pty) {
    console.keys("q");
    assert_eq!(console.exit_with_the_terminal_as_it_was().exit_code(), 0);
}

#[test]
fn a_terminal_that_says_it_is_light_gets_the_light_form_after_a_first_frame_that_waited_for_nothing() {
    let home = tempfile::tempdir().unwrap();
    let mut console = open(home.path(), "", &[]);
    assert!(asks(&console) && !console.look(is_light));
    console.send(b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\");
    console.wait_until("to be drawn for a light ground", is_light);
    leave(console);
}

#[test]
fn without_an_answer_the_environment_says_and_the_configuration_before_it() {
    let home = tempfile::tempdir().unwrap();
    let console = open(home.path(), "", &[("COLORFGBG", "0;15")]);
    assert!(console.look(is_light));
    leave(console);
    let mut console = open(home.path(), "background = 'dark'\n", &[("COLORFGBG", "0;15")]);
    assert!(!asks(&console), "nothing is asked where it is said");
    console.send(b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\");
    console.keys("j");
    console.wait_until("to have moved", |screen| screen.cell(5, 1).is_some_and(|cell| cell.contents() == "▌"));
    assert!(!console.look(is_light));
    leave(console);
}
