//! From a key press to an action, in a context.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::action::{Action, Context, DISCARD, TABLE};
use super::key::{KeyCode, KeyPress};

/// Which keys do what, in each context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    bound: HashMap<(Context, Vec<KeyPress>), Bound>,
}

/// What a key does, and how early it is named among the keys that do the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bound {
    action: Action,
    rank: usize,
}

/// An action, its keys, and the contexts where it has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundKeys {
    pub action: Action,
    /// Its keys; none where it has none.
    pub keys: Vec<String>,
    pub contexts: Vec<Context>,
}

/// What a key press came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    Action(Action),
    /// A character typed into a text field.
    Text(char),
    /// The beginning of a sequence such as `g g`.
    Pending,
    /// Nothing here.
    Unbound,
}

impl Default for Keymap {
    /// The keys of the table.
    fn default() -> Self {
        static TABLE: LazyLock<Keymap> = LazyLock::new(|| {
            let of = |context| defaults(context).map(move |(keys, action)| (context, keys, action));
            Context::ALL.into_iter().flat_map(of).collect()
        });
        TABLE.clone()
    }
}

impl FromIterator<(Context, Vec<KeyPress>, Action)> for Keymap {
    /// Keys that do the same are named in the order in which they come.
    fn from_iter<I: IntoIterator<Item = (Context, Vec<KeyPress>, Action)>>(bound: I) -> Self {
        let bound = bound.into_iter().enumerate();
        Self { bound: bound.map(|(rank, (context, keys, action))| ((context, keys), Bound { action, rank })).collect() }
    }
}

pub fn defaults(context: Context) -> impl Iterator<Item = (Vec<KeyPress>, Action)> {
    TABLE.iter().filter(move |entry| entry.contexts.contains(&context)).flat_map(move |entry| {
        entry
            .keys
            .iter()
            .map(|keys| keys.split(' ').filter_map(|key| key.parse().ok()).collect::<Vec<KeyPress>>())
            .filter(move |keys| !keys.iter().any(|key| is_typed(context, *key)))
            .map(|keys| (keys, entry.action))
    })
}

/// Whether a press is typed in this context, so that it can never be bound there: text and what erases it, the number and
/// the word that confirm.
pub fn is_typed(context: Context, press: KeyPress) -> bool {
    let takes = |c: char| match context {
        Context::Review | Context::Policy => c.is_ascii_digit(),
        Context::Reveal => DISCARD.contains(c),
        _ => context.takes_text(),
    };
    if let Some(c) = press.text() {
        return takes(c);
    }
    let erases =
        context.takes_text() || matches!(context, Context::Ask | Context::Policy | Context::Review | Context::Reveal);
    erases && press == KeyPress::plain(KeyCode::Backspace)
}

impl Keymap {
    /// What `press` means after the keys in `pending` (which it extends or clears).
    pub fn resolve(&self, context: Context, pending: &mut Vec<KeyPress>, press: KeyPress) -> Resolved {
        if context.takes_text()
            && let Some(c) = press.text()
        {
            pending.clear();
            return Resolved::Text(c);
        }
        let was_pending = !pending.is_empty();
        pending.push(press);
        if let Some(bound) = self.bound.get(&(context, pending.clone())) {
            pending.clear();
            return Resolved::Action(bound.action);
        }
        if self.bound.keys().any(|(at, keys)| *at == context && keys.starts_with(pending)) {
            return Resolved::Pending;
        }
        pending.clear();
        if was_pending {
            return self.resolve(context, pending, press);
        }
        press.text().map_or(Resolved::Unbound, Resolved::Text)
    }

    /// The keys that do `action` in `context`, as the help shows them.
    pub fn keys_of(&self, action: Action, context: Context) -> Vec<String> {
        let mut keys: Vec<(usize, String)> = self
            .bound
            .iter()
            .filter(|((at, _), bound)| *at == context && bound.action == action)
            .map(|((_, keys), bound)| (bound.rank, name(keys)))
            .collect();
        keys.sort();
        keys.into_iter().map(|(_, name)| name).collect()
    }

    /// The first of them.
    pub fn key_of(&self, action: Action, context: Context) -> Option<String> {
        self.keys_of(action, context).into_iter().next()
    }

    /// Every action with its keys, in the order of the table: one row for the contexts where they are the same.
    pub fn all(&self) -> Vec<BoundKeys> {
        let mut all: Vec<BoundKeys> = Vec::new();
        for entry in TABLE {
            let from = all.len();
            for context in entry.contexts {
                let keys = self.keys_of(entry.action, *context);
                match all[from..].iter_mut().find(|row| row.keys == keys) {
                    Some(row) => row.contexts.push(*context),
                    None => all.push(BoundKeys { action: entry.action, keys, contexts: vec![*context] }),
                }
            }
        }
        all
    }

    /// What a message tells a person to press: the first key; for an action without one, the way to it by the help.
    pub fn press(&self, action: Action, context: Context) -> String {
        self.key_of(action, context).unwrap_or_else(|| {
            let help = self.key_of(Action::Help, context).unwrap_or_default();
            format!("{help} {}", action.entry().name).trim_start().to_owned()
        })
    }
}

impl Keymap {
    /// What a message tells a person to press for `action` where letters are text: the first key that types nothing.
    pub fn press_beside_text(&self, action: Action, context: Context) -> String {
        let keys = self.keys_of(action, context);
        let beside = keys.into_iter().find(|key| key.parse().is_ok_and(|press: KeyPress| press.text().is_none()));
        beside.unwrap_or_else(|| self.press(action, context))
    }
}

/// The name of a sequence, as the config file writes it.
pub fn name(keys: &[KeyPress]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_key_is_readable_and_no_two_actions_want_the_same_in_one_context() {
        let mut seen: HashMap<(Context, Vec<KeyPress>), &str> = HashMap::new();
        for entry in TABLE {
            for keys in entry.keys {
                let sequence: Vec<KeyPress> =
                    keys.split(' ').map(|key| key.parse().unwrap_or_else(|_| panic!("{key}"))).collect();
                for context in entry.contexts {
                    if context.takes_text() && sequence.iter().any(|key| key.text().is_some()) {
                        continue;
                    }
                    let other = seen.insert((*context, sequence.clone()), entry.name);
                    assert_eq!(other, None, "{keys} in {context:?} is also {}", entry.name);
                }
            }
        }
        for (context, keys) in seen.keys() {
            for length in 1..keys.len() {
                let start = (*context, keys[..length].to_vec());
                assert!(!seen.contains_key(&start), "{keys:?} in {context:?} can never be typed");
            }
        }
    }

    #[test]
    fn sequences_text_and_leftovers() {
        let keymap = Keymap::default();
        let mut pending = Vec::new();
        let mut resolve = |context, key: &str| keymap.resolve(context, &mut pending, key.parse().unwrap());
        assert_eq!(resolve(Context::List, "g"), Resolved::Pending);
        assert_eq!(resolve(Context::List, "g"), Resolved::Action(Action::Top));
        assert_eq!(resolve(Context::List, "g"), Resolved::Pending);
        assert_eq!(resolve(Context::List, "x"), Resolved::Action(Action::Revoke));
        assert_eq!(resolve(Context::Filter, "x"), Resolved::Text('x'));
        assert_eq!(resolve(Context::Filter, "Enter"), Resolved::Action(Action::Choose));
        assert_eq!(resolve(Context::Review, "7"), Resolved::Text('7'));
        assert_eq!(resolve(Context::List, "F5"), Resolved::Unbound);
    }
}
