//! What changes the palette, and what its line does.

use super::{Command, Item, Palette};
use crate::domain::filter::Query;
use crate::domain::untrusted::visible;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::Requests;
use crate::tui::effect::Effect;
use crate::tui::facts::Facts;
use crate::tui::field::Field;
use crate::tui::request::{Input, ListChange, Request};

impl Palette {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Action(action) => return self.act(action, facts),
            Input::Text(c) => self.press(c.into()),
            Input::Edit(press) => self.press(press),
            Input::Paste(text) => self.paste(text),
            Input::Scroll(_) | Input::Reply(_) | Input::Wake | Input::Conceal | Input::Quit => {}
        }
        Vec::new()
    }

    fn act(&mut self, action: Action, facts: &Facts) -> Requests {
        match action {
            Action::Up | Action::Down => self.recall(action == Action::Up),
            Action::Next | Action::Previous => self.complete(action == Action::Previous),
            Action::Choose => return self.obey(facts),
            _ => return vec![Request::Close],
        }
        Vec::new()
    }

    /// Enter: does what the line says, and closes; a line that says nothing that can be done stays, with the reason.
    fn obey(&mut self, facts: &Facts) -> Requests {
        if self.is_secret() {
            let item = self.chosen();
            self.line = Field::default();
            return match item {
                Some(Item { command: Command::Filter(query), why_not: None, .. }) => {
                    vec![Request::Close, Request::List(ListChange::Filter(query))]
                }
                Some(Item { why_not: Some(why), .. }) => vec![Request::Close, Request::info(why)],
                _ => {
                    let filter = facts.keymap.press(Action::Filter, Context::List);
                    let words = "That is a part of a key's value, and no command; it was not kept.";
                    self.problem = Some(format!("{words} {filter} searches for whole ones"));
                    Vec::new()
                }
            };
        }
        let line = self.line.text().trim().to_owned();
        if line.is_empty() {
            return vec![Request::Close];
        }
        let Some(item) = self.chosen() else {
            let alike = self.alike().map(|name| format!(": did you mean {name}?")).unwrap_or_default();
            self.problem = Some(format!("Nothing here goes by “{}”{alike}", visible(&line)));
            return Vec::new();
        };
        if let Command::Filter(text) = &item.command
            && let Err(problem) = Query::parse(text)
        {
            self.problem = Some(problem.message);
            return Vec::new();
        }
        let mut requests = vec![Request::Close, Request::KeepCommand(line)];
        match (item.command, item.why_not) {
            (Command::Do(action), _) => requests.push(Request::Act(self.context, action)),
            (_, Some(why)) => requests.push(Request::info(why)),
            (Command::Filter(text), None) => requests.push(Request::List(ListChange::Filter(text))),
            (Command::Sort(column), None) => requests.push(Request::List(ListChange::Sort(column))),
            (Command::Unlock(length, reason), None) => requests.push(Request::Unlock(length, reason)),
            (Command::Theme(name), None) => {
                requests.extend([Request::KeepTheme(name.clone()), Request::Do(Effect::UseTheme(name))]);
            }
        }
        requests
    }
}
