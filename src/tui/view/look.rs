//! What drawing needs everywhere.

use super::links::Links;
use super::pointer::Pointer;
use crate::tui::action::{Action, Context};
use crate::tui::facts::Facts;
use crate::tui::theme::Theme;

/// What drawing needs everywhere.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// What may be known.
    pub facts: Facts<'a>,
    /// How roles look.
    pub theme: &'a Theme,
    /// Which cells lead where.
    pub links: &'a Links,
    /// Where the terminal's cursor stands.
    pub pointer: &'a Pointer,
}

impl Look<'_> {
    /// The keys of these actions in a context, with their words; actions without a key are left out.
    pub fn keys<'w>(self, context: Context, words: &[(Action, &'w str)]) -> Vec<(String, &'w str)> {
        let key = |action| self.facts.keymap.key_of(action, context);
        words.iter().filter_map(|(action, word)| Some((key(*action)?, *word))).collect()
    }

    /// The key that moves in a context, the arrow as a sign.
    pub fn arrow(self, action: Action, context: Context) -> String {
        let sign = if action == Action::Up { ("Up", "↑") } else { ("Down", "↓") };
        let keys = self.facts.keymap.keys_of(action, context);
        if keys.iter().any(|key| key == sign.0) {
            sign.1.to_owned()
        } else {
            keys.into_iter().next().unwrap_or_default()
        }
    }
}
