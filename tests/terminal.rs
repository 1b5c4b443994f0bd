//! The terminal, the keys and the signals as a real program has them: this test starts itself once more in a
//! pseudo-terminal, as a small console that says what it hears.

#![expect(clippy::unwrap_used, reason = "what cannot be read fails the test")]

#[path = "support/pty.rs"]
mod pty;

use std::time::Duration;

use keydeck::tui::input::{Input, Inputs};
use keydeck::tui::signals::{EndSignal, Signals};
use keydeck::tui::terminal::Terminal;
use pty::Pty;
use rustix::process::Signal;

const CHILD: &str = "KEYDECK_TEST_CONSOLE";

/// How the small console takes a signal: it ends, or from the first key on it does nothing any more.
const HEEDS_SIGNALS: &str = "heeds-signals";
const IS_DEAF: &str = "is-deaf";

fn start(mode: &'static str) -> Pty {
    let itself = std::env::current_exe().unwrap();
    Pty::start(itself, ["--exact", "the_small_console", "--nocapture"], [(CHILD, mode)], (10, 60))
}

/// No test by itself: what [`start`] starts.
#[test]
fn the_small_console() {
    let Ok(mode) = std::env::var(CHILD) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let code = runtime.block_on(console(&mode));
    std::process::exit(code);
}

async fn console(mode: &str) -> i32 {
    let mut terminal = Terminal::enter(false).unwrap();
    let mut inputs = Inputs::start().unwrap();
    let mut signals = Signals::listen().unwrap();
    let mut heard = String::new();
    loop {
        let drawn = terminal.draw(|frame| {
            let area = frame.area();
            frame.render_widget(format!("{}x{} heard {heard}.", area.width, area.height), area);
            Vec::new()
        });
        if drawn.is_err() {
            return 7;
        }
        if mode == IS_DEAF && !heard.is_empty() {
            loop {
                std::thread::park();
            }
        }
        let input = tokio::select! {
            signal = signals.next() => match signal {
                EndSignal::HangUp if mode != HEEDS_SIGNALS => continue,
                signal => return i32::from(signal.exit_code()),
            },
            input = inputs.next() => input,
        };
        let mut next = match input {
            None => return 7,
            some => some,
        };
        while let Some(input) = next {
            match input {
                Input::Key(press) if press == 'q'.into() => return 0,
                Input::Key(press) if press == 'P'.into() => panic!("it panics with kdk_{}", "y2".repeat(18)),
                Input::Key(press) if press == 'z'.into() => {
                    inputs.pause();
                    terminal.suspend();
                    heard.clear();
                    let mut line = String::new();
                    std::io::stdin().read_line(&mut line).unwrap();
                    terminal.resume().unwrap();
                    inputs.resume();
                    heard = format!("line {}", line.trim());
                }
                Input::Key(press) if press == 'c'.into() => heard.clear(),
                Input::Key(press) => heard.extend([&press.to_string(), " "]),
                Input::Paste(text) => heard = format!("paste of {}", text.len()),
                Input::Mouse(_) | Input::Resized | Input::Ground(_) | Input::Noise => {}
            }
            next = inputs.already_here();
        }
    }
}

#[test]
fn keys_pastes_and_sizes_are_heard() {
    let mut console = start(HEEDS_SIGNALS);
    console.wait_for("60x10 heard .");
    console.keys("?G<Space><ctrl-r><BackTab><Enter><Up>");
    console.wait_for("heard ? G Space ctrl-r BackTab Enter Up .");
    console.keys("<Esc>");
    console.wait_for("Up Esc .");
    console.paste(&"not keys q P z\n".repeat(300));
    console.wait_for("heard paste of 4500.");
    console.resize(12, 50);
    console.wait_for("50x12 heard");
    console.keys("q");
    assert_eq!(console.exit_with_the_terminal_as_it_was().exit_code(), 0);
}

#[test]
fn nothing_is_lost_of_much_that_comes_at_once() {
    let mut console = start(HEEDS_SIGNALS);
    console.wait_for("heard .");
    console.send(&b"a".repeat(3000));
    console.keys("cbq");
    assert_eq!(console.exit().exit_code(), 0);
}

#[test]
fn nothing_is_written_when_nothing_changes() {
    let mut console = start(HEEDS_SIGNALS);
    console.wait_for("heard .");
    console.stays_quiet(Duration::from_millis(300));
    let before = console.written();
    console.keys("cccb");
    console.wait_for("heard b .");
    let change = console.bytes_since(before);
    assert!(change.starts_with(b"\x1b[?2026h") && change.ends_with(b"\x1b[?2026l"), "{change:?}");
    assert_eq!(change.windows(7).filter(|bytes| bytes == b"\x1b[?2026").count(), 2, "{change:?}");
}

#[test]
fn each_signal_ends_it_with_the_terminal_as_it_was() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130), (Signal::QUIT, 131)] {
        let mut console = start(HEEDS_SIGNALS);
        console.wait_for("heard .");
        console.signal(signal);
        assert_eq!(console.exit_with_the_terminal_as_it_was().exit_code(), code);
    }
}

#[test]
fn a_signal_ends_a_console_that_does_not_heed_it() {
    let mut console = start(IS_DEAF);
    console.wait_for("heard .");
    console.keys("a");
    console.wait_for("heard a .");
    console.signal(Signal::TERM);
    assert_eq!(console.exit_with_the_terminal_as_it_was().exit_code(), 143);
}

#[test]
fn a_panic_is_told_on_the_terminal_as_it_was_with_the_key_masked() {
    let mut console = start(HEEDS_SIGNALS);
    console.wait_for("heard .");
    console.keys("P");
    assert_ne!(console.exit_with_the_terminal_as_it_was().exit_code(), 0);
    let written = String::from_utf8_lossy(&console.bytes_since(0)).into_owned();
    let left = written.find("\x1b[?1049l").unwrap();
    let told = written.find("keydeck stopped at tests/terminal.rs").unwrap();
    assert!(left < told, "{written}");
    assert!(written.contains("it panics with kdk_…"), "{written}");
    assert!(!written.contains("y2y2"), "{written}");
}

#[test]
fn a_terminal_that_vanishes_is_noticed() {
    let mut console = start("ignores-hang-up");
    console.wait_for("heard .");
    console.hang_up_upon("a");
    assert_eq!(console.exit().exit_code(), 7);
}

#[test]
fn a_console_that_hears_nothing_ends_when_its_terminal_vanishes() {
    let mut console = start(IS_DEAF);
    console.wait_for("heard .");
    console.hang_up_upon("a");
    assert_eq!(console.exit().exit_code(), 129);
}

#[test]
fn another_program_can_have_the_terminal_for_a_while() {
    let mut console = start(HEEDS_SIGNALS);
    console.wait_for("heard .");
    console.keys("ab");
    console.wait_for("heard a b .");
    console.keys("z");
    console.wait_until("to be on the main screen", |screen| !screen.alternate_screen());
    console.send(b"some text\n");
    console.wait_for("60x10 heard line some text.");
    console.keys("cd");
    console.wait_for("heard d .");
    console.keys("q");
    assert_eq!(console.exit_with_the_terminal_as_it_was().exit_code(), 0);
}
