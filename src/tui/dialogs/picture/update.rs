//! What changes a picture.

use super::{Chosen, PictureDialog, calendar, groups_view, map, too_small};
use crate::domain::picture::{Picture, Wanted, within};
use crate::tui::action::Action;
use crate::tui::dialogs::{Requests, moved, scroll};
use crate::tui::facts::Facts;
use crate::tui::request::{Input, ListChange, Request};

impl PictureDialog {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Action(action) => {
                self.count_in_time(facts.now.utc);
                self.act(action, facts)
            }
            Input::Scroll(rows) => {
                self.move_by(rows, 0, facts);
                Vec::new()
            }
            Input::Text(_)
            | Input::Edit(_)
            | Input::Paste(_)
            | Input::Reply(_)
            | Input::Wake
            | Input::Conceal
            | Input::Quit => Vec::new(),
        }
    }

    fn act(&mut self, action: Action, facts: &Facts) -> Requests {
        let wanted = match action {
            Action::Map => Some(Wanted::Map),
            Action::Expiry => Some(Wanted::Expiry),
            Action::Group => match self.wanted {
                Wanted::Groups(by) => Some(Wanted::Groups(by.next())),
                Wanted::Map | Wanted::Expiry => Some(Wanted::Groups(self.by)),
            },
            Action::Left | Action::Right => match self.wanted {
                Wanted::Groups(by) if action == Action::Left => Some(Wanted::Groups(by.previous())),
                Wanted::Groups(by) => Some(Wanted::Groups(by.next())),
                Wanted::Map | Wanted::Expiry => None,
            },
            _ => None,
        };
        if let Some(wanted) = wanted {
            return self.show(wanted, facts);
        }
        if let Some(rows) = moved(action, groups_view::room(facts.size)) {
            self.move_by(rows, 0, facts);
            return Vec::new();
        }
        match action {
            Action::Left => self.move_by(0, -1, facts),
            Action::Right => self.move_by(0, 1, facts),
            Action::Choose | Action::MarkCell | Action::Revoke | Action::Disable | Action::Rotate => {
                return self.act_on_cell(action, facts);
            }
            _ => return vec![Request::Close],
        }
        Vec::new()
    }

    /// Another picture, or the same anew.
    fn show(&mut self, wanted: Wanted, facts: &Facts) -> Requests {
        if wanted != self.wanted {
            self.want(wanted);
            if let Some(table) = facts.keys.front() {
                self.count(table, facts.now.utc);
            }
        }
        Vec::new()
    }

    fn move_by(&mut self, rows: isize, columns: isize, facts: &Facts) {
        let (place, most) = match self.picture() {
            Some(Picture::Map(map)) => {
                let grid = map::Grid::of(map, Some(facts.size));
                (grid.at(self.cursor), (grid.ages.len() - 1, grid.uses.len() - 1))
            }
            Some(Picture::Expiry(expiry)) => {
                let calendar = calendar::Calendar::of(expiry, facts.size);
                let (row, column) = calendar.at(self.cursor);
                let to = scroll(row, rows, calendar::OTHERS);
                let last = if to == calendar::OTHERS { calendar.others.len() } else { calendar.weeks } - 1;
                ((row, column), (calendar::OTHERS, last))
            }
            Some(Picture::Groups(groups)) => {
                let last = groups.groups.len().saturating_sub(1);
                ((self.cursor.0.min(last), 0), (last, 0))
            }
            None => return,
        };
        self.cursor = (scroll(place.0, rows, most.0), scroll(place.1, columns, most.1));
    }

    /// What is done with the keys of the cell that is chosen.
    fn act_on_cell(&mut self, action: Action, facts: &Facts) -> Requests {
        if let Some(why) = too_small(facts.size) {
            return vec![Request::info(why)];
        }
        let (Some(chosen), Some(table)) = (self.chosen(facts.size), facts.keys.front()) else {
            return vec![Request::info("Not yet: the keys are being counted")];
        };
        let ids = || self.ids(&chosen, table, facts.now.utc);
        if chosen.cell.count == 0 {
            return vec![Request::info("There is no key in it")];
        }
        match action {
            Action::Choose => {
                let filter = self.filter(&chosen, facts);
                vec![Request::Close, Request::List(ListChange::Filter(filter))]
            }
            Action::MarkCell => vec![Request::ToggleMarks(ids())],
            _ => vec![Request::ActOn(action, ids())],
        }
    }

    /// The list's filter, and the cell's besides.
    fn filter(&self, chosen: &Chosen, facts: &Facts) -> String {
        let Some(table) = facts.keys.front() else { return String::new() };
        let terms = chosen.terms.clone().unwrap_or_else(|| {
            let ids = self.ids(chosen, table, facts.now.utc);
            let ids: Vec<&str> = ids.iter().map(crate::domain::ids::KeyId::as_str).collect();
            format!("id:={}", ids.join(",="))
        });
        within(table.query(), &terms).map_or(terms, |query| query.to_string())
    }
}
