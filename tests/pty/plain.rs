//! Terminals that show little: without UTF-8, and such as only print.

use std::process::Command;

use crate::pty::Pty;
use crate::{KEYDECK, Server};

/// The two lines at the top and the one at the bottom.
fn edges(screen: &vt100::Screen) -> Vec<String> {
    let lines: Vec<String> = screen.rows(0, 80).collect();
    [0, 1, 23].map(|row| lines[row].trim_end().to_owned()).to_vec()
}

#[test]
fn without_utf_8_every_byte_is_ascii_and_everything_stands_where_it_does_with_it() {
    let server = Server::start();
    let signs = server.console(&[("LANG", "C.UTF-8")]);
    let mut plain = server.console(&[("LANG", "C")]);
    plain.keys("3");
    plain.wait_for("secrets-rotation");
    plain.wait_until("to show the cursor", |screen| screen.cell(4, 1).is_some_and(|cell| cell.contents() == ">"));
    plain.keys("jjx");
    plain.wait_for("+ Revoke");
    assert!(plain.bytes_since(0).is_ascii());
    assert!(!signs.bytes_since(0).is_ascii());
    let width = |console: &Pty| console.look(|screen| edges(screen)[0].chars().count());
    assert_eq!(width(&signs), width(&plain));
    plain.keys("<Esc>");
    plain.wait_until("to have closed", |screen| !screen.contents().contains("+ Revoke"));
    plain.keys("q");
    assert_eq!(plain.exit_with_the_terminal_as_it_was().exit_code(), 0);
}

#[test]
fn the_flag_and_the_configuration_come_before_the_locale() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".config/keydeck");
    std::fs::create_dir_all(&folder).unwrap();
    let home = home.path().to_str().unwrap();
    let open = |arguments: &[&str], locale| {
        let arguments = [&["demo", "--keys", "60"], arguments].concat();
        let mut console =
            Pty::start(KEYDECK, arguments, [("HOME", home), ("TMPDIR", home), ("LANG", locale)], (24, 80));
        console.wait_for("console-olivia");
        let ascii = console.bytes_since(0).is_ascii();
        console.keys("q");
        assert_eq!(console.exit_with_the_terminal_as_it_was().exit_code(), 0);
        ascii
    };
    assert!(open(&["--ascii"], "C.UTF-8"));
    std::fs::write(folder.join("config.toml"), "ascii = false\n").unwrap();
    assert!(!open(&[], "C"));
    std::fs::write(folder.join("config.toml"), "ascii = true\n").unwrap();
    assert!(open(&[], "C.UTF-8"));
}

#[test]
fn in_gnu_screen_without_utf_8_the_layout_holds() {
    if Command::new("screen").arg("-v").output().is_err() {
        assert!(std::env::var_os("KEYDECK_TEST_ALL").is_none(), "screen is not installed");
        println!("SKIPPED: screen is not installed, so the console in it was not tested");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let sockets = home.path().join("sockets");
    std::fs::create_dir(&sockets).unwrap();
    std::fs::set_permissions(&sockets, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let (home, sockets) = (home.path().to_str().unwrap(), sockets.to_str().unwrap());
    let mut screen = Pty::start(
        "screen",
        ["-c", "/dev/null", KEYDECK, "demo", "--keys", "60", "--seed", "7"],
        [("HOME", home), ("TMPDIR", home), ("SCREENDIR", sockets), ("LANG", "C"), ("SHELL", "/bin/sh")],
        (24, 80),
    );
    screen.wait_for("console-olivia");
    screen.wait_until("to show the tabs as far as they go", |screen| edges(screen)[1].contains("5 Settings"));
    screen.keys("j");
    screen.wait_for("all keys");
    screen.look(|screen| {
        for row in screen.rows(0, 80) {
            assert!(row.is_ascii(), "{row}");
        }
        assert!(edges(screen)[0].starts_with(" keydeck"), "{:?}", edges(screen));
        assert!(edges(screen)[2].contains("all keys"), "{:?}", edges(screen));
    });
    screen.keys("x");
    screen.wait_for("+ Delete");
    screen.look(|screen| {
        let rows: Vec<String> = screen.rows(0, 80).collect();
        let borders: Vec<usize> =
            rows.iter().filter(|row| row.contains("| ")).filter_map(|row| row.find('|')).collect();
        assert!(borders.len() > 3 && borders.windows(2).all(|two| two[0] == two[1]), "{rows:#?}");
    });
    screen.keys("<Esc>");
    screen.wait_until("to have closed", |screen| !screen.contents().contains("+ Delete"));
    screen.keys("q");
    screen.exit();
}

#[test]
fn a_terminal_that_only_prints_is_refused_and_the_command_line_named() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path().to_str().unwrap();
    for (term, says) in [("dumb", "TERM is dumb"), ("", "TERM is not set")] {
        for arguments in [&[][..], &["demo"]] {
            let environment = [("HOME", home), ("TMPDIR", home), ("TERM", term)];
            let mut console = Pty::start(KEYDECK, arguments.iter().copied(), environment, (24, 80));
            console.exit();
            let written = String::from_utf8(console.bytes_since(0)).unwrap();
            assert!(written.contains(says) && written.contains("keydeck list"), "{written}");
            assert!(!written.contains('\x1b'), "{written}");
        }
    }
    let environment = [("HOME", home), ("TMPDIR", home), ("TERM", "dumb")];
    assert_eq!(Pty::start(KEYDECK, ["demo"], environment, (24, 80)).exit().exit_code(), 2);
}

#[test]
fn a_demo_is_as_its_person_has_every_console() {
    let home = tempfile::tempdir().unwrap();
    let own = home.path().join("own.toml");
    std::fs::write(&own, "theme = 'mono'\nmouse = true\n[keys]\n'Q' = 'quit'\n").unwrap();
    let (home, own) = (home.path().to_str().unwrap(), own.to_str().unwrap());
    let environment = [("HOME", home), ("TMPDIR", home)];
    let arguments = ["demo", "--keys", "60", "--config", own];
    let mut console = Pty::start(KEYDECK, arguments, environment, (24, 80));
    console.wait_for("console-olivia");
    console.look(|screen| {
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::PressRelease);
        let cells = (0..24).flat_map(|row| (0..80).filter_map(move |column| screen.cell(row, column)));
        assert!(cells.into_iter().all(|cell| cell.fgcolor() == vt100::Color::Default), "the theme without colours");
    });
    console.keys("Q");
    assert_eq!(console.exit_with_the_terminal_as_it_was().exit_code(), 0);
    // what is wrong in the usual file is said, and the demo opens all the same; a file that is named must be right
    let folder = std::path::Path::new(home).join(".config/keydeck");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), "mouse = 3\n").unwrap();
    let mut console = Pty::start(KEYDECK, ["demo", "--keys", "60"], environment, (24, 80));
    console.wait_for("console-olivia");
    console.wait_for("The configuration is left out");
    console.keys("q");
    assert_eq!(console.exit_with_the_terminal_as_it_was().exit_code(), 0);
    let broken = folder.join("config.toml");
    let arguments = ["demo", "--config", broken.to_str().unwrap()];
    let mut console = Pty::start(KEYDECK, arguments, environment, (24, 80));
    assert_eq!(console.exit().exit_code(), 2);
}
