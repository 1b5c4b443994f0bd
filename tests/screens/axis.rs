//! A key's lineage and a rotation's two keys, each on one axis of time.

use std::fmt::Write as _;

use chrono::TimeDelta;
use keydeck::domain::audit::AuditEntry;
use keydeck::domain::key::{Key, RefusedUses, Status, TriedFrom};
use keydeck::tui::compose::view;
use keydeck::tui::event::{Answer, Event, Slot};
use keydeck::tui::theme::{ColorDepth, Theme};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::ui::{Ui, ago, ahead, key, trail};
use crate::{compare, picture, styles};

/// A key that was revoked and is still tried, and the two that followed it; the present one was disabled for a while.
fn of_one_lineage() -> Vec<Key> {
    let named = |id: &str, days, used| key(id, "nightly-export", (1, "Olivia Chen"), days, used);
    vec![
        Key {
            status: Status::Revoked,
            revoked: ago(TimeDelta::days(190)),
            rotated_to: Some("l2".into()),
            last_used: ago(TimeDelta::days(196)),
            refused_uses: RefusedUses {
                count: 1_204,
                last_at: ago(TimeDelta::hours(3)),
                last_from: Some("10.0.4.9".into()),
            },
            ..named("l1", 330, None)
        },
        Key {
            rotated_from: Some("l1".into()),
            rotated_to: Some("l3".into()),
            expires: ahead(TimeDelta::days(12)),
            last_used: ago(TimeDelta::days(3)),
            ..named("l2", 200, None)
        },
        Key { rotated_from: Some("l2".into()), expires: ahead(TimeDelta::days(90)), ..named("l3", 10, Some(1)) },
    ]
}

fn address(from: &str, first: i64, last: i64) -> TriedFrom {
    let ago = |days| ago(TimeDelta::days(days));
    TriedFrom { address: from.into(), count: 602, first: ago(first), last: ago(last) }
}

#[test]
fn a_lineage_on_one_axis() {
    let mut ui = Ui::team();
    ui.refresh_team(of_one_lineage()).keys("G<Enter>").answer(Slot::Trail, Answer::Trail(Vec::new(), false));
    ui.answer(Slot::Tried, Answer::Tried(vec![address("10.0.4.9", 150, 0), address("10.0.4.8", 90, 40)]));
    picture("detail_lineage_tried", &mut ui);
    // of the next one the trail tells when it was disabled
    let entry = |days: i64, action: &str| AuditEntry {
        at: ago(TimeDelta::days(days)),
        action: action.into(),
        ..trail("l2").remove(1)
    };
    let toggled = vec![entry(70, "api_key.enable"), entry(110, "api_key.disable")];
    ui.keys("]").answer(Slot::Trail, Answer::Trail(toggled, false));
    picture("detail_lineage_disabled", &mut ui);
    let mut all = String::new();
    for name in ["default", "dark", "light", "high-contrast", "colour-blind", "mono"] {
        let depth = if name == "mono" { ColorDepth::Mono } else { ColorDepth::TrueColor };
        let theme = Theme::load(name, None, depth).unwrap();
        let mut terminal = Terminal::new(TestBackend::new(120, 36)).unwrap();
        ui.happen(Event::Resize(120, 36));
        terminal.draw(|frame| view(&ui.app, &theme, frame)).unwrap();
        let _ = writeln!(all, "{name} {}", styles(terminal.backend().buffer()));
    }
    compare("detail_lineage_themes", &all);
    // a key that works and followed no other has nothing to tell
    ui.keys("<Esc>").refresh_team(vec![key("k1", "ci", (1, "Olivia Chen"), 3, None)]).keys("gg<Enter>");
    assert!(!ui.screen().contains("Lineage"));
}
