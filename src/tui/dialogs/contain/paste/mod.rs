//! What leaked, as it is pasted: a key, a line of a log, an address, a diff, several at once. None of it is ever shown.

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

use crate::domain::values::{Form, Found, find};
use crate::domain::vendors;
use crate::tui::text::thousands;

mod update;
pub mod view;

/// The most that is taken from a terminal, in bytes: more comes better from a file.
pub const MOST: usize = 1 << 20;
/// So many values are named one by one.
const NAMED: usize = 3;

/// What was pasted so far. Wiped when it is dropped.
#[derive(Default)]
pub struct Paste {
    text: Zeroizing<String>,
    /// What was recognised in it, in words.
    pub recognised: Option<Recognised>,
    /// Why the last thing was not taken.
    pub problem: Option<String>,
}

/// What stands in a text, by what may be told of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recognised {
    /// Whole values, masked, each once.
    pub values: Vec<String>,
    /// What is no whole value: what it is, and what a person can do.
    pub rest: Vec<(String, String)>,
    lines: usize,
}

impl fmt::Debug for Paste {
    /// How long the text is, never the text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Paste({} bytes)", self.text.len())
    }
}

impl Paste {
    /// Whether nothing is there yet.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// How many characters are there.
    pub fn characters(&self) -> usize {
        self.text.chars().count()
    }

    /// Takes more of it; says why not where it is too much.
    fn add(&mut self, text: &str) {
        self.problem = None;
        if self.text.len() + text.len() > MOST {
            self.problem = Some(
                "That is more than 1 MiB, too much for a terminal: keydeck contain --from-file takes it from a file"
                    .to_owned(),
            );
            return;
        }
        // no outgrown copy is left behind in memory
        let mut longer = Zeroizing::new(String::with_capacity(self.text.len() + text.len() + 1));
        longer.push_str(&self.text);
        if !longer.is_empty() && text.len() > 1 {
            longer.push('\n');
        }
        longer.push_str(text);
        self.text = longer;
        self.recognised = Some(Recognised::of(&self.text));
    }

    fn erase(&mut self) {
        self.problem = None;
        self.text.pop();
        self.recognised = Some(Recognised::of(&self.text)).filter(|_| !self.is_empty());
    }

    fn clear(&mut self) {
        self.text.zeroize();
        (self.recognised, self.problem) = (None, None);
    }
}

impl Recognised {
    fn of(text: &str) -> Self {
        let found = find(text);
        let mut recognised = Self { lines: text.trim().lines().count(), ..Self::default() };
        for found in &found {
            let value = found.value().filter(|_| !found.is_example());
            match value {
                Some(_) if !recognised.values.contains(&found.shown()) => recognised.values.push(found.shown()),
                Some(_) => {}
                None => recognised.rest.extend(told(found)),
            }
        }
        for vendor in vendors::in_text(text) {
            let ours = found
                .iter()
                .any(|found| vendors::of_kind(found.format.name()).is_some_and(|known| known.name == vendor.name));
            if !ours {
                let hint = format!("not this server's: revoke it at {}, {}", vendor.revoke_at, vendor.how);
                recognised.rest.push((format!("what begins as a key of {} does", vendor.name), hint));
            }
        }
        recognised
    }

    /// Whether there is a whole value, which can be asked about.
    pub fn is_enough(&self) -> bool {
        !self.values.is_empty()
    }

    /// In words: `2 values in 14 lines: kdk_…9fQ2, PMAK-…17aB`.
    pub fn words(&self) -> String {
        let lines = match self.lines {
            0 | 1 => String::new(),
            lines => format!(" in {} lines", thousands(lines)),
        };
        match self.values.as_slice() {
            [] => "Nothing recognised: no whole value of a form that keydeck knows, which does not mean that it is \
                   nobody's"
                .to_owned(),
            [one] => format!("Recognised: {one}{lines}"),
            several => {
                let named: Vec<&str> = several.iter().take(NAMED).map(String::as_str).collect();
                let more = if several.len() > NAMED { ", …" } else { "" };
                format!("Recognised: {} values{lines}: {}{more}", thousands(several.len()), named.join(", "))
            }
        }
    }
}

/// What is told of something that is no whole value, and what to do; none where it is not worth telling.
fn told(found: &Found) -> Option<(String, String)> {
    let name = found.format.name();
    match &found.form {
        Form::Whole(_) => Some(("the value that the documentation prints".to_owned(), "it is nobody's".to_owned())),
        Form::ChecksumWrong => Some((
            format!("a {name} with a wrong checksum"),
            "no key has it: a character is lost or another".to_owned(),
        )),
        Form::Part { .. } if found.is_telling() => Some((format!("a part of a {name}"), "paste all of it".to_owned())),
        Form::Masked { first, last } if *first > 0 || !last.is_empty() => {
            Some((format!("a masked {name}, {}", found.shown()), "paste the value itself".to_owned()))
        }
        Form::Part { .. } | Form::Masked { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::key_value::checksum;

    fn value(c: char) -> String {
        let start = format!("kdk_{}", c.to_string().repeat(30));
        format!("{start}{}", checksum(&start))
    }

    #[test]
    fn what_is_recognised_is_told_masked() {
        let (a, b) = (value('a'), value('b'));
        let text = format!("GET /?k={a}\nx-api-key: {b}\n{a}\n");
        let recognised = Recognised::of(&text);
        assert_eq!(recognised.values.len(), 2);
        assert!(recognised.words().starts_with("Recognised: 2 values in 3 lines: kdk_…"), "{}", recognised.words());
        assert!(!recognised.words().contains(&a[8..20]));
    }

    #[test]
    fn what_is_not_whole_is_said_to_be_that_and_not_to_be_nobodys() {
        let cut = Recognised::of(&value('a')[..30]);
        assert!(!cut.is_enough() && cut.words().contains("does not mean that it is nobody's"));
        assert!(cut.rest[0].0.starts_with("a part of a keydeck API Key"), "{cut:?}");
        assert_eq!(Recognised::of("nothing here").rest, []);
    }

    #[test]
    fn more_than_a_terminal_hands_over_well_is_refused_and_nothing_of_it_kept() {
        let mut paste = Paste::default();
        paste.add(&"x".repeat(MOST + 1));
        assert!(paste.is_empty() && paste.problem.as_ref().unwrap().contains("--from-file"));
        paste.add("kdk_");
        assert_eq!((paste.characters(), paste.problem.is_none()), (4, true));
        paste.clear();
        assert!(paste.is_empty());
    }
}
