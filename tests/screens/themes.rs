//! Each theme that comes with the program, on a screen with everything that has a style, and in a review.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use keydeck::domain::key::{Key, Status};
use keydeck::domain::time::When;
use keydeck::tui::compose::view;
use keydeck::tui::session::Session;
use keydeck::tui::theme::{ColorDepth, Theme};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use rstest::rstest;

use crate::ui::{Ui, session, team_keys};
use crate::{compare, styles};

/// Team Keys of a production profile: every state, marks, a range, the cursor, the badge, the strip.
fn everything() -> Ui {
    let mut ui = Ui::loaded(Session { production: true, color: Some("red".to_owned()), ..session() }, (120, 36));
    let mut keys = team_keys();
    let expired = When::from_wire("2026-11-01T00:00:00Z");
    keys.push(Key { name: "long-over".into(), expires: expired, ..Key::sample("over") });
    keys.push(Key { name: "from-tomorrow".into(), status: Status::Other("paused".into()), ..Key::sample("other") });
    ui.keys("3").refresh_team(keys).keys("<Space><Space>jv").keys("j");
    ui
}

/// The screen's text, then each style on it with the first words that have it.
fn drawn(ui: &Ui, theme: &Theme) -> String {
    let mut terminal = Terminal::new(TestBackend::new(120, 36)).unwrap();
    terminal.draw(|frame| view(&ui.app, theme, frame)).unwrap();
    let buffer = terminal.backend().buffer();
    let mut out = format!("── styles {} ──\n", styles(buffer));
    for (style, words) in runs(buffer) {
        let _ = writeln!(out, "{style:<60} {words}");
    }
    out
}

fn runs(buffer: &Buffer) -> Vec<(String, String)> {
    let mut seen = BTreeSet::new();
    let mut all: Vec<(String, String)> = Vec::new();
    let mut last = None;
    for cell in &buffer.content {
        let style = format!("{:?} on {:?} {:?}", cell.fg, cell.bg, cell.modifier);
        if last.as_ref() == Some(&style)
            && let Some((known, words)) = all.last_mut()
            && *known == style
        {
            if words.len() < 24 {
                words.push_str(cell.symbol());
            }
        } else if cell.symbol() != " " && seen.insert(style.clone()) {
            all.push((style.clone(), cell.symbol().to_owned()));
        }
        last = Some(style);
    }
    all.into_iter().map(|(style, words)| (style, words.trim_end().to_owned())).collect()
}

#[rstest]
fn each_theme(#[values("default", "dark", "light", "high-contrast", "colour-blind", "mono")] name: &str) {
    let depth = if name == "mono" { ColorDepth::Mono } else { ColorDepth::TrueColor };
    let theme = Theme::load(name, None, depth).unwrap();
    let mut ui = everything();
    let mut all = format!("{}\n{}", crate::text(&ui.buffer()), drawn(&ui, &theme));
    ui.keys("<Esc>a").keys("x").later("1");
    let _ = write!(all, "\n{}\n{}", crate::text(&ui.buffer()), drawn(&ui, &theme));
    compare(&format!("theme_{name}"), &all);
}

#[test]
fn a_theme_with_a_ground_of_its_own_covers_what_a_message_stands_on() {
    let theme = Theme::load("light", None, ColorDepth::TrueColor).unwrap();
    let mut ui = Ui::loaded(session(), (120, 36));
    ui.keys(":theme light<Enter>");
    assert!(!ui.message().is_empty());
    let mut terminal = Terminal::new(TestBackend::new(120, 36)).unwrap();
    terminal.draw(|frame| view(&ui.app, &theme, frame)).unwrap();
    let buffer = terminal.backend().buffer();
    let ground = buffer[(0, 0)].bg;
    assert_ne!(ground, ratatui::style::Color::Reset);
    assert!((0..120).all(|x| buffer[(x, 35)].bg == ground));
}

/// The row in which a text stands, and where.
fn find(buffer: &Buffer, words: &str) -> (u16, u16) {
    let row = (0..buffer.area.height).find_map(|y| {
        let line: Vec<&str> = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
        line.concat().find(words).map(|at| (at, y, line))
    });
    let (at, y, line) = row.unwrap_or_else(|| panic!("{words} is not there"));
    let mut bytes = 0;
    let x = line.iter().position(|symbol| {
        bytes += symbol.len();
        bytes > at
    });
    (u16::try_from(x.unwrap()).unwrap(), y)
}

#[rstest]
fn colour_speaks_of_exceptions(
    #[values("default", "dark", "light", "high-contrast", "colour-blind", "mono")] name: &str,
) {
    let depth = if name == "mono" { ColorDepth::Mono } else { ColorDepth::TrueColor };
    let theme = Theme::load(name, None, depth).unwrap();
    let now = crate::ui::now();
    let ago = |days: i64| When::At(now - chrono::TimeDelta::days(days));
    let key = |id: &str| Key { name: id.into(), created: ago(400), last_used: ago(9), ..Key::sample(id) };
    let mut ui = Ui::loaded(session(), (200, 36));
    ui.keys("3").refresh_team(vec![
        Key { created: ago(4000), ..key("under-the-cursor") },
        key("in-order"),
        Key { expires: ago(2), ..key("is-expired") },
        Key { status: Status::Revoked, last_used: ago(0), ..key("is-revoked") },
        Key { status: Status::Disabled, ..key("is-disabled") },
        // which a finding names
        Key { id: "k2".into(), ..key("is-exposed") },
        Key { last_used: ago(0), ..key("used-today") },
        Key { last_used: ago(91), ..key("used-long-ago") },
    ]);
    let mut terminal = Terminal::new(TestBackend::new(200, 36)).unwrap();
    for down in [0, 1, 2] {
        ui.keys("gg").keys(&"j".repeat(down));
        terminal.draw(|frame| view(&ui.app, &theme, frame)).unwrap();
        let buffer = terminal.backend().buffer();
        let marked = |x: u16, sign: &str| (0..36).filter(|y| buffer[(x, *y)].symbol() == sign).collect::<Vec<u16>>();
        let row = 5 + u16::try_from(down).unwrap();
        assert_eq!([marked(1, "▌"), marked(199, "▐")], [[row], [row]], "{name}: both ends of the row under the cursor");
    }
    // no row that is asked about is under the cursor
    ui.keys("G");
    terminal.draw(|frame| view(&ui.app, &theme, frame)).unwrap();
    let buffer = terminal.backend().buffer();
    // what a style comes to on the ground of the screen
    let on_ground = |style| {
        let mut cell = ratatui::buffer::Cell::default();
        cell.set_style(theme.text).set_style(style);
        (cell.fg, cell.bg, cell.modifier)
    };
    let at = |x: u16, y: u16| (buffer[(x, y)].fg, buffer[(x, y)].bg, buffer[(x, y)].modifier);
    // the style of a word in the row of a key
    let word = |row: &str, word: &str| {
        let (_, y) = find(buffer, row);
        let line: String = (0..200).map(|x| buffer[(x, y)].symbol()).collect();
        let before = line.split_once(word).unwrap_or_else(|| panic!("{word} is not in {line}")).0;
        at(u16::try_from(before.chars().count()).unwrap(), y)
    };
    for (sign, text, style) in [("●", "enabled", theme.status_enabled), ("○", "disabled", theme.status_disabled)] {
        let row = if text == "enabled" { "in-order" } else { "is-disabled" };
        assert_eq!(word(row, sign), on_ground(style), "{name}: the sign of {text}");
        assert_eq!(word(row, &text[1..]), on_ground(theme.text), "{name}: the word {text}");
    }
    for row in ["is-expired", "is-revoked"] {
        let (_, y) = find(buffer, row);
        let plain = on_ground(theme.text);
        let cells = (5..199).filter(|x| buffer[(*x, y)].symbol() != " ").map(|x| at(x, y));
        assert!(cells.filter(|cell| *cell == plain).count() == 0, "{name}: {row} is dim as a whole");
    }
    assert_eq!(word("is-exposed", "! exposed"), on_ground(theme.status_exposed), "{name}");
    assert_eq!(word("is-exposed", "is-exposed"), on_ground(theme.danger), "{name}");
    assert_eq!(word("used-today", "just now"), on_ground(theme.used_today), "{name}");
    assert_eq!(word("used-long-ago", "91 d ago"), on_ground(theme.used_long_ago), "{name}");
}
