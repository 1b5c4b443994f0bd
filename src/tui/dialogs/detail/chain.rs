//! A key's ancestors and successors: the keys it was rotated from, and those it was rotated to.

use std::collections::HashSet;

use crate::domain::ids::KeyId;
use crate::domain::key::Key;

/// The keys that are known to follow from one another, the oldest first.
#[derive(Debug, PartialEq)]
pub struct Chain {
    keys: Vec<Key>,
    at: usize,
    /// What is before the first.
    pub before: Before,
}

/// What is before the oldest key of a chain that is known.
#[derive(Debug, PartialEq, Eq)]
pub enum Before {
    /// Nothing: that key replaced no other.
    Nothing,
    NotLoaded(KeyId),
    /// The same, being asked for.
    Asked(KeyId),
    /// The same, which cannot be read, and why.
    Unreadable(KeyId, String),
}

impl Before {
    fn of(key: &Key) -> Self {
        key.rotated_from.clone().map_or(Self::Nothing, Self::NotLoaded)
    }

    /// The id of the key that is not loaded.
    pub fn id(&self) -> Option<&KeyId> {
        match self {
            Self::Nothing => None,
            Self::NotLoaded(id) | Self::Asked(id) | Self::Unreadable(id, _) => Some(id),
        }
    }
}

impl Chain {
    /// The chain of `key` among the keys that are loaded, of which `get` finds one by its id. Each key says which replaced it,
    /// so that no list is looked through.
    pub fn of<'a>(key: &Key, get: impl Fn(&KeyId) -> Option<&'a Key>) -> Self {
        let mut chain = Self { keys: vec![key.clone()], at: 0, before: Before::of(key) };
        let mut seen = HashSet::from([key.id.clone()]);
        while let Some(next) = chain.keys.last().and_then(|last| get(last.rotated_to.as_ref()?))
            && seen.insert(next.id.clone())
        {
            chain.keys.push(next.clone());
        }
        chain.extend(get);
        chain
    }

    /// Puts the ancestors that are loaded before the first key. A server that leads in a circle leads nowhere.
    fn extend<'a>(&mut self, get: impl Fn(&KeyId) -> Option<&'a Key>) {
        while let Before::NotLoaded(id) = &self.before {
            if self.keys.iter().any(|key| key.id == *id) {
                self.before = Before::Nothing;
                return;
            }
            let Some(older) = get(id).cloned() else { return };
            self.put_before(older);
        }
    }

    fn put_before(&mut self, older: Key) {
        self.before = Before::of(&older);
        self.keys.insert(0, older);
        self.at += 1;
    }

    /// The key that was asked for came, and is shown if it is `wanted`; its own ancestors stand before it.
    pub fn came<'a>(&mut self, key: Key, wanted: bool, get: impl Fn(&KeyId) -> Option<&'a Key>) {
        self.put_before(key);
        if wanted {
            self.at = 0;
        }
        self.extend(get);
    }

    /// The key shown.
    pub fn key(&self) -> Option<&Key> {
        self.keys.get(self.at)
    }

    /// All that are known, the oldest first.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// Which of them is shown.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The one it was rotated from, where it is known.
    pub fn older(&self) -> Option<&Key> {
        self.at.checked_sub(1).and_then(|at| self.keys.get(at))
    }

    /// The one it was rotated to, where it is known.
    pub fn newer(&self) -> Option<&Key> {
        self.keys.get(self.at + 1)
    }

    /// Goes to the one before or the one after, if it is known.
    pub fn go(&mut self, newer: bool) -> bool {
        let to = if newer { self.newer() } else { self.older() };
        let goes = to.is_some();
        if goes {
            self.at = if newer { self.at + 1 } else { self.at - 1 };
        }
        goes
    }

    /// Where in the chain the key stands: `2 of 3`; empty for a key that neither replaced another nor was replaced.
    pub fn place(&self) -> String {
        match (&self.before, self.keys.len()) {
            (Before::Nothing, 1) => String::new(),
            (Before::Nothing, all) => format!("{} of {all}", self.at + 1),
            (_, all) => format!("{} of the {all} known", self.at + 1),
        }
    }

    /// What it was rotated from and to, a line each.
    pub fn words(&self) -> Vec<String> {
        let named = |key: &Key| match key.created.time() {
            Some(time) => format!("{} of {} ({})", key.name, crate::domain::time::day(time), key.id),
            None => format!("{} ({})", key.name, key.id),
        };
        let from = match (self.older(), &self.before) {
            (Some(older), _) => Some(format!("rotated from {}", named(older))),
            (None, Before::Nothing) => None,
            (None, Before::NotLoaded(id)) => Some(format!("rotated from {id}, which is not loaded")),
            (None, Before::Asked(id)) => Some(format!("rotated from {id}, which is being asked for …")),
            (None, Before::Unreadable(id, why)) => Some(format!("rotated from {id}, which cannot be shown: {why}")),
        };
        from.into_iter().chain(self.newer().map(|newer| format!("rotated to {}", named(newer)))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key that replaced another, and was replaced.
    fn key(id: &str, from: Option<&str>, to: Option<&str>) -> Key {
        Key { rotated_from: from.map(Into::into), rotated_to: to.map(Into::into), ..Key::sample(id) }
    }

    fn chain(loaded: &[Key], at: usize) -> Chain {
        Chain::of(&loaded[at], |id| loaded.iter().find(|key| key.id == *id))
    }

    fn ids(chain: &Chain) -> Vec<&str> {
        chain.keys.iter().map(|key| key.id.as_str()).collect()
    }

    #[test]
    fn it_is_followed_both_ways_as_far_as_it_is_loaded() {
        let loaded = [
            key("c", Some("b"), Some("d")),
            key("x", None, None),
            key("b", Some("a"), Some("c")),
            key("d", Some("c"), Some("not loaded")),
        ];
        let chain = self::chain(&loaded, 0);
        assert_eq!((ids(&chain), chain.at), (vec!["b", "c", "d"], 1));
        assert_eq!(chain.before, Before::NotLoaded("a".into()));
        assert_eq!(chain.place(), "2 of the 3 known");
        assert_eq!(self::chain(&loaded, 1).place(), "");
    }

    #[test]
    fn what_comes_is_put_in_front_with_its_own_ancestors() {
        let loaded = [key("d", Some("c"), None), key("b", Some("a"), Some("c")), key("a", None, Some("b"))];
        let mut chain = self::chain(&loaded, 0);
        assert!(!chain.go(false) && !chain.go(true));
        chain.came(key("c", Some("b"), Some("d")), true, |id| loaded.iter().find(|key| key.id == *id));
        assert_eq!((ids(&chain), chain.key().unwrap().id.as_str()), (vec!["a", "b", "c", "d"], "c"));
        assert_eq!((chain.before.id(), chain.place()), (None, "3 of 4".to_owned()));
        assert!(chain.go(true) && chain.go(false) && chain.go(false) && chain.go(false) && !chain.go(false));
    }

    #[test]
    fn a_circle_ends() {
        let loaded = [key("a", Some("c"), Some("b")), key("b", Some("a"), Some("c")), key("c", Some("b"), Some("a"))];
        let chain = self::chain(&loaded, 0);
        assert_eq!((ids(&chain), &chain.before), (vec!["a", "b", "c"], &Before::Nothing));
        let own = [key("a", Some("a"), Some("a"))];
        assert_eq!(self::chain(&own, 0).place(), "");
    }
}
