//! What changes the menus. What is checked in them shows at once in the list behind them.

use super::{ColumnsMenu, SortMenu, StatesMenu, ThemesMenu};
use crate::domain::sort::Column;
use crate::tui::action::Action;
use crate::tui::dialogs::{Requests, moved, scroll};
use crate::tui::effect::Effect;
use crate::tui::facts::Facts;
use crate::tui::request::{Input, ListChange, Request};

/// The action that an input is, where a menu heeds nothing else.
fn action(input: &Input) -> Option<Action> {
    match input {
        Input::Action(action) => Some(*action),
        Input::Text(_)
        | Input::Edit(_)
        | Input::Paste(_)
        | Input::Scroll(_)
        | Input::Reply(_)
        | Input::Wake
        | Input::Conceal
        | Input::Quit => None,
    }
}

/// Where an action moves the cursor of a menu of so many lines; none for what does not move.
fn moved_to(cursor: usize, lines: usize, action: Action, facts: &Facts) -> Option<usize> {
    let rows = moved(action, usize::from(facts.size.1).saturating_sub(7))?;
    Some(scroll(cursor, rows, lines.saturating_sub(1)))
}

impl SortMenu {
    /// Takes an input in, and says what follows. A letter chooses its column as Enter does the one under the cursor, a
    /// capital the second column as Space does, which leaves the menu open.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        if let Input::Text(letter) = &input
            && let Some(column) = self.lettered(*letter)
        {
            return if letter.is_ascii_uppercase() { self.then(column) } else { Self::first(column) };
        }
        let Some(action) = action(&input) else { return Vec::new() };
        if let Some(cursor) = moved_to(self.cursor, self.columns.len(), action, facts) {
            self.cursor = cursor;
            return Vec::new();
        }
        match action {
            Action::Choose => Self::first(self.columns[self.cursor]),
            Action::ThenBy => self.then(self.columns[self.cursor]),
            _ => vec![Request::Close],
        }
    }

    fn first(column: Column) -> Requests {
        vec![Request::Close, Request::List(ListChange::Sort(column))]
    }

    fn then(&mut self, column: Column) -> Requests {
        if column == self.sort.column {
            return vec![Request::info("It is the first column already: a second one is another")];
        }
        self.sort = self.sort.choose_then(column);
        vec![Request::List(ListChange::SortThen(column))]
    }
}

impl StatesMenu {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        let Some(action) = action(&input) else { return Vec::new() };
        if let Some(cursor) = moved_to(self.cursor, Self::BOXES.len(), action, facts) {
            self.cursor = cursor;
            return Vec::new();
        }
        if action != Action::Toggle {
            return vec![Request::Close];
        }
        let shown = match self.cursor {
            0 => &mut self.states.enabled,
            1 => &mut self.states.disabled,
            _ => &mut self.states.revoked,
        };
        *shown = !*shown;
        vec![Request::List(ListChange::States(self.states))]
    }
}

impl ColumnsMenu {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        let Some(action) = action(&input) else { return Vec::new() };
        if let Some(cursor) = moved_to(self.cursor, self.boxes.len(), action, facts) {
            self.cursor = cursor;
            return Vec::new();
        }
        match action {
            Action::Toggle | Action::Earlier | Action::Later | Action::UsualColumns if self.act(action) => {
                vec![Request::List(ListChange::Columns(self.checked()))]
            }
            Action::Toggle | Action::Earlier | Action::Later | Action::UsualColumns => {
                vec![Request::info("The name is always shown")]
            }
            _ => vec![Request::Close],
        }
    }
}

impl ThemesMenu {
    /// Takes an input in, and says what follows. Each theme is tried as the cursor comes to it; Esc goes back to the one
    /// before.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        let Some(action) = action(&input) else { return Vec::new() };
        if let Some(cursor) = moved_to(self.cursor, self.names.len(), action, facts) {
            self.cursor = cursor;
            return vec![Request::Do(Effect::UseTheme(self.names[cursor].clone()))];
        }
        match action {
            Action::Choose => vec![Request::Close, Request::KeepTheme(self.names[self.cursor].clone())],
            _ => vec![Request::Close, Request::Do(Effect::UseTheme(self.before.clone()))],
        }
    }
}
