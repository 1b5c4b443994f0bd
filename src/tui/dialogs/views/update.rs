//! What changes the menu of views.

use super::ViewsMenu;
use crate::domain::untrusted::visible;
use crate::domain::views::Origin;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::{Requests, moved, scroll};
use crate::tui::effect::Effect;
use crate::tui::facts::Facts;
use crate::tui::field::Field;
use crate::tui::request::{Input, ListChange, Request};

impl ViewsMenu {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        if let Some(name) = &mut self.naming {
            match input {
                Input::Action(Action::Choose) => return self.save(facts),
                Input::Action(_) => {
                    self.naming = None;
                    self.problem = None;
                    return Vec::new();
                }
                Input::Text(c) => name.insert(c),
                Input::Edit(press) => name.press(press),
                Input::Paste(text) => name.paste(text),
                Input::Scroll(_) | Input::Reply(_) | Input::Wake | Input::Conceal | Input::Quit => return Vec::new(),
            };
            self.problem = None;
            return Vec::new();
        }
        let action = match input {
            Input::Action(action) => action,
            Input::Scroll(rows) => {
                self.move_by(rows, facts);
                return Vec::new();
            }
            Input::Text(_)
            | Input::Edit(_)
            | Input::Paste(_)
            | Input::Reply(_)
            | Input::Wake
            | Input::Conceal
            | Input::Quit => return Vec::new(),
        };
        if let Some(rows) = moved(action, usize::from(facts.size.1).saturating_sub(7)) {
            self.move_by(rows, facts);
            return Vec::new();
        }
        match action {
            Action::Choose => self.choose(facts),
            Action::SaveView if self.present.is_empty() => {
                let filter = facts.key_for(Action::Filter);
                vec![Request::info(format!("There is no filter to save: {filter} filters, then come back"))]
            }
            Action::SaveView => {
                self.naming = Some(Field::default());
                Vec::new()
            }
            Action::RemoveView => self.remove(facts),
            _ => vec![Request::Close],
        }
    }

    fn move_by(&mut self, rows: isize, facts: &Facts) {
        let last = facts.views.all().len().saturating_sub(1);
        self.cursor = scroll(self.cursor.min(last), rows, last);
    }

    fn choose(&self, facts: &Facts) -> Requests {
        let Some(view) = self.chosen(facts) else { return Vec::new() };
        match view.query() {
            Ok(_) => vec![Request::Close, Request::List(ListChange::Filter(view.filter.clone()))],
            Err(problem) => {
                let (name, place) = (visible(&view.name), view.origin.in_words());
                vec![Request::bad(format!("The view {name} ({place}) is not right: {problem}"))]
            }
        }
    }

    fn save(&mut self, facts: &Facts) -> Requests {
        let name = self.naming.as_ref().map(|name| name.text().to_owned()).unwrap_or_default();
        match facts.views.to_save(&name, &self.present) {
            Ok(view) => {
                self.naming = None;
                vec![Request::Close, Request::Do(Effect::SaveView(view))]
            }
            Err(error) => {
                self.problem = Some(error.to_string());
                Vec::new()
            }
        }
    }

    fn remove(&mut self, facts: &Facts) -> Requests {
        let Some(view) = self.chosen(facts) else { return Vec::new() };
        let choose = facts.keymap.press(Action::Choose, Context::Views);
        vec![match view.origin {
            Origin::Saved => Request::Do(Effect::RemoveView(view.name.clone())),
            Origin::Config => Request::info("It stands in [views] of config.toml: take it away there"),
            Origin::BuiltIn => Request::info(format!("It is built in and stays; {choose} filters by it")),
        }]
    }
}
