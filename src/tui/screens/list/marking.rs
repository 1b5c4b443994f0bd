//! Marking rows, whatever they are, and what is begun for those that are marked.

use super::ListScreen;
use super::rows::ListRow;
use crate::tui::action::Action;
use crate::tui::dialogs::choice::{Choice, Then};
use crate::tui::dialogs::{Dialog, Requests};
use crate::tui::facts::Facts;
use crate::tui::request::Request;
use crate::tui::text::thousands;

/// Rows that one review takes: nobody reads more, and each is held as it was.
pub(super) const MOST: usize = 100_000;

impl<R: ListRow> ListScreen<R> {
    /// Whether any row is marked, or a range is being marked.
    pub(super) fn any_marks(&self) -> bool {
        let marks = self.table.marks();
        self.anchor.is_some() || marks.marked + marks.gone > 0
    }

    /// Why marks cannot be cleared or shown alone: there are none.
    pub(super) fn why_no_marks(&self) -> Option<String> {
        let marks = self.table.marks();
        let nothing = marks.marked + marks.gone == 0 && !self.table.only_marked();
        nothing.then(|| "Nothing is marked".to_owned())
    }

    /// Ends the range under way, and begins something for what is marked, unless that is more than anybody reads.
    pub(super) fn ask_to(&mut self, then: Then, facts: &Facts) -> Requests {
        self.take_range();
        let marked = self.table.marks().marked;
        if marked > MOST {
            let (marked, most) = (thousands(marked), thousands(MOST));
            let [clear, filter] = [Action::ClearMarks, Action::Filter].map(|action| facts.key_for(action));
            return vec![Request::info(format!(
                "{marked} {} are marked, and a review takes {most}: {clear} clears the marks, {filter} narrows the list",
                then.rows()
            ))];
        }
        self.act_on_marked(then, facts)
    }

    /// What is begun for the marked rows, else for the one under the cursor. Hidden marks ask first.
    pub(super) fn act_on_marked(&self, then: Then, facts: &Facts) -> Requests {
        let marks = self.table.marks();
        let current = self.table.current().map(|row| row.id().clone());
        let shown = self.table.marked_shown();
        vec![if marks.hidden > 0 {
            Request::Open(Dialog::Choice(Choice { shown, all: self.table.marked_all(), then }))
        } else if marks.marked > 0 {
            then.request(shown)
        } else if marks.gone > 0 {
            let clear = facts.key_for(Action::ClearMarks);
            Request::info(format!("The marked {} are gone: {clear} clears the marks", then.rows()))
        } else if let Some(id) = current {
            then.request(vec![id])
        } else {
            return Vec::new();
        }]
    }

    pub(super) fn mark(&mut self, action: Action, facts: &Facts) -> Requests {
        let now = facts.now.utc;
        match action {
            Action::Mark => {
                if !self.take_range()
                    && let Some(id) = self.table.current().map(|row| row.id().clone())
                {
                    self.table.toggle_mark(&id);
                    self.table.move_by(1);
                }
            }
            Action::Range => {
                if !self.take_range() {
                    self.begin_range();
                }
            }
            Action::ClearMarks => {
                self.anchor = None;
                self.table.clear_marks();
                self.table.set_only_marked(false, now);
                return vec![Request::info(format!("No marks: {} brings them back", facts.key_for(Action::LastMarks)))];
            }
            Action::LastMarks => {
                self.take_range();
                if !self.table.bring_marks_back() {
                    return vec![Request::info("There are no earlier marks")];
                }
                let marks = self.table.marks();
                return vec![Request::info(format!("{} marked again", thousands(marks.marked + marks.gone)))];
            }
            Action::OnlyMarked => {
                self.take_range();
                let only = !self.table.only_marked();
                self.table.set_only_marked(only, now);
            }
            _ => {
                self.take_range();
                let all = action == Action::MarkAll;
                let changed = if all { self.table.mark_all_shown() } else { self.table.invert_shown() };
                let verb = if all { "Marked" } else { "Inverted" };
                let of = if self.is_partial() {
                    format!(" of the {} loaded so far", thousands(self.table.len()))
                } else {
                    String::new()
                };
                return vec![Request::info(format!("{verb} {}{of}", thousands(changed)))];
            }
        }
        Vec::new()
    }
}
