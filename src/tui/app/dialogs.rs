//! What a person does in a dialog.

use super::effect::Effect;
use super::event::What;
use super::lists::on_list;
use super::{App, Tab, Tone};
use crate::domain::ids::KeyId;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::choice::Choice;
use crate::tui::dialogs::help::Help;
use crate::tui::dialogs::menu::{SortMenu, StatesMenu, ThemesMenu};
use crate::tui::dialogs::new_key::{DISCARD, Stage};
use crate::tui::dialogs::{Dialog, calls, scroll};
use crate::tui::key::{KeyCode, KeyPress};

impl App {
    pub(super) fn open_help(&mut self, context: Context) {
        let help = Help::new(context, &self.keymap, |action| self.why_not(action));
        self.dialogs.push(Dialog::Help(help));
    }

    pub(super) fn open_choice(&mut self, shown: Vec<KeyId>, all: Vec<KeyId>, rotate: bool) {
        self.dialogs.push(Dialog::Choice(Choice { shown, all, rotate, opened: self.running() }));
    }

    /// How far a page goes in the dialog in front: what it shows, and a line that was seen before.
    fn page_of_dialog(&self) -> usize {
        let (size, rows) = (self.size, usize::from(self.size.1));
        match self.dialogs.last() {
            Some(Dialog::Review(review)) => usize::from(review.arrange(size, &self.keymap).list).saturating_sub(2),
            Some(Dialog::Running(running)) => usize::from(running.arrange(size, self.running()).list).saturating_sub(1),
            Some(Dialog::Detail(_)) => rows.saturating_sub(5),
            Some(Dialog::Calls(_)) => calls::room(size.1).saturating_sub(1),
            _ => rows.saturating_sub(7),
        }
    }

    pub(super) fn act_in_dialog(&mut self, action: Action) -> Vec<Effect> {
        let page = self.page_of_dialog().max(1).cast_signed();
        let utc = self.utc();
        let open = self.rotations.list.len();
        let moved = match action {
            Action::Down => 1,
            Action::Up => -1,
            Action::PageDown => page,
            Action::PageUp => -page,
            Action::Bottom => isize::MAX,
            Action::Top => isize::MIN,
            _ => 0,
        };
        if moved != 0 && self.scroll_dialog(moved) {
            return Vec::new();
        }
        match self.dialogs.last_mut() {
            Some(Dialog::Palette(_)) => return self.act_in_palette(action),
            Some(Dialog::Calls(_)) => return self.act_in_calls(action),
            Some(Dialog::Sort(menu)) if moved != 0 => menu.cursor = scroll(menu.cursor, moved, menu.columns.len() - 1),
            Some(Dialog::States(menu)) if moved != 0 => {
                menu.cursor = scroll(menu.cursor, moved, StatesMenu::BOXES.len() - 1);
            }
            Some(Dialog::NewKey(dialog)) if moved != 0 => dialog.focus_by(moved),
            Some(Dialog::Rotations(list)) if moved != 0 => {
                list.cursor = scroll(list.cursor, moved, open.saturating_sub(1));
            }
            Some(Dialog::Help(_)) => return self.act_in_help(action),
            Some(Dialog::Columns(menu)) if moved != 0 => menu.cursor = scroll(menu.cursor, moved, menu.boxes.len() - 1),
            Some(Dialog::Sort(_) | Dialog::States(_) | Dialog::Columns(_)) => self.act_in_menu(action),
            Some(Dialog::Themes(_)) => return self.act_in_themes(action, moved),
            Some(Dialog::Detail(_)) => return self.act_in_detail(action),
            Some(Dialog::Choice(_)) => self.act_in_choice(action),
            Some(Dialog::Ask(_)) => return self.act_in_ask(action),
            Some(Dialog::Review(_)) => return self.act_in_review(action),
            Some(Dialog::Running(_)) => return self.act_in_running(action),
            Some(Dialog::Rotate(wizard)) => {
                let done = moved != 0 && wizard.moved(moved, self.size, utc);
                return if done { Vec::new() } else { self.act_in_wizard(action) };
            }
            Some(Dialog::Rotations(_)) => return self.act_in_open_rotations(action),
            Some(Dialog::NewKey(dialog)) => match dialog.context() {
                Context::Reveal => return self.act_in_reveal(action),
                _ => return self.act_in_form(action),
            },
            None => {}
        }
        Vec::new()
    }

    /// Scrolls the dialog in front; false if it is none that scrolls.
    pub(super) fn scroll_dialog(&mut self, rows: isize) -> bool {
        let (size, now) = (self.size, self.running());
        match self.dialogs.last_mut() {
            Some(Dialog::Help(help)) => help.move_by(rows),
            Some(Dialog::Calls(dialog)) => dialog.move_by(rows, &self.calls),
            Some(Dialog::Detail(detail)) => detail.scroll = scroll(detail.scroll, rows, detail.most(size)),
            Some(Dialog::Review(review)) => {
                review.scroll = scroll(review.scroll, rows, review.most(size, &self.keymap));
            }
            Some(Dialog::Running(running)) => running.scroll = scroll(running.scroll, rows, running.most(size, now)),
            _ => return false,
        }
        true
    }

    /// Does what the help lists, where it was opened.
    fn act_in_help(&mut self, action: Action) -> Vec<Effect> {
        let Some(Dialog::Help(help)) = self.dialogs.last() else { return Vec::new() };
        let (context, chosen) = (help.context, help.chosen());
        match (action, chosen) {
            (Action::Choose, None) => Vec::new(),
            (Action::Choose, Some(chosen)) => {
                self.dialogs.pop();
                self.act(context, chosen)
            }
            _ => {
                self.dialogs.pop();
                Vec::new()
            }
        }
    }

    pub(super) fn open_themes(&mut self) {
        let (names, before) = self.themes.clone();
        if names.is_empty() {
            return self.say(Tone::Info, "There are no colours here to choose from");
        }
        let cursor = names.iter().position(|name| *name == before).unwrap_or(0);
        self.dialogs.push(Dialog::Themes(ThemesMenu { names, cursor, before }));
    }

    /// Each theme is tried as the cursor comes to it; Esc goes back to the one before.
    fn act_in_themes(&mut self, action: Action, moved: isize) -> Vec<Effect> {
        let Some(Dialog::Themes(menu)) = self.dialogs.last_mut() else { return Vec::new() };
        if moved != 0 {
            menu.cursor = scroll(menu.cursor, moved, menu.names.len() - 1);
            return vec![Effect::UseTheme(menu.names[menu.cursor].clone())];
        }
        let (name, before) = (menu.names[menu.cursor].clone(), menu.before.clone());
        self.dialogs.pop();
        if action != Action::Choose {
            return vec![Effect::UseTheme(before)];
        }
        self.keep_theme(name);
        Vec::new()
    }

    /// A theme is in use from now on: remembers it, or says how to.
    pub(super) fn keep_theme(&mut self, name: String) {
        let shown = crate::domain::untrusted::visible(&name).into_owned();
        if self.keeps_theme {
            self.chosen_theme = Some(name);
            self.say(Tone::Info, format!("{shown} is remembered for this profile"));
        } else {
            self.say(Tone::Info, format!("For good: theme = \"{shown}\" in config.toml"));
        }
    }

    fn act_in_calls(&mut self, action: Action) -> Vec<Effect> {
        let Some(Dialog::Calls(dialog)) = self.dialogs.last() else { return Vec::new() };
        if action != Action::CopyId {
            self.dialogs.pop();
            return Vec::new();
        }
        if let Some(id) = dialog.request_id(&self.calls) {
            return vec![Effect::Copy(What::Id, id.to_string())];
        }
        self.say(Tone::Info, "The server gave this request no id");
        Vec::new()
    }

    fn act_in_menu(&mut self, action: Action) {
        let now = self.utc();
        match (self.dialogs.last_mut(), action) {
            (Some(Dialog::Sort(SortMenu { columns, cursor, .. })), Action::Choose) => {
                let column = columns[*cursor];
                self.dialogs.pop();
                on_list!(self, list => list.sort_by(column));
            }
            (Some(Dialog::States(menu)), Action::Toggle) => {
                let shown = match menu.cursor {
                    0 => &mut menu.states.enabled,
                    1 => &mut menu.states.disabled,
                    _ => &mut menu.states.revoked,
                };
                *shown = !*shown;
                let states = menu.states;
                on_list!(self, list => list.table.set_states(states, now));
            }
            (Some(Dialog::Columns(menu)), Action::Toggle | Action::Earlier | Action::Later | Action::UsualColumns) => {
                if !menu.act(action) {
                    return self.say(Tone::Info, "The name is always shown");
                }
                let columns = menu.checked();
                on_list!(self, list => list.show_columns(columns));
            }
            _ => {
                self.dialogs.pop();
            }
        }
    }

    fn act_in_choice(&mut self, action: Action) {
        let Some(Dialog::Choice(choice)) = self.dialogs.pop() else { return };
        match action {
            Action::OnlyShown if choice.shown.is_empty() => self.say(Tone::Info, "None of the marked keys is shown"),
            Action::OnlyShown if choice.rotate => self.open_wizard(&choice.shown),
            Action::AllMarked if choice.rotate => self.open_wizard(&choice.all),
            Action::OnlyShown => self.open_review(&choice.shown),
            Action::AllMarked => self.open_review(&choice.all),
            _ => {}
        }
    }

    pub(super) fn type_in_dialog(&mut self, c: char) -> Vec<Effect> {
        match self.dialogs.last_mut() {
            Some(Dialog::Help(help)) => {
                help.cursor = 0;
                help.search.insert(c);
            }
            Some(Dialog::Palette(palette)) => palette.press(c.into()),
            Some(Dialog::Review(review)) => review.type_char(c),
            Some(Dialog::Ask(ask)) => ask.asked.type_char(c),
            Some(Dialog::Rotate(wizard)) => wizard.type_char(c),
            Some(Dialog::NewKey(dialog)) => match &mut dialog.stage {
                Stage::Form(error) => {
                    *error = None;
                    dialog.pressed = false;
                    dialog.fields[dialog.focus].insert(c);
                }
                Stage::Sending => {}
                Stage::Reveal(reveal) => {
                    reveal.typed.push(c);
                    if !DISCARD.starts_with(&reveal.typed) {
                        reveal.typed.clear();
                        if DISCARD.starts_with(c) {
                            reveal.typed.push(c);
                        }
                    }
                    if reveal.typed == DISCARD {
                        self.dialogs.pop();
                        let delete = self.key_for(Action::Revoke);
                        let words = format!("The value is gone; the key still stands in the list: {delete} deletes it");
                        self.say(Tone::Info, words);
                    }
                }
            },
            _ => {}
        }
        Vec::new()
    }

    pub(super) fn edit_in_dialog(&mut self, press: KeyPress) {
        match self.dialogs.last_mut() {
            Some(Dialog::Help(help)) => {
                help.cursor = 0;
                help.search.press(press);
            }
            Some(Dialog::Palette(palette)) => palette.press(press),
            Some(Dialog::Review(review)) if press.code == KeyCode::Backspace => review.confirm.erase(),
            Some(Dialog::Ask(ask)) if press.code == KeyCode::Backspace => ask.asked.confirm.erase(),
            Some(Dialog::Rotate(wizard)) => wizard.press(press),
            Some(Dialog::NewKey(dialog)) => match &mut dialog.stage {
                Stage::Form(error) if dialog.fields[dialog.focus].press(press) => *error = None,
                Stage::Reveal(reveal) if press.code == KeyCode::Backspace => {
                    reveal.typed.pop();
                }
                _ => {}
            },
            _ => {}
        }
    }

    pub(super) fn paste_in_dialog(&mut self, text: &str) {
        match self.dialogs.last_mut() {
            Some(Dialog::Help(help)) => {
                help.cursor = 0;
                help.search.paste(text);
            }
            Some(Dialog::Palette(palette)) => palette.paste(text),
            Some(Dialog::Review(review)) => review.confirm.paste(),
            Some(Dialog::Ask(ask)) => ask.asked.confirm.paste(),
            Some(Dialog::Rotate(wizard)) => wizard.paste(text),
            Some(Dialog::NewKey(dialog)) => {
                if let Stage::Form(error) = &mut dialog.stage
                    && dialog.fields[dialog.focus].paste(text)
                {
                    *error = None;
                }
            }
            _ => {}
        }
    }
}
