mod emulator;

use std::process::Command;

use ratatui::text::{Line, Span};

use super::*;
use crate::tui::theme::{ColorDepth, Theme};

const SIZE: Size = Size { width: 80, height: 24 };

fn screen() -> Screen<Vec<u8>> {
    Screen::new(Vec::new(), SIZE).unwrap()
}

fn taken(screen: &mut Screen<Vec<u8>>) -> Vec<u8> {
    std::mem::take(screen.output_mut())
}

/// A table of 20 rows, such as the console draws, with the cursor on one.
fn table(frame: &mut Frame, theme: &Theme, cursor: u16) {
    for row in 0..20 {
        let mut area = frame.area();
        area.y = row;
        area.height = 1;
        let line = Line::from(vec![
            Span::raw(format!("    key-{row:<20} Ana Souza       ")),
            Span::styled("enabled", theme.status_enabled),
            Span::raw(format!("      in {row} d        3 min ago     ")),
        ]);
        frame.render_widget(line, area);
        if row == cursor {
            frame.buffer_mut().set_style(area, theme.selected);
        }
    }
}

#[test]
fn a_frame_is_one_synchronized_update_and_shows_what_was_drawn() {
    let mut screen = screen();
    screen.draw(|frame| frame.render_widget("grüße", frame.area())).unwrap();
    let bytes = taken(&mut screen);
    assert!(bytes.starts_with(b"\x1b[?2026h") && bytes.ends_with(b"\x1b[?2026l"));
    assert_eq!(screen.written(), bytes.len() as u64);
    let mut terminal = vt100::Parser::new(24, 80, 0);
    terminal.process(&bytes);
    assert_eq!(terminal.screen().contents().trim_end(), "grüße");
    assert!(terminal.screen().hide_cursor());
}

#[test]
fn a_frame_that_changes_nothing_writes_nothing() {
    let mut screen = screen();
    let theme = Theme::load("default", None, ColorDepth::Ansi16).unwrap();
    for cursor_position in [None, Some((5, 3)), None] {
        let mut draw = || {
            screen
                .draw(|frame| {
                    table(frame, &theme, 3);
                    if let Some(position) = cursor_position {
                        frame.set_cursor_position(position);
                    }
                })
                .unwrap();
            screen.written()
        };
        let first = draw();
        assert_eq!([draw(), draw()], [first, first]);
    }
}

#[test]
fn the_text_cursor_is_shown_where_it_belongs_also_after_a_change() {
    let mut screen = screen();
    let mut terminal = vt100::Parser::new(24, 80, 0);
    for text in ["a", "ab", "abc"] {
        let column = u16::try_from(text.len()).unwrap();
        screen
            .draw(|frame| {
                frame.render_widget(text, frame.area());
                frame.set_cursor_position((column, 0));
            })
            .unwrap();
        terminal.process(&taken(&mut screen));
        assert!(!terminal.screen().hide_cursor());
        assert_eq!(terminal.screen().cursor_position(), (0, column));
    }
}

#[test]
fn another_size_or_something_elses_writing_draws_anew() {
    let mut screen = screen();
    let mut draw = |change: &dyn Fn(&mut Screen<Vec<u8>>)| {
        change(&mut screen);
        screen.draw(|frame| frame.render_widget("here", frame.area())).unwrap();
        String::from_utf8(taken(&mut screen)).unwrap()
    };
    assert!(draw(&|_| ()).contains("here"));
    assert_eq!(draw(&|_| ()), "");
    assert!(draw(&|screen| screen.set_size(Size::new(100, 30))).contains("here"));
    assert!(draw(&|screen| screen.set_size(Size::new(1, 1))).contains('h'));
    assert!(draw(&|screen| screen.set_size(SIZE)).contains("here"));
    assert_eq!(draw(&|_| ()), "");
    assert!(draw(&Screen::forget).contains("here"));
}

/// Rows like those of a list, from `first` on, the last of them marked at its beginning; below them what follows the cursor.
fn list(frame: &mut Frame, first: u16) {
    let area = frame.area();
    let body = area.height - 4;
    for y in 0..body {
        let number = first + y;
        let text = format!("key-{number:<20} Ana Souza       ● enabled      in {number} d        3 min ago");
        frame.buffer_mut().set_string(5, y + 2, text, ratatui::style::Style::new());
    }
    frame.buffer_mut().set_string(1, body + 1, "▌", ratatui::style::Style::new());
    frame.buffer_mut().set_string(
        1,
        area.height - 1,
        format!("key-{} in brief", first + body),
        ratatui::style::Style::new(),
    );
}

#[test]
fn rows_that_moved_are_moved_by_the_terminal_one_that_is_new_is_written() {
    for (size, bound) in [(SIZE, 150), (Size::new(200, 60), 155)] {
        let mut screen = Screen::new(Vec::new(), size).unwrap();
        screen.draw(|frame| list(frame, 100)).unwrap();
        for (first, by) in [(101, "\n"), (102, "\n"), (101, "\x1bM"), (104, "\n\n\n")] {
            taken(&mut screen);
            screen.draw(|frame| list(frame, first)).unwrap();
            let bytes = String::from_utf8(taken(&mut screen)).unwrap();
            assert!(bytes.contains(by) && bytes.matches('r').count() >= 2, "{bytes:?}");
            let new = u64::try_from(by.len()).unwrap().clamp(1, 3);
            assert!(bytes.len() < bound + 75 * (usize::try_from(new).unwrap() - 1), "{}: {bytes:?}", bytes.len());
        }
        screen.set_scrolls(false);
        screen.draw(|frame| list(frame, 105)).unwrap();
        assert!(!taken(&mut screen).contains(&b'r'));
    }
}

#[test]
fn what_is_unchanged_between_changes_is_passed_over_or_written_again_whichever_is_shorter() {
    let mut screen = screen();
    let mut draw = |text: &str| {
        screen.draw(|frame| frame.render_widget(ratatui::text::Text::from(text), frame.area())).unwrap();
        String::from_utf8(taken(&mut screen)).unwrap()
    };
    let framed = |bytes: &str| format!("\x1b[?2026h{bytes}\x1b[?2026l");
    draw("abcdefghij klmnop");
    assert_eq!(draw("Abcdefghij klmnop"), framed("\x1b[HA"));
    assert_eq!(draw("abcDefghij klmnop"), framed("\x1b[HabcD"));
    assert_eq!(draw("AbcDefghij klmnoP"), framed("\x1b[HA\x1b[15CP"));
    assert_eq!(draw("AbcDef"), framed("\x1b[1;7H\x1b[K"));
    assert_eq!(draw("AbcDef\nx\n  y"), framed("\x1b[2Hx\x1b[3;3Hy"));
}

#[test]
fn the_terminals_cursor_on_the_row_costs_a_few_bytes_a_move() {
    let theme = Theme::load("default", None, ColorDepth::Ansi16).unwrap();
    let cost = |points: bool| {
        let mut screen = screen();
        let mut draw = |cursor: u16| {
            let drawn = screen.draw(|frame| {
                table(frame, &theme, cursor);
                if points {
                    frame.set_cursor_position((1, cursor));
                }
            });
            drawn.unwrap();
            screen.written()
        };
        let before = draw(3);
        draw(4) - before
    };
    assert!(cost(true) <= cost(false) + 8, "{} and {}", cost(true), cost(false));
}

const CHILD: &str = "KEYDECK_TEST_SCREEN_CHILD";

/// The rows that stand out as reversed on a screen drawn by this process.
fn reversed_rows(depth: ColorDepth) -> Vec<u16> {
    let theme = Theme::load("default", None, depth).unwrap();
    let mut screen = screen();
    screen.draw(|frame| table(frame, &theme, 7)).unwrap();
    let mut terminal = vt100::Parser::new(24, 80, 0);
    terminal.process(&taken(&mut screen));
    let reversed = |row| [5, 46, 60].iter().all(|column| terminal.screen().cell(row, *column).unwrap().inverse());
    (0..24).filter(|row| reversed(*row)).collect()
}

/// The environment cannot be changed safely within a process, so this test runs itself once more in another.
#[test]
fn the_cursor_row_stands_out_under_no_color() {
    for depth in [ColorDepth::of_environment(), ColorDepth::Ansi16] {
        assert_eq!(reversed_rows(depth), [7], "{depth:?}");
    }
    if std::env::var_os(CHILD).is_some() {
        return;
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tui::screen::tests::the_cursor_row_stands_out_under_no_color", "--nocapture"])
        .envs([("NO_COLOR", "1"), (CHILD, "1")])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
}

/// Draws `text` on the first row, of which these columns lead somewhere.
fn draw_linked(screen: &mut Screen<Vec<u8>>, text: &str, links: &[(u16, u16, &str)]) -> String {
    let link = |(x, width, target): &(u16, u16, &str)| Link {
        area: ratatui::layout::Rect::new(*x, 0, *width, 1),
        target: (*target).to_owned(),
    };
    screen
        .draw_with_links(|frame| {
            frame.render_widget(text, frame.area());
            links.iter().map(link).collect()
        })
        .unwrap();
    String::from_utf8(taken(screen)).unwrap()
}

/// The texts between the marks of links, with where they lead; escape sequences in them left out.
fn linked(bytes: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for piece in bytes.split("\x1b]8;;").skip(1) {
        let (target, rest) = piece.split_once("\x1b\\").unwrap();
        if !target.is_empty() {
            let mut terminal = vt100::Parser::new(24, 80, 0);
            terminal.process(rest.as_bytes());
            all.push((terminal.screen().contents().trim().to_owned(), target.to_owned()));
        }
    }
    all
}

#[test]
fn links_are_told_exactly_around_their_cells_and_once() {
    let mut screen = screen();
    let bytes = draw_linked(&mut screen, "see a.example now", &[(4, 9, "https://a.example/")]);
    assert_eq!(linked(&bytes), [("a.example".to_owned(), "https://a.example/".to_owned())]);
    assert_eq!(bytes.matches("\x1b]8;;\x1b\\").count(), 1, "{bytes:?}");
    let mut terminal = vt100::Parser::new(24, 80, 0);
    terminal.process(bytes.as_bytes());
    assert_eq!(terminal.screen().contents().trim(), "see a.example now");
    assert_eq!(draw_linked(&mut screen, "see a.example now", &[(4, 9, "https://a.example/")]), "");
}

#[test]
fn cells_that_look_the_same_are_told_again_when_they_lead_elsewhere() {
    let mut screen = screen();
    draw_linked(&mut screen, "a.example b", &[(0, 9, "https://a.example/1")]);
    let bytes = draw_linked(&mut screen, "a.example b", &[(0, 9, "https://a.example/2")]);
    assert_eq!(linked(&bytes), [("a.example".to_owned(), "https://a.example/2".to_owned())]);
    let bytes = draw_linked(&mut screen, "a.example b", &[]);
    assert!(bytes.contains("a.example") && linked(&bytes).is_empty(), "{bytes:?}");
    assert_eq!(draw_linked(&mut screen, "a.example b", &[]), "");
}

#[test]
fn a_change_inside_a_link_and_a_screen_drawn_anew_keep_it() {
    let mut screen = screen();
    let links = [(0, 9, "https://a.example/")];
    draw_linked(&mut screen, "a.example b", &links);
    let bytes = draw_linked(&mut screen, "a.exAmple c", &links);
    assert_eq!(linked(&bytes)[0].1, "https://a.example/");
    assert!(!linked(&bytes)[0].0.contains('c'), "{bytes:?}");
    screen.forget();
    let bytes = draw_linked(&mut screen, "a.exAmple c", &links);
    assert_eq!(linked(&bytes), [("a.exAmple".to_owned(), "https://a.example/".to_owned())]);
}
