//! `[keys]` of the configuration: the person's own keys over the default ones.
//!
//! - `"x" = "revoke"` puts one more key on an action; `"x" = ""` takes the key away from whatever has it.
//! - `revoke = ["x", "Delete"]` gives an action these keys and no others; `revoke = []` leaves it none.
//! - In `[keys]` a line is about every context where the action applies, in `[keys.CONTEXT]` about that one (in `[keys.list]`
//!   also about Exposed Keys, which is a list), and the nearer line wins. Both win over the default keys: what the file gives to one action, another loses.
//! - Keys are written as the help shows them, a sequence with a space: `g g`.
//! - Where text is typed, what types is text: such keys do nothing there for a line of `[keys]`, and an action that would
//!   have none left there keeps the keys it had.
//!
//! What cannot be right is told all at once ([`Problem`]), and then none of it applies: the console starts with its default
//! keys. Two actions on one key in one context, a key that can never be typed since another begins like it, no way out of a
//! context, and what would make a slip dangerous ([`rules`]) are such problems.

mod read;
mod rules;
#[cfg(test)]
mod tests;

use std::fmt;

use super::action::{Action, Context};
use super::key::KeyPress;
use super::keymap::{Keymap, defaults, is_typed, name};
use crate::config::{KeyLine, Place};
use read::{ParsedLine, What};

/// The keys in effect.
#[derive(Clone, Debug)]
pub struct Bindings {
    /// They themselves; the default ones when there is any problem.
    pub keymap: Keymap,
    /// What is wrong with the configured ones, in the order of the file.
    pub problems: Vec<Problem>,
}

/// Something in `[keys]` that cannot be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands.
    pub place: Place,
    /// What is wrong.
    pub what: String,
    pub hint: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl Bindings {
    /// The keys that the default ones and `lines` come to.
    pub fn read(lines: &[KeyLine]) -> Self {
        let mut problems = Vec::new();
        let parsed: Vec<ParsedLine> = lines.iter().filter_map(|line| read::parse(line, &mut problems)).collect();
        let mut merged = Merged { parsed: &parsed, clashes: Vec::new(), losses: Vec::new() };
        let bound: Vec<Bound> = Context::ALL.into_iter().flat_map(|context| merged.in_context(context)).collect();
        let Merged { clashes, losses, .. } = merged;
        problems.extend(told(clashes));
        problems.extend(rules::broken(&bound, &parsed, &losses));
        problems.sort_by_key(|problem| (problem.place.line, problem.place.column));
        // a context that is not there is so on each of its lines
        problems.dedup();
        let keymap = if problems.is_empty() {
            bound.into_iter().map(|bound| (bound.context, bound.keys, bound.action)).collect()
        } else {
            Keymap::default()
        };
        Self { keymap, problems }
    }

    /// What the console says of the problems; nothing when there are none.
    pub fn banner(&self) -> Option<String> {
        let what = match &self.problems[..] {
            [] => return None,
            [one] => format!("{one}; {}", one.hint),
            many => format!("{} problems in [keys]: keydeck keys lists them", many.len()),
        };
        Some(format!("The default keys are in use. {what}"))
    }
}

/// A key in a context.
#[derive(Clone, Debug)]
struct Bound {
    context: Context,
    keys: Vec<KeyPress>,
    action: Action,
    /// The line that put it there; none: a default key.
    line: Option<usize>,
}

/// Two parsed that cannot both be had in a context.
struct Clash {
    first: Place,
    second: Place,
    what: String,
    context: Context,
}

/// Which line left an action with fewer keys in a context.
struct Loss {
    context: Context,
    action: Action,
    line: usize,
}

struct Merged<'a> {
    parsed: &'a [ParsedLine],
    clashes: Vec<Clash>,
    losses: Vec<Loss>,
}

impl Merged<'_> {
    /// What the default keys, `[keys]` and `[keys.CONTEXT]` come to in a context, each over the one before.
    fn in_context(&mut self, context: Context) -> Vec<Bound> {
        let mut bound: Vec<Bound> =
            defaults(context).map(|(keys, action)| Bound { context, keys, action, line: None }).collect();
        // Exposed Keys is a list as well, so what is about lists is about it too, unless its own lines say otherwise
        let list = (context == Context::Exposed).then_some(Some(Context::List));
        for layer in [None].into_iter().chain(list).chain([Some(context)]) {
            let mut new: Vec<Bound> = Vec::new();
            for (at, line) in self.parsed.iter().enumerate().filter(|(_, line)| line.context == layer) {
                match &line.what {
                    What::Unbind(keys) => self.lose(&mut bound, at, |bound| bound.keys == *keys),
                    What::Bind { action, .. } if !action.entry().contexts.contains(&context) => {}
                    What::Bind { action, keys, only } => {
                        let here: Vec<&Vec<KeyPress>> =
                            keys.iter().filter(|keys| !keys.iter().any(|key| is_typed(context, *key))).collect();
                        if *only && (keys.is_empty() || !here.is_empty()) {
                            self.lose(&mut bound, at, |bound| bound.action == *action);
                        }
                        for keys in here {
                            new.push(Bound { context, keys: keys.clone(), action: *action, line: Some(at) });
                        }
                    }
                }
            }
            self.clash(&new);
            for mine in &new {
                let hides = |other: &Bound| mine.keys.starts_with(&other.keys) || other.keys.starts_with(&mine.keys);
                self.lose(&mut bound, mine.line.unwrap_or_default(), hides);
            }
            bound.extend(new);
        }
        bound
    }

    /// Takes away what `gone` names, for a line.
    fn lose(&mut self, bound: &mut Vec<Bound>, line: usize, gone: impl Fn(&Bound) -> bool) {
        for lost in bound.extract_if(.., |bound| gone(bound)) {
            self.losses.push(Loss { context: lost.context, action: lost.action, line });
        }
    }

    /// Notes which of the lines of one layer cannot stand together.
    fn clash(&mut self, new: &[Bound]) {
        for (at, later) in new.iter().enumerate() {
            for earlier in &new[..at] {
                let (Some(first), Some(second)) = (earlier.line, later.line) else { continue };
                let what = if earlier.keys == later.keys {
                    if earlier.action == later.action {
                        continue;
                    }
                    let (one, other) = (earlier.action.entry().name, later.action.entry().name);
                    format!("{} is both {one} and {other}", name(&later.keys))
                } else if later.keys.starts_with(&earlier.keys) {
                    format!(
                        "{} can never be typed, since {} is a key of its own",
                        name(&later.keys),
                        name(&earlier.keys)
                    )
                } else if earlier.keys.starts_with(&later.keys) {
                    format!(
                        "{} can never be typed, since {} is a key of its own",
                        name(&earlier.keys),
                        name(&later.keys)
                    )
                } else {
                    continue;
                };
                let [first, second] = [first, second].map(|line| self.parsed[line].place.clone());
                self.clashes.push(Clash { first, second, what, context: later.context });
            }
        }
    }
}

/// Each clash once, with all contexts where it is one.
fn told(clashes: Vec<Clash>) -> Vec<Problem> {
    let mut told: Vec<(Clash, Vec<Context>)> = Vec::new();
    for clash in clashes {
        let same = |known: &&mut (Clash, Vec<Context>)| {
            (&known.0.first, &known.0.second, &known.0.what) == (&clash.first, &clash.second, &clash.what)
        };
        if let Some((_, contexts)) = told.iter_mut().find(same) {
            contexts.push(clash.context);
        } else {
            let contexts = vec![clash.context];
            told.push((clash, contexts));
        }
    }
    told.into_iter()
        .map(|(clash, contexts)| Problem {
            what: format!("{} in {} (see line {})", clash.what, names(&contexts), clash.first.line),
            hint: "change one of the two".to_owned(),
            place: clash.second,
        })
        .collect()
}

/// The names of contexts, as a sentence takes them.
fn names(contexts: &[Context]) -> String {
    contexts.iter().map(|context| context.name()).collect::<Vec<_>>().join(", ")
}
