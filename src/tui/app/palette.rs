//! The palette: doing what a line says, as if its key were pressed where the palette was opened.

use super::App;
use super::lists::on_list;
use crate::domain::filter::Query;
use crate::domain::sort::Column;
use crate::domain::untrusted::visible;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::Dialog;
use crate::tui::dialogs::palette::{Command, Palette};
use crate::tui::effect::Effect;
use crate::tui::field::Field;
use crate::tui::session::Tone;
use crate::tui::tab::Tab;

/// The most lines that are remembered.
const REMEMBERED: usize = 100;

impl App {
    pub(super) fn open_palette(&mut self, context: Context) {
        let columns = on_list!(self, list => list.columns);
        let why_not = |action| self.why_not(action);
        let palette = Palette::new(context, &self.keymap, why_not, columns, &self.themes.0, &self.commands);
        self.dialogs.push(Dialog::Palette(palette));
    }

    pub(super) fn act_in_palette(&mut self, action: Action) -> Vec<Effect> {
        let Some(Dialog::Palette(palette)) = self.dialogs.last_mut() else { return Vec::new() };
        match action {
            Action::Up | Action::Down => palette.recall(action == Action::Up),
            Action::Next | Action::Previous => palette.complete(action == Action::Previous),
            Action::Choose => return self.obey(),
            _ => {
                self.dialogs.pop();
            }
        }
        Vec::new()
    }

    /// Enter: does what the line says, and closes; a line that says nothing that can be done stays, with the reason.
    fn obey(&mut self) -> Vec<Effect> {
        let filter = self.keymap.press(Action::Filter, Context::List);
        let Some(Dialog::Palette(palette)) = self.dialogs.last_mut() else { return Vec::new() };
        if palette.is_secret() {
            palette.line = Field::default();
            palette.problem = Some(format!("A key's value is no command; it was not kept. {filter} searches for it"));
            return Vec::new();
        }
        let line = palette.line.text().trim().to_owned();
        if line.is_empty() {
            self.dialogs.pop();
            return Vec::new();
        }
        let Some(item) = palette.chosen() else {
            let alike = palette.alike().map(|name| format!(": did you mean {name}?")).unwrap_or_default();
            palette.problem = Some(format!("Nothing here goes by “{}”{alike}", visible(&line)));
            return Vec::new();
        };
        if let Command::Filter(text) = &item.command
            && let Err(problem) = Query::parse(text)
        {
            palette.problem = Some(problem.message);
            return Vec::new();
        }
        let context = palette.context;
        self.dialogs.pop();
        self.remember_command(line);
        match (item.command, item.why_not) {
            (Command::Do(action), _) => self.act(context, action),
            (_, Some(why)) => {
                self.say(Tone::Info, why);
                Vec::new()
            }
            (Command::Filter(text), None) => self.filter_by(&text),
            (Command::Sort(column), None) => {
                self.sort_by(column);
                Vec::new()
            }
            (Command::Theme(name), None) => {
                self.keep_theme(name.clone());
                vec![Effect::UseTheme(name)]
            }
        }
    }

    fn remember_command(&mut self, line: String) {
        self.commands.retain(|other| *other != line);
        self.commands.push(line);
        let over = self.commands.len().saturating_sub(REMEMBERED);
        self.commands.drain(..over);
    }

    /// Filters the list in front by a text that parses, as if it had been typed into the box.
    fn filter_by(&mut self, text: &str) -> Vec<Effect> {
        self.forget_lookups();
        on_list!(self, list => {
            list.edit_filter();
            list.filter.editing = Some(Field::new(text));
        });
        let effects = self.filter_changed();
        on_list!(self, list => list.keep_filter());
        effects
    }

    fn sort_by(&mut self, column: Column) {
        on_list!(self, list => list.sort_by(column));
    }
}
