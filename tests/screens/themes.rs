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
