//! A real terminal that says something by itself: nothing is done, whenever it comes.

use std::time::Duration;

use crate::answers::ANSWERS;
use crate::{DIALOG_LISTENS, Server, UNUSED, mark_two};

/// After how many milliseconds the answers come.
const LATE: [u64; 4] = [0, 300, 700, 2000];

#[test]
fn answers_in_a_list_or_a_review_do_nothing_however_late() {
    let server = Server::start();
    let before = server.listed(UNUSED);
    std::thread::scope(|scope| {
        for late in LATE {
            let server = &server;
            scope.spawn(move || {
                let late = Duration::from_millis(late);
                let mut console = server.console(&[]);
                console.keys("3/status:enabled<Space>used:never<Enter>");
                console.wait_for("Space mark");
                for answer in ANSWERS {
                    // whole, and cut in two where no part of it is a key by itself
                    for cut in [answer.len(), answer.len() / 2 + 2] {
                        console.send(&answer[..cut]);
                        std::thread::sleep(late.min(Duration::from_millis(300)));
                        console.send(&answer[cut..]);
                    }
                }
                console.settle(DIALOG_LISTENS);
                console.keys("x");
                console.wait_for("and Enter to revoke it");
                let shown = console.look(vt100::Screen::contents);
                std::thread::sleep(late);
                for answer in ANSWERS {
                    console.send(answer);
                }
                console.settle(DIALOG_LISTENS);
                assert_eq!(console.look(vt100::Screen::contents), shown, "after {late:?}");
                console.keys("<Esc>");
                console.wait_for("Nothing was revoked");
                console.keys("q");
                assert!(console.exit_with_the_terminal_as_it_was().success());
            });
        }
    });
    assert_eq!(server.listed(UNUSED), before);
}

#[test]
fn a_name_that_is_cut_for_long_neither_opens_nor_confirms_anything() {
    let server = Server::start();
    let before = server.listed(UNUSED);
    let mut console = server.console(&[]);
    mark_two(&mut console);
    console.keys("x");
    console.wait_for("Revoke 2 keys");
    console.settle(DIALOG_LISTENS);
    console.send(b"\x1bP>|tmux ");
    std::thread::sleep(Duration::from_millis(1500));
    // the rest of it comes without its end, and looks like what confirms
    console.send(b"2\r");
    console.wait_for("press it again in a second");
    console.settle(Duration::from_millis(1200));
    console.keys("<Esc>");
    console.wait_for("Nothing was revoked");
    assert_eq!(server.listed(UNUSED), before);
    console.keys("qq");
    assert!(console.exit_with_the_terminal_as_it_was().success());
}
