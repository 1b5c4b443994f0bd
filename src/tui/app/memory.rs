//! What is remembered of a profile from one run to the next: how a person likes to see it, and nothing about keys.

use super::effect::Effect;
use super::lists::on_list;
use super::{App, Tab};
use crate::domain::sort::{Column, Sort};
use crate::domain::table::States;
use crate::tui::screens::list::ListScreen;
use crate::tui::screens::list::summary::Summed;

/// How a person likes to see a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// The tab in front.
    pub tab: Tab,
    /// The theme that was chosen; none while nobody did.
    pub theme: Option<String>,
    /// How each list is seen; those that are not named are as they always were.
    pub lists: Vec<(Tab, ListHabits)>,
}

/// How a person likes to see a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListHabits {
    /// Its order.
    pub sort: Sort,
    /// The states shown.
    pub states: States,
    /// The columns, from the left.
    pub columns: Vec<Column>,
}

impl ListHabits {
    fn of<R: crate::domain::row::Row + Summed>(list: &ListScreen<R>) -> Self {
        Self { sort: list.table.sort(), states: list.table.states(), columns: list.shown.clone() }
    }
}

impl App {
    /// How everything is seen now.
    pub fn remembered(&self) -> Remembered {
        Remembered {
            tab: self.tab,
            theme: self.chosen_theme.clone(),
            lists: vec![
                (Tab::Mine, ListHabits::of(&self.mine)),
                (Tab::Collections, ListHabits::of(&self.collections)),
                (Tab::Team, ListHabits::of(&self.team)),
                (Tab::Exposed, ListHabits::of(&self.exposed)),
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
                    list.table.set_sort(habits.sort);
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
        if self.told.as_ref() == Some(&remembered) {
            return None;
        }
        self.told = Some(remembered.clone());
        Some(Effect::Remember(remembered))
    }
}
