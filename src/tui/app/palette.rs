//! The dialogs that are opened from everywhere: the help, the palette, the themes.

use super::App;
use super::lists::on_list;
use crate::domain::untrusted::visible;
use crate::tui::action::Context;
use crate::tui::dialogs::Dialog;
use crate::tui::dialogs::help::Help;
use crate::tui::dialogs::menu::ThemesMenu;
use crate::tui::dialogs::palette::Palette;
use crate::tui::session::Tone;

/// The most lines that are remembered.
const REMEMBERED: usize = 100;

impl App {
    pub(super) fn open_palette(&mut self, context: Context) {
        let columns = on_list!(self, list => list.columns);
        let why_not = |action| self.why_not(action);
        let palette = Palette::new(context, &self.keymap, why_not, columns, &self.themes.0, &self.commands);
        self.open(Dialog::Palette(palette));
    }

    /// Remembers a line that was obeyed.
    pub(super) fn keep_command(&mut self, line: String) {
        self.commands.retain(|other| *other != line);
        self.commands.push(line);
        let over = self.commands.len().saturating_sub(REMEMBERED);
        self.commands.drain(..over);
    }

    pub(super) fn open_help(&mut self, context: Context) {
        let help = Help::new(context, &self.keymap, |action| self.why_not(action));
        self.open(Dialog::Help(help));
    }

    pub(super) fn open_themes(&mut self) {
        let (names, before) = self.themes.clone();
        if names.is_empty() {
            return self.say(Tone::Info, "There are no colours here to choose from");
        }
        let cursor = names.iter().position(|name| *name == before).unwrap_or(0);
        self.open(Dialog::Themes(ThemesMenu { names, cursor, before }));
    }

    /// A theme is in use from now on: remembers it, or says how to.
    pub(super) fn keep_theme(&mut self, name: String) {
        let shown = visible(&name).into_owned();
        if self.keeps_theme {
            self.chosen_theme = Some(name);
            self.say(Tone::Info, format!("{shown} is remembered for this profile"));
        } else {
            self.say(Tone::Info, format!("For good: theme = \"{shown}\" in config.toml"));
        }
    }
}
