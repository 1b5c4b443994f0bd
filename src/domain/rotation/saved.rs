//! What is kept for the rotations to come, by the key's name or a pattern of names: where the new value goes, and what moves
//! the systems over.

use std::collections::BTreeMap;

use super::place::{Hook, Sink};
use super::plan::{Cutover, Overlap, Plan};

/// What is kept for one key, or for the keys of one pattern. What it leaves out is as it would be without it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// Where the new value goes.
    pub sinks: Vec<Sink>,
    /// What moves the systems over: first what is run, then what a person does.
    pub cutover: Vec<Cutover>,
    /// What says that the systems work with the new key.
    pub health: Option<Hook>,
    /// For how long both keys work.
    pub overlap: Option<Overlap>,
}

impl Saved {
    /// Puts what is kept into a plan.
    pub fn apply(&self, plan: &mut Plan) {
        if !self.sinks.is_empty() {
            plan.sinks.clone_from(&self.sinks);
        }
        if !self.cutover.is_empty() {
            plan.cutover.clone_from(&self.cutover);
        }
        if self.health.is_some() {
            plan.health.clone_from(&self.health);
        }
        if let Some(overlap) = self.overlap {
            plan.overlap = overlap;
        }
    }
}

/// All that is kept, by name or pattern.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Defaults(pub BTreeMap<String, Saved>);

impl Defaults {
    /// What is kept for a key of this name: under the very name, or else under the longest pattern that fits.
    pub fn for_key(&self, name: &str) -> Option<&Saved> {
        let fitting = self.0.iter().filter(|(pattern, _)| fits(pattern, name));
        self.0.get(name).or_else(|| fitting.max_by_key(|(pattern, _)| pattern.chars().count()).map(|(_, saved)| saved))
    }
}

/// Whether a name fits a pattern in which `*` stands for anything, or nothing.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = name.find(part) else { return false };
        name = &name[at + part.len()..];
    }
    name.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything_or_nothing() {
        for (pattern, name, same) in [
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "acb", false),
            ("ab*ba", "aba", false),
            ("*", "", true),
            ("a", "ab", false),
            ("ä*ß", "äöß", true),
        ] {
            assert_eq!(fits(pattern, name), same, "{pattern} {name}");
        }
    }
}
