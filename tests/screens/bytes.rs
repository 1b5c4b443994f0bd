//! What the console writes to the terminal when the cursor moves and when the list scrolls.
//!
//! The bounds are parts of what others write for rows as long on screens of the same sizes: fzf 0.67 moves its cursor with 315
//! bytes at 80×24 and with 397 at 200×60; less scrolls by a line with 94 and 134. `cargo bench --bench peers` measures both.

use keydeck::domain::key::Key;
use keydeck::domain::listing::Scope;
use keydeck::tui::compose::view;
use keydeck::tui::screen::Screen;
use keydeck::tui::theme::{ColorDepth, DEFAULT, Theme};
use ratatui::layout::Size;

use crate::ui::{Ui, id, session, varied_team};

/// Team Keys with many rows, and a screen on which it is drawn.
fn console(size: (u16, u16)) -> (Ui, Screen<Vec<u8>>) {
    let varied = varied_team();
    let keys = varied.iter().cycle().take(500).enumerate().map(|(at, key)| Key {
        id: id(&format!("01M7VQH88SHB3DTZYCFJXHS{at:03}")),
        name: format!("route-planner-prod-{at}").as_str().into(),
        ..key.clone()
    });
    let mut ui = Ui::loaded(session(), size);
    ui.keys("3<ctrl-r>").load(Scope::Team, keys.collect());
    (ui, Screen::new(Vec::new(), Size::new(size.0, size.1)).unwrap())
}

fn drawn(ui: &Ui, screen: &mut Screen<Vec<u8>>) -> Vec<u8> {
    let theme = Theme::load(DEFAULT, None, ColorDepth::Ansi16).unwrap();
    screen.draw(|frame| view(&ui.app, &theme, frame)).unwrap();
    std::mem::take(screen.output_mut())
}

/// The most bytes that ten presses of a key took, each drawn.
fn most(ui: &mut Ui, screen: &mut Screen<Vec<u8>>, key: &str) -> usize {
    let press = |_| {
        ui.keys(key);
        drawn(ui, screen).len()
    };
    (0..10).map(press).max().unwrap()
}

#[test]
fn a_cursor_that_moves_writes_what_marks_it_and_a_list_that_scrolls_a_row() {
    for (size, moves, scrolls) in [((80, 24), 315 * 4 / 10, 94 * 3), ((200, 60), 397 * 6 / 10, 134 * 3)] {
        let (mut ui, mut screen) = console(size);
        drawn(&ui, &mut screen);
        let moved = most(&mut ui, &mut screen, "j");
        while ui.app.team.offset == 0 {
            ui.keys("j");
        }
        drawn(&ui, &mut screen);
        let scrolled = most(&mut ui, &mut screen, "j");
        assert!(moved <= moves, "{size:?}: {moved} bytes to move, and {scrolled} to scroll");
        assert!(scrolled <= scrolls, "{size:?}: {scrolled} bytes to scroll");
        let back = most(&mut ui, &mut screen, "k");
        assert!(back <= moves, "{size:?}: {back} bytes to move back");
    }
}
