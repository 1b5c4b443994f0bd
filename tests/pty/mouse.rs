//! The mouse, as a terminal reports it.

use crate::Server;

/// Writes `text` as the configuration of the server's user.
fn configure(server: &Server, text: &str) {
    let folder = server.home.path().join(".config/keydeck");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), text).unwrap();
}

#[test]
fn it_is_left_alone_unless_the_configuration_asks_for_it() {
    let server = Server::start();
    let console = server.console(&[]);
    console.look(|screen| assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None));
}

#[test]
fn clicks_and_the_wheel_are_heard_and_it_is_given_back() {
    let server = Server::start();
    configure(&server, "mouse = true\n");
    let mut console = server.console(&[]);
    console.look(|screen| {
        // presses, not every movement
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::PressRelease);
        assert_eq!(screen.mouse_protocol_encoding(), vt100::MouseProtocolEncoding::Sgr);
    });
    console.keys("3");
    console.wait_for("secrets-rotation");
    let marker = |row| move |screen: &vt100::Screen| screen.cell(row, 1).is_some_and(|cell| cell.contents() == "▌");
    console.send(b"\x1b[<0;20;11M\x1b[<0;20;11m");
    console.wait_until("to have the cursor where it was clicked", marker(10));
    console.send(b"\x1b[<65;20;11M");
    console.wait_until("to have scrolled", marker(7));
    console.keys("q");
    assert_eq!(console.exit_with_the_terminal_as_it_was().exit_code(), 0);
}
