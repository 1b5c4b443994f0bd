//! The terminal's own cursor, and a screen drawn anew.

use std::time::Duration;

use crate::Server;

#[test]
fn it_follows_the_row_the_filter_and_the_dialog() {
    let server = Server::start();
    let mut console = server.console(&[]);
    console.keys("3");
    console.wait_for("secrets-rotation");
    let at =
        |row, column| move |screen: &vt100::Screen| !screen.hide_cursor() && screen.cursor_position() == (row, column);
    console.wait_until("to have the cursor on the first row", at(4, 1));
    console.keys("jj");
    console.wait_until("to have the cursor on the third row", at(6, 1));
    console.keys("/own");
    console.wait_until("to have the cursor behind what is typed", at(2, 6));
    console.keys("<Esc>");
    console.wait_until("to have the cursor on the row again", at(6, 1));
    console.keys("s");
    console.wait_for("Sort by");
    console.wait_until("to have the cursor in the menu", |screen| {
        let (row, column) = screen.cursor_position();
        !screen.hide_cursor() && screen.contents_between(row, column, row, 80).contains("created")
    });
    console.keys("<Esc>");
    console.wait_until("to have the cursor on the row once more", at(6, 1));
    console.keys("q");
    assert_eq!(console.exit_with_the_terminal_as_it_was().exit_code(), 0);
}

#[test]
fn what_something_else_wrote_is_drawn_over() {
    let server = Server::start();
    let mut console = server.console(&[]);
    console.settle(Duration::from_millis(500));
    let before = console.written();
    console.keys("<ctrl-l>");
    console.wait_for_bytes_after(before);
    console.settle(Duration::from_millis(300));
    // a terminal that begins with these bytes shows everything
    let mut anew = vt100::Parser::new(24, 80, 0);
    anew.process(&console.bytes_since(before));
    console.look(|screen| assert_eq!(anew.screen().contents(), screen.contents()));
    console.keys("q");
    assert_eq!(console.exit_with_the_terminal_as_it_was().exit_code(), 0);
}
