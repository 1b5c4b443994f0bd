//! What changes a list, whatever its rows are: moving, filtering, sorting. What is asked for in it beside that differs by
//! its rows.

use std::collections::HashSet;

use super::ListScreen;
use super::filter_box::Pasted;
use super::rows::ListRow;
use crate::client::capabilities::Capability;
use crate::domain::sort::Column;
use crate::domain::untrusted::Untrusted;
use crate::domain::values::secret_spans;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::language::Language;
use crate::tui::dialogs::menu::{ColumnsMenu, SortMenu, StatesMenu};
use crate::tui::dialogs::views::ViewsMenu;
use crate::tui::dialogs::{Dialog, Requests, copy};
use crate::tui::facts::Facts;
use crate::tui::layout::Layout;
use crate::tui::request::{Input, Request};
use crate::tui::tab::Tab;

impl<R: ListRow> ListScreen<R> {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Action(action) if self.filter.editing.is_some() => self.act_in_filter(action, facts),
            Input::Action(action) => self.act(action, facts),
            // in an empty box a ? asks; in quotes it is looked for
            Input::Text('?') if self.filter.is_empty_box() => {
                vec![Request::Open(Dialog::Language(Language::default()))]
            }
            Input::Text(c) => self.edit(|screen| screen.filter.press(c.into()), facts),
            Input::Edit(press) => self.edit(|screen| screen.filter.press(press), facts),
            Input::Paste(text) if self.filter.editing.is_some() => self.paste(text, facts),
            // never read as keys: what is pasted into a list is looked for in it
            Input::Paste(text) => {
                if let Some(why) = self.why_not(Action::Filter, facts) {
                    return vec![Request::info(why)];
                }
                self.edit_filter();
                self.filter.write("");
                let mut requests = vec![Request::ForgetLookups];
                requests.extend(self.paste(text, facts));
                requests
            }
            Input::Scroll(rows) => {
                self.scroll_by(rows, body(facts));
                Vec::new()
            }
            Input::Reply(_) | Input::Wake | Input::Conceal | Input::Quit => Vec::new(),
        }
    }

    /// Why an action cannot be done here, now; none when it can.
    pub fn why_not(&self, action: Action, facts: &Facts) -> Option<String> {
        let only_in_lists = !action.entry().contexts.contains(&Context::Settings);
        let denied = || Tab::of(self.slot).and_then(|tab| facts.tab_denied(tab));
        if let Some(why) = denied().filter(|_| only_in_lists) {
            return Some(why);
        }
        if let Some(why) = facts.why_no_write(action) {
            return Some(why);
        }
        match action {
            Action::Detail | Action::CopyId | Action::CopyMasked => self.why_nothing(),
            _ => R::why_not(self, action, facts),
        }
    }

    /// That no row is shown, where that is so.
    pub(super) fn why_nothing(&self) -> Option<String> {
        (self.table.shown() == 0).then(|| "Nothing is shown here".to_owned())
    }

    fn act(&mut self, action: Action, facts: &Facts) -> Requests {
        if let Some(why) = self.why_not(action, facts) {
            return vec![Request::info(why)];
        }
        if self.navigate(action, body(facts).cast_signed()) {
            return Vec::new();
        }
        match action {
            Action::Back => {
                if self.anchor.take().is_none() {
                    self.clear_filter(facts.now.utc);
                }
                Vec::new()
            }
            Action::Filter => {
                self.edit_filter();
                vec![Request::ForgetLookups]
            }
            Action::Views => vec![Request::Open(Dialog::Views(ViewsMenu::new(&self.filter.kept)))],
            Action::Language => vec![Request::Open(Dialog::Language(Language::default()))],
            Action::Sort => vec![Request::Open(Dialog::Sort(SortMenu::new(self.columns, self.table.wanted_sort())))],
            Action::States => {
                let menu = StatesMenu { states: self.table.states(), counts: self.table.counts(), cursor: 0 };
                vec![Request::Open(Dialog::States(menu))]
            }
            Action::Columns => {
                let menu = ColumnsMenu::new(&self.shown, self.columns, self.usual);
                vec![Request::Open(Dialog::Columns(menu))]
            }
            Action::Detail => vec![Request::Detail],
            Action::CopyId | Action::CopyMasked => self.table.current().map_or_else(Vec::new, |row| {
                let (id, masked) = row.copied();
                copy(action, id, masked)
            }),
            _ => R::act(self, action, facts),
        }
    }

    /// Moves the cursor; false if the action is no movement.
    fn navigate(&mut self, action: Action, body: isize) -> bool {
        match action {
            Action::Down => self.table.move_by(1),
            Action::Up => self.table.move_by(-1),
            Action::PageDown => self.table.move_by(body),
            Action::PageUp => self.table.move_by(-body),
            Action::HalfPageDown => self.table.move_by((body / 2).max(1)),
            Action::HalfPageUp => self.table.move_by(-(body / 2).max(1)),
            Action::Top => self.table.move_to(0),
            Action::Bottom => self.table.move_to(usize::MAX),
            _ => return false,
        }
        true
    }

    fn act_in_filter(&mut self, action: Action, facts: &Facts) -> Requests {
        match action {
            Action::Choose if !self.keep_filter() => {
                let back = facts.keymap.press(Action::Back, Context::Filter);
                let words = format!("The filter is not right yet: correct what is marked, or {back} takes it back");
                return vec![Request::bad(words)];
            }
            Action::Choose => return self.remembered().into_iter().collect(),
            Action::Back => self.restore_filter(facts.now.utc),
            Action::Language => return vec![Request::Open(Dialog::Language(Language::default()))],
            Action::Up | Action::Down if self.filter.recall(action == Action::Up, facts.filters) => {
                return self.filtered(facts);
            }
            Action::Next | Action::Previous => return self.complete(action == Action::Previous, facts),
            _ => {}
        }
        Vec::new()
    }

    /// The filter that was kept, to be remembered: one that holds a key's value is not.
    fn remembered(&self) -> Option<Request<Dialog>> {
        let kept = &self.filter.kept;
        let plain = !kept.is_empty() && !self.table.query().has_secret() && secret_spans(kept).is_empty();
        plain.then(|| Request::KeepFilter(kept.clone()))
    }

    /// Writes what may be meant by what was begun before the cursor; again: the next of that, or the one before.
    fn complete(&mut self, back: bool, facts: &Facts) -> Requests {
        let table = &self.table;
        let owners = || {
            let mut owners: Vec<String> = Vec::new();
            let mut seen = HashSet::new();
            let of_rows = table.iter_all().filter_map(|row| row.sort_text(Column::Owner));
            for owner in of_rows.chain(facts.users.iter().map(Untrusted::as_received)) {
                if seen.insert(owner) {
                    owners.push(owner.to_owned());
                }
            }
            owners
        };
        match self.filter.complete(back, owners) {
            None => vec![Request::info("Nothing that is known here begins so")],
            Some(others) => {
                let mut requests = self.filtered(facts);
                if !others.is_empty() {
                    requests.push(Request::info(others));
                }
                requests
            }
        }
    }

    /// Edits the text in the box; what it holds by then filters at once.
    fn edit(&mut self, edit: impl FnOnce(&mut Self) -> bool, facts: &Facts) -> Requests {
        if edit(self) { self.filtered(facts) } else { Vec::new() }
    }

    fn paste(&mut self, text: &str, facts: &Facts) -> Requests {
        let can = &facts.session.capabilities;
        let Pasted { left_out, by_end } =
            self.filter.paste(text, !can.has(Capability::Lookup) && can.has(Capability::OwnKeys));
        let mut requests = self.filtered(facts);
        if by_end {
            let words = "Compared by the last five characters, as two keys may end alike; keydeck show - --probe tries the value";
            requests.push(Request::info(words));
        }
        if left_out > 0 {
            requests.push(Request::bad(format!(
                "{left_out} of the pasted values had no room here: keydeck show - takes all of them"
            )));
        }
        requests
    }

    fn filtered(&mut self, facts: &Facts) -> Requests {
        vec![Request::LookUp(self.filter_changed(facts.me.map(|me| me.id), facts.now.utc))]
    }

    /// Filters by a text that parses, as if it had been typed into the box.
    pub fn filter_by(&mut self, text: &str, facts: &Facts) -> Requests {
        self.edit_filter();
        self.filter.write(text);
        let mut requests = self.filtered(facts);
        requests.insert(0, Request::ForgetLookups);
        if self.keep_filter() {
            requests.extend(self.remembered());
        }
        requests
    }
}

/// Rows of the table's body.
fn body(facts: &Facts) -> usize {
    Layout::of(facts.size).map_or(1, |layout| usize::from(layout.body))
}
