//! Frames that build on one another leave on a terminal what the last one alone would.

use proptest::prelude::*;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use unicode_width::UnicodeWidthChar;

use super::*;

const WIDTH: u16 = 24;
const HEIGHT: u16 = 12;

/// What one cell shows: its text, its look, and where it leads.
type Seen = (String, Option<Look>, bool, Option<char>);
type Look = (vt100::Color, vt100::Color, [bool; 5]);

/// A terminal, and beside it one on which each character is told by where it leads.
struct Emulator {
    text: vt100::Parser,
    links: vt100::Parser,
    leads_to: Option<char>,
}

impl Emulator {
    fn new() -> Self {
        let parser = || vt100::Parser::new(HEIGHT, WIDTH, 0);
        Self { text: parser(), links: parser(), leads_to: None }
    }

    fn process(&mut self, bytes: &[u8]) {
        self.text.process(bytes);
        let mut rest = std::str::from_utf8(bytes).unwrap();
        while let Some(first) = rest.chars().next() {
            if let Some(link) = rest.strip_prefix("\x1b]8;;") {
                let (target, after) = link.split_once("\x1b\\").unwrap();
                (self.leads_to, rest) = (target.chars().last(), after);
                continue;
            }
            let length = match first {
                '\x1b' if rest.starts_with("\x1b[") => rest[2..].find(|c: char| c.is_ascii_alphabetic()).unwrap() + 3,
                '\x1b' => 2,
                _ => first.len_utf8(),
            };
            let piece = &rest[..length];
            rest = &rest[length..];
            let told = match (first.is_control(), first.width()) {
                (true, _) if piece.ends_with('m') => String::new(),
                (true, _) => piece.to_owned(),
                (false, Some(2)) => self.leads_to.map_or("口", |_| "字").to_owned(),
                (false, Some(1)) => self.leads_to.unwrap_or('.').to_string(),
                (false, _) => String::new(),
            };
            self.links.process(told.as_bytes());
        }
    }

    fn shows(&self) -> Vec<Vec<Seen>> {
        let row = |y| (0..WIDTH).map(|x| self.cell(y, x)).collect();
        (0..HEIGHT).map(row).collect()
    }

    fn cell(&self, y: u16, x: u16) -> Seen {
        let cell = self.text.screen().cell(y, x).unwrap();
        let modifiers = [cell.bold(), cell.dim(), cell.italic(), cell.underline(), cell.inverse()];
        let text = if cell.contents().is_empty() { " " } else { cell.contents() };
        let shows = text != " " || cell.underline() || cell.inverse() || cell.bgcolor() != vt100::Color::Default;
        let link = self.links.screen().cell(y, x).unwrap().contents().chars().next();
        let look = (cell.fgcolor(), cell.bgcolor(), modifiers);
        (text.to_owned(), shows.then_some(look), cell.is_wide(), link.filter(|c| !matches!(c, '.' | ' ' | '口')))
    }
}

/// One row: pieces of text, each with a look, and perhaps a link over some of it.
type RowOf = (Vec<(String, Style)>, Option<(u16, u16, char)>);

fn style() -> impl Strategy<Value = Style> {
    prop_oneof![
        4 => Just(Style::new()),
        1 => Just(Style::new().fg(Color::Green)),
        1 => Just(Style::new().fg(Color::Indexed(99)).add_modifier(Modifier::BOLD)),
        1 => Just(Style::new().add_modifier(Modifier::DIM)),
        1 => Just(Style::new().add_modifier(Modifier::REVERSED)),
        1 => Just(Style::new().bg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::UNDERLINED | Modifier::ITALIC)),
    ]
}

fn row() -> impl Strategy<Value = RowOf> {
    let piece = ("[a-c ]{0,9}|字字?|▌|e\u{301}|        ", style());
    let link = proptest::option::weighted(0.2, (0..WIDTH, 1..9_u16, prop_oneof![Just('x'), Just('y')]));
    (prop::collection::vec(piece, 0..5), link)
}

#[derive(Clone, Debug)]
enum Step {
    Row(u16, RowOf),
    Shift { top: u16, height: u16, by: i16, new: Vec<RowOf> },
    Marker(u16, u16),
    Cursor(Option<(u16, u16)>),
    Forget,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..HEIGHT, row()).prop_map(|(y, row)| Step::Row(y, row)),
        4 => (0..4_u16, 4..12_u16, -3..4_i16, prop::collection::vec(row(), 3))
            .prop_map(|(top, height, by, new)| Step::Shift { top, height, by, new }),
        2 => (0..HEIGHT, 0..HEIGHT).prop_map(|(from, to)| Step::Marker(from, to)),
        1 => proptest::option::of((0..WIDTH, 0..HEIGHT)).prop_map(Step::Cursor),
        1 => Just(Step::Forget),
    ]
}

fn change(rows: &mut [RowOf], step: &Step) {
    match step {
        Step::Row(y, row) => rows[usize::from(*y)] = row.clone(),
        Step::Shift { top, height, by, new } => {
            let bottom = usize::from((top + height).min(HEIGHT));
            let part = &mut rows[usize::from(*top)..bottom];
            let count = usize::from(by.unsigned_abs()).min(part.len());
            if *by > 0 {
                part.rotate_left(count);
            } else {
                part.rotate_right(count);
            }
            let end = part.len() - count;
            let fresh = if *by > 0 { &mut part[end..] } else { &mut part[..count] };
            fresh.clone_from_slice(&new[..count]);
        }
        Step::Marker(from, to) => {
            rows[usize::from(*from)].0.retain(|(text, _)| text != "▌");
            rows[usize::from(*to)].0.insert(0, ("▌".to_owned(), Style::new().fg(Color::Cyan)));
        }
        Step::Cursor(_) | Step::Forget => {}
    }
}

fn draw_rows(screen: &mut Screen<Vec<u8>>, rows: &[RowOf], cursor: Option<(u16, u16)>) -> Vec<u8> {
    screen
        .draw_with_links(|frame| {
            let area = frame.area();
            let mut links = Vec::new();
            for (y, (pieces, link)) in (0..area.height).zip(rows) {
                let mut x = 0;
                for (text, style) in pieces {
                    (x, _) = frame.buffer_mut().set_stringn(x, y, text, usize::from(area.width - x), *style);
                }
                let at = |(x, width, to): (u16, u16, char)| Link {
                    area: Rect::new(x, y, width, 1).intersection(area),
                    target: format!("https://a.example/{to}"),
                };
                links.extend(link.map(at));
            }
            if let Some(cursor) = cursor {
                frame.set_cursor_position(cursor);
            }
            links
        })
        .unwrap();
    taken(screen)
}

fn small() -> Screen<Vec<u8>> {
    Screen::new(Vec::new(), Size::new(WIDTH, HEIGHT)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn frames_on_one_another_show_what_the_last_alone_would(
        mut rows in prop::collection::vec(row(), usize::from(HEIGHT)),
        steps in prop::collection::vec(step(), 1..8),
        scrolls: bool,
    ) {
        let (mut screen, mut terminal) = (small(), Emulator::new());
        screen.set_scrolls(scrolls);
        terminal.process(&draw_rows(&mut screen, &rows, None));
        let mut cursor = None;
        for step in steps {
            change(&mut rows, &step);
            match step {
                Step::Cursor(at) => cursor = at,
                Step::Forget => {
                    screen.forget();
                    if scrolls {
                        terminal.process(b"\x1b[3;5r");
                    }
                    terminal.process(b"\x1b[31;7mwritten\r\nby others");
                }
                Step::Row(..) | Step::Shift { .. } | Step::Marker(..) => {}
            }
            let bytes = draw_rows(&mut screen, &rows, cursor);
            terminal.process(&bytes);
            let (mut anew, mut alone) = (small(), Emulator::new());
            alone.process(&draw_rows(&mut anew, &rows, cursor));
            prop_assert_eq!(terminal.shows(), alone.shows(), "after {:?}: {:?}", step, String::from_utf8_lossy(&bytes));
            prop_assert_eq!(terminal.text.screen().hide_cursor(), cursor.is_none());
            if let Some((x, y)) = cursor {
                prop_assert_eq!(terminal.text.screen().cursor_position(), (y, x));
            }
            // no letter that is drawn is an r, which ends what sets a scroll region
            prop_assert!(scrolls || !bytes.contains(&b'r'));
            prop_assert!(draw_rows(&mut screen, &rows, cursor).is_empty());
        }
    }
}
