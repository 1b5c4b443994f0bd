//! The field of the places: what parts them, and completing a path that is being typed.

use super::{About, Draft, split_where};
use crate::domain::rotation::Sink;
use crate::tui::dialogs::form::Kind;

/// The most columns of names that are offered.
const OFFERED: usize = 60;

/// A folder of which a path is being typed.
#[derive(Debug, Default)]
pub struct Folder {
    path: Option<String>,
    /// Those of folders end with a slash.
    names: Vec<String>,
}

/// The places in a text. A semicolon parts them, as it parts what stands in the other fields; a comma too, where another
/// place begins behind it.
pub fn pieces(text: &str) -> Vec<String> {
    split_where(text, |c, rest| c == ';' || (c == ',' && Sink::begins(rest.trim_start())))
}

impl Draft {
    /// The folder of the path that is being typed, and what is typed of the name in it.
    fn path_typed(&self) -> Option<(String, String)> {
        let entry = self.form.entries().get(self.form.focus()).filter(|entry| entry.name == About::Places)?;
        let Kind::Text(field) = &entry.kind else { return None };
        let text = field.text();
        if field.cursor() < text.chars().count() || text.ends_with(char::is_whitespace) {
            return None;
        }
        let piece = pieces(text).pop()?;
        let (word, path) = piece.split_once(':')?;
        if !Sink::takes_path(word) || path.contains(':') {
            return None;
        }
        let name = path.rfind('/').map_or(0, |slash| slash + 1);
        let (folder, name) = path.split_at(name);
        // what is not finished names no folder of another's home
        if folder.is_empty() && name.starts_with('~') {
            return None;
        }
        Some((folder.to_owned(), name.to_owned()))
    }

    /// The folder of the path that is being typed, if its names were not asked for yet; from now on they are.
    pub fn unlisted(&mut self) -> Option<String> {
        let (folder, _) = self.path_typed()?;
        if self.folder.path.as_ref() == Some(&folder) {
            return None;
        }
        self.folder = Folder { path: Some(folder.clone()), names: Vec::new() };
        Some(folder)
    }

    /// Takes the names in a folder.
    pub fn listed(&mut self, folder: &str, names: Vec<String>) {
        if self.folder.path.as_deref() == Some(folder) {
            self.folder.names = names;
        }
    }

    /// What is typed of a name, and the names that begin so.
    fn fitting(&self) -> Option<(String, Vec<&str>)> {
        let (folder, typed) = self.path_typed()?;
        if self.folder.path.as_ref() != Some(&folder) {
            return None;
        }
        let fits = |name: &&str| name.starts_with(&typed) && **name != typed;
        let names: Vec<&str> = self.folder.names.iter().map(String::as_str).filter(fits).collect();
        (!names.is_empty()).then_some((typed, names))
    }

    /// What can be completed, to be told below the field; empty where nothing can.
    pub fn offered(&self) -> String {
        let Some((typed, names)) = self.fitting() else { return String::new() };
        let key = if shared(&names).len() > typed.len() { "Tab: " } else { "there: " };
        let mut words = String::new();
        for name in names {
            if words.chars().count() + name.chars().count() > OFFERED {
                words.push_str("  …");
                break;
            }
            words.push_str(if words.is_empty() { "" } else { "  " });
            words.push_str(name);
        }
        format!("; {key}{words}")
    }

    /// Writes what all names have in common that begin as the one that is being typed; false where that is nothing more.
    pub fn complete(&mut self) -> bool {
        let Some((typed, names)) = self.fitting() else { return false };
        let shared = shared(&names);
        let Some(more) = shared.get(typed.len()..).filter(|more| !more.is_empty()).map(str::to_owned) else {
            return false;
        };
        match self.form.entry_mut(About::Places).map(|entry| &mut entry.kind) {
            Some(Kind::Text(field)) => field.paste(&more),
            _ => false,
        }
    }
}

/// What all of them begin with.
fn shared<'a>(names: &[&'a str]) -> &'a str {
    let Some((first, others)) = names.split_first() else { return "" };
    let length = |name: &&str| {
        let same = first.char_indices().zip(name.chars()).take_while(|((_, a), b)| a == b);
        same.last().map_or(0, |((at, c), _)| at + c.len_utf8())
    };
    &first[..others.iter().map(length).min().unwrap_or(first.len())]
}
