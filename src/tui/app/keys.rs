//! What a key press comes to, where it is heard.

use super::App;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::Dialog;
use crate::tui::effect::Effect;
use crate::tui::key::KeyPress;
use crate::tui::keymap::Resolved;
use crate::tui::request::Input;
use crate::tui::session::Tone;
use crate::tui::text::thousands;

/// Whether a press in a dialog neither decides nor sends anything: text where text is typed, a move, a way out.
fn is_harmless(context: Context, resolved: &Resolved) -> bool {
    match resolved {
        Resolved::Action(Action::Back) => context != Context::Reveal,
        Resolved::Action(action) => {
            matches!(
                action,
                Action::Cancel
                    | Action::Suspend
                    | Action::Down
                    | Action::Up
                    | Action::PageDown
                    | Action::PageUp
                    | Action::Top
                    | Action::Bottom
                    | Action::Next
                    | Action::Previous
            )
        }
        Resolved::Text(_) | Resolved::Unbound => context.takes_text(),
        Resolved::Pending => true,
    }
}

impl App {
    pub(super) fn key(&mut self, press: KeyPress) -> Vec<Effect> {
        let context = self.context();
        if self.alone(context, press) == Some(Action::Redraw) {
            // it is about the screen alone: what is said, typed and asked stays, but for a value that is shown
            self.dispatch(Input::Conceal);
            return vec![Effect::Redraw];
        }
        self.message = None;
        self.dispatch(Input::Conceal);
        if self.is_deaf() {
            // Esc, ctrl-c and ctrl-z only ever leave, so they are heard
            let heard = match self.alone(context, press) {
                Some(Action::Suspend) => true,
                Some(Action::Back | Action::Cancel) => context != Context::Reveal,
                _ => false,
            };
            if !heard {
                return Vec::new();
            }
        }
        if self.layout().is_none() && !self.leaves(context, press) {
            // nothing can be read, so nothing may be decided
            return Vec::new();
        }
        // where the end of a masked value is typed, its characters are no actions
        let character = press.text().filter(char::is_ascii_alphanumeric);
        let resolved = match character.filter(|_| self.dialogs.last().is_some_and(Dialog::takes_characters)) {
            Some(c) => {
                self.pending.clear();
                Resolved::Text(c)
            }
            None => self.keymap.resolve(context, &mut self.pending, press),
        };
        self.once = self.once.filter(|once| resolved == Resolved::Action(*once));
        if self.now.running < self.noise_ends && !self.dialogs.is_empty() && !is_harmless(context, &resolved) {
            self.say(Tone::Info, "The terminal sent something by itself just now: press it again in a second");
            return Vec::new();
        }
        match resolved {
            Resolved::Action(action) => self.act(context, action),
            Resolved::Text(c) => self.dispatch(Input::Text(c)),
            Resolved::Pending => Vec::new(),
            Resolved::Unbound => self.dispatch(Input::Edit(press)),
        }
    }

    /// The key that quits from here; none where it is text, or for a dialog.
    pub fn quit_key(&self) -> Option<String> {
        let context = self.context();
        matches!(context, Context::List | Context::Exposed | Context::Settings)
            .then(|| self.keymap.press(Action::Quit, context))
    }

    /// What a press does by itself, whatever was typed before.
    pub(super) fn alone(&self, context: Context, press: KeyPress) -> Option<Action> {
        match self.keymap.resolve(context, &mut Vec::new(), press) {
            Resolved::Action(action) => Some(action),
            _ => None,
        }
    }

    /// Whether a press quits, cancels or stops for the shell.
    pub(super) fn leaves(&self, context: Context, press: KeyPress) -> bool {
        match self.alone(context, press) {
            Some(Action::Cancel | Action::Suspend) => true,
            Some(Action::Quit) => self.quit_key().is_some(),
            _ => false,
        }
    }

    /// What a message tells a person to press for an action in a list.
    pub(super) fn key_for(&self, action: Action) -> String {
        self.keymap.press(action, Context::List)
    }

    /// Whether the dialog in front does not listen yet, since it opened or came back with the console just now.
    pub(super) fn is_deaf(&self) -> bool {
        self.dialogs.is_deaf(self.now.running, self.returned)
    }

    /// Leaves the terminal to the shell for a while, which is to find nothing secret on it.
    pub(super) fn suspend(&mut self) -> Vec<Effect> {
        self.dispatch(Input::Conceal);
        self.pending.clear();
        vec![Effect::Suspend]
    }

    /// Quits; where keys are marked, when it is asked for again: marks are not kept.
    pub(super) fn ask_to_quit(&mut self) -> Vec<Effect> {
        let keys: usize =
            [&self.mine, &self.collections, &self.team].iter().map(|list| list.table.marks().marked).sum();
        let findings = self.exposed.table.marks().marked;
        let marked = keys + findings;
        if marked == 0 || self.once.replace(Action::Quit) == Some(Action::Quit) {
            return vec![Effect::Quit];
        }
        let (one, many) = match (keys, findings) {
            (_, 0) => ("key", "keys"),
            (0, _) => ("finding", "findings"),
            _ => ("row", "keys and findings"),
        };
        let (keys, them) = if marked == 1 {
            (format!("1 {one} is"), "it")
        } else {
            (format!("{} {many} are", thousands(marked)), "them")
        };
        let quit = self.keymap.press(Action::Quit, self.context());
        self.say(Tone::Info, format!("{keys} marked, and leaving forgets {them}: {quit} again quits"));
        Vec::new()
    }

    /// ctrl-c: cancels what is in front or under way; pressed again, quits.
    pub(super) fn cancel(&mut self) -> Vec<Effect> {
        let context = self.context();
        if context == Context::Reveal {
            // closes only when the value is safe, and never quits before
            return self.dispatch(Input::Action(Action::Back));
        }
        if self.once.replace(Action::Cancel) == Some(Action::Cancel) {
            return vec![Effect::Quit];
        }
        let effects = match self.dialogs.last() {
            Some(_) => self.dispatch(Input::Action(Action::Cancel)),
            None if self.is_editing_filter() => self.dispatch(Input::Action(Action::Back)),
            None => self.stop_loading(),
        };
        if self.message.is_none() {
            self.say(Tone::Info, format!("{} again quits", self.keymap.press(Action::Cancel, context)));
        }
        effects
    }
}
