//! What is drawn, at the sizes that count. Each picture stands in `snapshots/` with a hash of its styles; drawing it
//! anew: `INSTA_UPDATE=always cargo test --test screens`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests; clippy knows only the test functions themselves"
)]

#[path = "support/campaigns.rs"]
mod campaigns;
#[path = "support/incidents.rs"]
mod incidents;
#[path = "support/notices.rs"]
mod notices;
#[path = "support/rotations.rs"]
mod rotations;
#[path = "support/tracked.rs"]
mod tracked;
#[path = "support/ui.rs"]
mod ui;

#[path = "screens/ascii.rs"]
mod ascii;
#[path = "screens/axis.rs"]
mod axis;
#[path = "screens/bytes.rs"]
mod bytes;
#[path = "screens/campaigns.rs"]
mod campaign_board;
#[path = "screens/contain.rs"]
mod contain;
#[path = "screens/dialogs.rs"]
mod dialogs;
#[path = "screens/hostile.rs"]
mod hostile;
#[path = "screens/links.rs"]
mod links;
#[path = "screens/login.rs"]
mod login;
#[path = "screens/notices.rs"]
mod notice_list;
#[path = "screens/offboard.rs"]
mod offboard;
#[path = "screens/pictures.rs"]
mod pictures;
#[path = "screens/profiles.rs"]
mod profiles;
#[path = "screens/rotation.rs"]
mod rotation;
#[path = "screens/running.rs"]
mod running;
#[path = "screens/settings.rs"]
mod settings;
#[path = "screens/sizes.rs"]
mod sizes;
#[path = "screens/tabs.rs"]
mod tabs;
#[path = "screens/themes.rs"]
mod themes;
#[path = "screens/tracked.rs"]
mod tracked_keys;

use std::fmt::Write as _;

use keydeck::domain::key_value::fingerprint;
use keydeck::tui::event::Event;
use keydeck::tui::text::Signs;
use ratatui::buffer::Buffer;
use ui::{Ui, text};

/// Compares the screen at 80×24, 120×36 and 40×12 with its picture.
#[track_caller]
fn picture(name: &str, ui: &mut Ui) {
    let mut all = String::new();
    keeps_to_ascii(name, ui);
    for (width, height) in [(80, 24), (120, 36), (40, 12)] {
        ui.happen(Event::Resize(width, height));
        let buffer = ui.buffer();
        let cursor = ui.text_cursor().map(|(x, y)| format!(" · cursor {x},{y}")).unwrap_or_default();
        let _ = writeln!(all, "── {width}×{height} · styles {}{cursor} ──\n{}", styles(&buffer), text(&buffer));
    }
    compare(name, &all);
}

/// Checks that the same in ASCII, at each size, has nothing else on the screen, and stands where it did.
#[track_caller]
fn keeps_to_ascii(name: &str, ui: &mut Ui) {
    for (width, height) in [(80, 24), (120, 36), (40, 12)] {
        ui.happen(Event::Resize(width, height));
        let before = ui.buffer();
        ui.app.signs = Signs::Ascii;
        let plain = ui.buffer();
        ui.app.signs = Signs::Unicode;
        for (at, (cell, was)) in plain.content.iter().zip(&before.content).enumerate() {
            let (x, y) = plain.pos_of(at);
            assert!(cell.symbol().is_ascii() && cell.symbol().len() == 1, "{name} {x},{y}: {:?}", cell.symbol());
            assert!(
                !was.symbol().is_ascii() || cell.symbol() == "?" || cell.symbol() == was.symbol(),
                "{name} {x},{y}"
            );
        }
    }
}

#[track_caller]
fn compare(name: &str, drawn: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, drawn));
}

/// A short hash of each cell's character, colours and modifiers.
fn styles(buffer: &Buffer) -> String {
    let cells = buffer.content.iter().fold(String::new(), |mut cells, cell| {
        let _ = write!(cells, "{}{:?}{:?}{:?}", cell.symbol(), cell.fg, cell.bg, cell.modifier);
        cells
    });
    fingerprint(&cells)[..12].to_owned()
}
