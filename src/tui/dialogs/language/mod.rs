//! F1: the filter's language, by example.

use crate::domain::filter::{FIELDS, GRAMMAR};
use crate::tui::text;

mod update;
pub mod view;

/// Columns of the dialog, border included.
const WIDTH: u16 = 100;
/// Columns of the examples, where they stand beside what they mean.
const EXAMPLES: usize = 26;

/// The page, scrolled.
#[derive(Debug, Default)]
pub struct Language {
    /// Lines that are above the window.
    pub scroll: usize,
}

/// A line of the page as it is drawn: what may be written, and what it means or a part of that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    pub example: String,
    pub meaning: String,
}

/// Columns inside the dialog in a window of so many.
pub fn inside(columns: u16) -> usize {
    usize::from(columns.min(WIDTH).saturating_sub(4))
}

/// Lines of the page that are seen in a window of so many rows.
pub fn room(rows: u16) -> usize {
    usize::from(rows.saturating_sub(5)).max(1)
}

/// The whole page on so many columns: what joins and shapes, then the fields with what each takes.
pub fn lines(columns: usize) -> Vec<Told> {
    let grammar = GRAMMAR.iter().map(|help| (help.example.to_owned(), help.meaning.to_owned()));
    let fields =
        FIELDS.iter().map(|field| (format!("{}:", field.name), format!("{} ({})", field.meaning, field.values)));
    let value = ("a key's value".to_owned(), "finds its key by its hash; it is neither shown nor kept".to_owned());
    let gap = || std::iter::once((String::new(), String::new()));
    let page = grammar.chain(gap()).chain(fields).chain(gap()).chain([value]);
    page.flat_map(|(example, meaning)| told(&example, &meaning, columns)).collect()
}

fn told(example: &str, meaning: &str, columns: usize) -> Vec<Told> {
    let beside = columns >= 60;
    let left = if beside { EXAMPLES } else { 2 };
    let mut lines: Vec<Told> = text::wrap(meaning, columns.saturating_sub(left).max(1))
        .into_iter()
        .map(|line| Told { example: " ".repeat(left), meaning: line })
        .collect();
    if beside && let Some(first) = lines.first_mut() {
        first.example = text::fit(example, left);
    } else if beside || example.is_empty() {
        lines = vec![Told { example: text::cut(example, columns), meaning: String::new() }];
    } else {
        lines.insert(0, Told { example: text::cut(example, columns), meaning: String::new() });
    }
    lines
}
