//! From a key press to an action, in a context.

use std::collections::HashMap;

use super::action::{Action, Context, TABLE};
use super::key::KeyPress;

/// Which keys do what, in each context.
#[derive(Clone, Debug)]
pub struct Keymap {
    bound: HashMap<(Context, Vec<KeyPress>), Action>,
}

/// What a key press came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// An action.
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
        let mut bound = HashMap::new();
        for entry in TABLE {
            for keys in entry.keys {
                let sequence: Vec<KeyPress> = keys.split(' ').filter_map(|key| key.parse().ok()).collect();
                for context in entry.contexts {
                    if !context.takes_text() || !sequence.iter().any(|key| key.text().is_some()) {
                        bound.insert((*context, sequence.clone()), entry.action);
                    }
                }
            }
        }
        Self { bound }
    }
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
        if let Some(action) = self.bound.get(&(context, pending.clone())) {
            pending.clear();
            return Resolved::Action(*action);
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
        let entry = action.entry();
        let mut keys: Vec<String> = self
            .bound
            .iter()
            .filter(|((at, _), bound)| *at == context && **bound == action)
            .map(|((_, keys), _)| keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
            .collect();
        keys.sort_by_key(|key| (entry.keys.iter().position(|default| default == key), key.clone()));
        keys
    }

    /// The first of them.
    pub fn key_of(&self, action: Action, context: Context) -> Option<String> {
        self.keys_of(action, context).into_iter().next()
    }
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
