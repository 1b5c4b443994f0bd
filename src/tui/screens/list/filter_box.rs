//! The filter box: what is typed, what stood there before, what it may be completed to, what was kept earlier.

use crate::domain::filter::{Query, QueryError, candidates, pasted_values};
use crate::domain::key_value::{is_gov_sg, mask};
use crate::domain::secret::Secret;
use crate::domain::untrusted::visible;
use crate::domain::values::secret_spans;
use crate::tui::field::Field;
use crate::tui::key::KeyPress;

/// The most words that are told beside the one that was written.
const TOLD: usize = 8;

/// What became of pasted values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pasted {
    /// How many had no room.
    pub left_out: usize,
    /// Whether of some only the end is looked for.
    pub by_end: bool,
}

#[derive(Debug, Default)]
pub struct FilterBox {
    /// The text that stands when the box is not being edited.
    pub kept: String,
    pub editing: Option<Field>,
    /// What is wrong with the text, if it does not parse.
    pub problem: Option<QueryError>,
    /// The filter that stands again after Esc.
    pub(super) before: Option<Query>,
    completion: Option<Completion>,
    recalled: Option<Recalled>,
}

/// What was begun, and what may stand in its place.
#[derive(Debug)]
struct Completion {
    /// The text before what was begun, and behind the cursor.
    around: (String, String),
    /// What may stand there, what was begun at the end of it.
    words: Vec<String>,
    at: usize,
}

/// Where in the history the box is.
#[derive(Debug)]
struct Recalled {
    /// How many filters back.
    back: usize,
    /// What was typed before.
    draft: String,
}

impl FilterBox {
    /// A box with this text, to be edited; `before` is the filter that stands.
    pub(super) fn edit(&mut self, before: Query) {
        self.before = Some(before);
        self.write(&self.kept.clone());
    }

    /// An editing key or a character; true if the text changed.
    pub(super) fn press(&mut self, press: KeyPress) -> bool {
        self.completion = None;
        let changed = self.editing.as_mut().is_some_and(|field| field.press(press));
        if changed {
            self.recalled = None;
        }
        changed
    }

    /// Pasted text, or the key values in it where it is no query. `by_end`: the backend finds no key by the hash of its value,
    /// so that of a value whose keys are told apart by their last characters these are what is looked for.
    pub(super) fn paste(&mut self, text: &str, by_end: bool) -> Pasted {
        self.completion = None;
        self.recalled = None;
        let Some(field) = &mut self.editing else { return Pasted::default() };
        let Some(values) = pasted_values(text) else {
            field.paste(text);
            return Pasted::default();
        };
        let end =
            |value: &Secret| (by_end && is_gov_sg(value.expose())).then(|| format!("key:\"{}\"", mask(value.expose())));
        let ends: Vec<Option<String>> = values.iter().map(end).collect();
        let words = values.iter().zip(&ends).map(|(value, end)| end.as_deref().unwrap_or(value.expose()));
        let left_out = values.len() - field.insert_words(words);
        Pasted { left_out, by_end: ends.iter().any(Option::is_some) }
    }

    /// Another text in place of what is being edited.
    pub(super) fn write(&mut self, text: &str) {
        self.completion = None;
        self.editing = Some(Field::new(text));
    }

    /// Whether it is being edited and nothing stands in it.
    pub fn is_empty_box(&self) -> bool {
        self.editing.as_ref().is_some_and(|field| field.text().is_empty())
    }

    /// Goes through the filters that were kept, `history` with the latest last; true if the text changed. Past the latest
    /// stands what was typed; a key's value is not kept for that either.
    pub(super) fn recall(&mut self, older: bool, history: &[String]) -> bool {
        let Some(field) = &self.editing else { return false };
        let back = self.recalled.as_ref().map_or(0, |recalled| recalled.back);
        let to = if older { (back + 1).min(history.len()) } else { back.saturating_sub(1) };
        if to == back {
            return false;
        }
        let recalled = self.recalled.take().unwrap_or_else(|| {
            let draft = if secret_spans(field.text()).is_empty() { field.text() } else { "" };
            Recalled { back, draft: draft.to_owned() }
        });
        let text = match to {
            0 => recalled.draft.clone(),
            to => history[history.len() - to].clone(),
        };
        self.write(&text);
        self.recalled = (to > 0).then_some(Recalled { back: to, ..recalled });
        true
    }

    /// Writes the next word that may be meant, or the one before, and gives the others to be told; none when nothing may
    /// be. `owners` are asked for only when something is begun.
    pub(super) fn complete(&mut self, back: bool, owners: impl FnOnce() -> Vec<String>) -> Option<String> {
        self.recalled = None;
        let mut completion = match self.completion.take() {
            Some(completion) => completion,
            None => self.completion(owners)?,
        };
        let words = completion.words.len();
        completion.at = (completion.at + if back { words - 1 } else { 1 }) % words;
        let (before, behind) = &completion.around;
        let word = &completion.words[completion.at];
        let mut field = Field::new(&format!("{before}{word}{behind}"));
        field.go_back(behind.chars().count());
        self.editing = Some(field);
        let others: Vec<&str> = completion.words[..words - 1].iter().map(String::as_str).collect();
        let told = if others.len() > 1 {
            let more = if others.len() > TOLD { " …" } else { "" };
            format!("{}{more}", visible(&others[..others.len().min(TOLD)].join("  ")))
        } else {
            String::new()
        };
        // with one word there is nothing to go through: what comes next begins behind it
        self.completion = (words > 2).then_some(completion);
        Some(told)
    }

    fn completion(&self, owners: impl FnOnce() -> Vec<String>) -> Option<Completion> {
        let field = self.editing.as_ref()?;
        let text = field.text();
        let cursor = text.char_indices().nth(field.cursor()).map_or(text.len(), |(at, _)| at);
        let found = candidates(text, cursor, std::iter::once_with(owners).flatten())?;
        // around what is begun nothing secret is kept
        if !secret_spans(text).is_empty() {
            return None;
        }
        let mut words = found.words;
        words.push(text[found.span.clone()].to_owned());
        let at = words.len() - 1;
        let around = (text[..found.span.start].to_owned(), text[found.span.end..].to_owned());
        Some(Completion { around, words, at })
    }
}
