//! The map, the owners and the calendar, of no row, one, many and very many, while rows come, in each theme.

use std::fmt::Write as _;

use keydeck::domain::listing::Scope;
use keydeck::tui::compose::view;
use keydeck::tui::effect::Effect;
use keydeck::tui::event::Event;
use keydeck::tui::theme::{ColorDepth, Theme};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use rstest::rstest;

use crate::ui::{Ui, many, session, varied_team};
use crate::{compare, picture, styles};

const KEYS: [(&str, &str); 3] = [("map", "m"), ("owners", "b"), ("expiry", "t")];

fn with(keys: Vec<keydeck::domain::key::Key>) -> Ui {
    let mut ui = Ui::loaded(session(), (120, 36));
    ui.keys("3<ctrl-r>").load(Scope::Team, keys);
    ui
}

fn counted(ui: &mut Ui) {
    while ui.take().contains(&Effect::Continue) {
        ui.happen(Event::Continue);
    }
}

#[rstest]
fn of_many_rows(#[values(0, 1, 2)] which: usize) {
    let (name, keys) = KEYS[which];
    let mut ui = with(varied_team());
    ui.keys(keys);
    picture(&format!("picture_{name}"), &mut ui);
    ui.happen(Event::Resize(64, 20));
    compare(&format!("picture_{name}_narrow"), &crate::text(&ui.buffer()));
}

#[rstest]
fn of_no_row_and_of_one(#[values(0, 1, 2)] which: usize) {
    let (name, keys) = KEYS[which];
    for (what, count) in [("empty", 0), ("one", 1)] {
        let mut ui = with(varied_team().into_iter().take(count).collect());
        ui.keys(keys);
        picture(&format!("picture_{name}_{what}"), &mut ui);
    }
}

#[rstest]
fn while_rows_come(#[values(0, 1, 2)] which: usize) {
    let (name, keys) = KEYS[which];
    let mut ui = with(Vec::new());
    ui.keys("<ctrl-r>").page(Scope::Team, varied_team()).keys(keys);
    counted(&mut ui);
    picture(&format!("picture_{name}_loading"), &mut ui);
}

#[test]
fn of_a_million_rows() {
    let mut ui = with(many(1_000_000));
    counted(&mut ui);
    for (name, keys) in KEYS {
        ui.keys(keys);
        counted(&mut ui);
        picture(&format!("picture_{name}_million"), &mut ui);
        ui.keys("<Esc>");
    }
}

#[rstest]
fn in_each_theme(#[values("default", "dark", "light", "high-contrast", "colour-blind", "mono")] name: &str) {
    let depth = if name == "mono" { ColorDepth::Mono } else { ColorDepth::TrueColor };
    let theme = Theme::load(name, None, depth).unwrap();
    let mut ui = with(varied_team());
    let mut all = String::new();
    for (which, keys) in KEYS {
        ui.keys(keys);
        for size in [(120, 36), (80, 24)] {
            ui.happen(Event::Resize(size.0, size.1));
            let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
            terminal.draw(|frame| view(&ui.app, &theme, frame)).unwrap();
            let _ = writeln!(all, "{which} {size:?} {}", styles(terminal.backend().buffer()));
        }
        ui.keys("<Esc>");
    }
    compare(&format!("picture_theme_{name}"), &all);
}

/// Each picture says in a line of text what it shows.
#[test]
fn the_sentences() {
    let mut ui = with(varied_team());
    let mut all = String::new();
    for (_, keys) in KEYS {
        ui.keys(keys);
        let _ = writeln!(all, "{}", ui.screen().lines().nth(1).unwrap_or_default().trim_matches(['│', ' ']));
        ui.keys("<Esc>");
    }
    compare("picture_sentences", &all);
}
