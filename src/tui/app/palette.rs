//! The dialogs that are opened from everywhere: the help, the palette, the themes.

use super::App;
use super::lists::on_list;
use crate::domain::untrusted::visible;
use crate::domain::views::View;
use crate::tui::action::Context;
use crate::tui::dialogs::Dialog;
use crate::tui::dialogs::help::Help;
use crate::tui::dialogs::menu::ThemesMenu;
use crate::tui::dialogs::palette::Palette;
use crate::tui::session::Tone;

/// The most lines that are remembered.
const REMEMBERED: usize = 100;

/// Remembers a line that was typed, as the latest.
pub(super) fn keep(lines: &mut Vec<String>, line: String) {
    lines.retain(|other| *other != line);
    lines.push(line);
    let over = lines.len().saturating_sub(REMEMBERED);
    lines.drain(..over);
}

impl App {
    pub(super) fn open_palette(&mut self, context: Context) {
        let columns = on_list!(self, list => list.columns);
        let why_not = |action| self.why_not(action);
        let palette =
            Palette::new(context, &self.keymap, why_not, columns, &self.themes.0, self.views.all(), &self.commands);
        let leavers = self.users.users().into_iter().filter(|user| self.me.as_ref().is_none_or(|me| me.id != user.id));
        let palette = palette.with_people(leavers);
        self.open(Dialog::Palette(palette));
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

    /// Saved views are others now, or are not.
    pub(super) fn views_kept(&mut self, kept: Result<(String, Vec<View>), String>) {
        match kept {
            Ok((words, saved)) => {
                self.views = self.views.with_saved(saved);
                self.say(Tone::Good, words);
            }
            Err(why) => self.say(Tone::Bad, why),
        }
    }
}
