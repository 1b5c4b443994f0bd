//! What the mouse does: it scrolls, goes somewhere and sorts. It never marks, confirms or changes anything.

use super::App;
use super::lists::on_list;
use crate::domain::finding::Finding;
use crate::domain::key::Key;
use crate::domain::sort::Column;
use crate::tui::event::Mouse;
use crate::tui::layout::Layout;
use crate::tui::request::Input;
use crate::tui::screens::list::columns::{Columns, Placed};
use crate::tui::tab::Tab;

/// Rows that a notch of the wheel scrolls.
const NOTCH: isize = 3;

impl App {
    pub(super) fn mouse(&mut self, mouse: Mouse) {
        let Some(layout) = self.layout() else { return };
        match mouse {
            Mouse::WheelDown => self.wheel(NOTCH),
            Mouse::WheelUp => self.wheel(-NOTCH),
            Mouse::Click(x, y) if self.dialogs.is_empty() => self.click(x, y, layout),
            Mouse::Click(..) => {}
        }
    }

    fn wheel(&mut self, rows: isize) {
        self.dispatch(Input::Scroll(rows));
    }

    fn click(&mut self, x: u16, y: u16, layout: Layout) {
        self.message = None;
        self.pending.clear();
        self.once = None;
        if y == Layout::TABS {
            let bar = self.tab_bar(layout);
            // what is typed into the filter box must not end up unseen
            if let Some(label) = bar.iter().find(|label| label.spans(x)).filter(|_| !self.is_editing_filter()) {
                self.go_to(label.tab);
            }
        } else if self.tab != Tab::Settings && y == layout.titles() {
            if let Some(column) = self.column_at(x, layout.width) {
                on_list!(self, list => if list.columns.contains(&column) { list.sort_by(column) });
            }
        } else if self.tab != Tab::Settings && (1..=layout.body).contains(&y.saturating_sub(layout.titles())) {
            let row = usize::from(y - layout.titles() - 1);
            on_list!(self, list => {
                let at = list.offset + row;
                if at < list.table.shown() {
                    list.table.move_to(at);
                }
            });
        }
    }

    fn column_at(&self, x: u16, width: u16) -> Option<Column> {
        let columns = if self.tab == Tab::Exposed {
            Finding::placed(&self.exposed.shown, width)
        } else {
            self.keys().map(|list| Key::placed(&list.shown, width)).unwrap_or_default()
        };
        let hit = |placed: &&Placed| (placed.x..placed.x + placed.width).contains(&x);
        columns.iter().find(hit).map(|placed| placed.column)
    }
}
