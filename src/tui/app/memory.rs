//! What is remembered of a profile from one run to the next: how a person likes to see it, and nothing about keys.

use super::App;
use super::lists::on_list;
use crate::tui::effect::Effect;
use crate::tui::remembered::{ListHabits, Remembered};
use crate::tui::screens::list::ListScreen;
use crate::tui::screens::list::summary::Summed;
use crate::tui::tab::Tab;

fn habits<R: crate::domain::row::Row + Summed>(list: &ListScreen<R>) -> ListHabits {
    ListHabits { sort: list.table.sort(), states: list.table.states(), columns: list.shown.clone() }
}

impl App {
    /// How everything is seen now.
    pub fn remembered(&self) -> Remembered {
        Remembered {
            tab: self.tab,
            theme: self.chosen_theme.clone(),
            lists: vec![
                (Tab::Mine, habits(&self.mine)),
                (Tab::Collections, habits(&self.collections)),
                (Tab::Team, habits(&self.team)),
                (Tab::Exposed, habits(&self.exposed)),
            ],
        }
    }

    /// Takes up what was remembered, before anything is asked: as far as it makes sense here.
    pub fn recall(&mut self, remembered: Remembered) {
        let (now, Remembered { tab, theme, lists }) = (self.utc(), remembered);
        for (tab, habits) in lists.into_iter().filter(|(tab, _)| *tab != Tab::Settings) {
            self.tab = tab;
            on_list!(self, list => {
                if list.columns.contains(&habits.sort.column) {
                    let then = habits.sort.then.filter(|then| list.columns.contains(&then.column));
                    list.table.set_sort(habits.sort.then(then));
                }
                list.table.set_states(habits.states, now);
                list.show_columns(habits.columns);
            });
        }
        self.tab = if self.tab_denied(tab).is_some() { Tab::Mine } else { tab };
        self.recalled_tab = true;
        self.chosen_theme = theme;
    }

    /// A remembered tab that this role may not see is not where a person wants to begin.
    pub(super) fn leave_denied_tab(&mut self) {
        if std::mem::take(&mut self.recalled_tab) && self.tab_denied(self.tab).is_some() {
            self.tab = Tab::Mine;
        }
    }

    /// What is to be remembered, if it changed since it was told.
    pub(super) fn remember(&mut self) -> Option<Effect> {
        let remembered = self.remembered();
        if self.last_remembered.as_ref() == Some(&remembered) {
            return None;
        }
        self.last_remembered = Some(remembered.clone());
        Some(Effect::Remember(remembered))
    }
}
